namespace PoseEngine.Experiments.Spheres;

/// <summary>Every step of Eq. 5 and of gradient descent stays in the span of {z_1 ... z_N, x0, w0}, and nothing but their inner products
/// matters. Coordinates in that span, N + 2 dimensions instead of d, give the same course.</summary>
internal static class SphereSpan
{
    /// <summary>Columns of the vectors that are multiplied at once.</summary>
    private const int BlockColumns = 16_384;

    /// <summary>The vectors of a problem in coordinates of their span: rows of L with L L^T = V V^T, lower triangular.</summary>
    public static double[][] Coordinates<T>(SphereProblem<T> problem)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var gram = problem.Products;
        var rows = problem.Count + 2;
        var l = new double[rows][];
        for (var i = 0; i < rows; i++)
        {
            l[i] = new double[rows];
            for (var j = 0; j <= i; j++)
            {
                var rest = gram[(j * rows) + i];
                for (var k = 0; k < j; k++) rest -= l[i][k] * l[j][k];
                // A vector within the span of those before it, as in fewer dimensions than vectors, has no own direction.
                if (j == i) l[i][i] = rest > 1e-12 * gram[(i * rows) + i] ? Math.Sqrt(rest) : 0;
                else l[i][j] = l[j][j] == 0 ? 0 : rest / l[j][j];
            }
        }
        return l;
    }

    /// <summary>Draws the coordinates of random vectors in d dimensions without drawing the vectors (Bartlett 1933): for standard normal
    /// rows, the elements of L below the diagonal are normal, and L_ii^2 is chi-squared with d - i degrees of freedom.</summary>
    public static double[][] Draw(int spheres, int dimension, ulong seed)
    {
        var generator = new RandomGenerator(seed, Streams.Span);
        var rows = spheres + 2;
        var columns = Math.Min(rows, dimension);
        var l = new double[rows][];
        for (var i = 0; i < rows; i++)
        {
            l[i] = new double[columns];
            for (var j = 0; j < Math.Min(i, columns); j++) l[i][j] = generator.NextNormal();
            if (i < columns) l[i][i] = generator.NextChi(dimension - i);
            if (i < spheres) continue;
            var norm = Math.Sqrt(l[i].Sum(x => x * x));
            for (var j = 0; j < columns; j++) l[i][j] *= SpheresSettings.VectorNorm / norm;
        }
        return l;
    }

    /// <summary>V V^T in float64, on and above the diagonal, block after block of columns so that little memory is needed.</summary>
    public static double[] Gram<T>(SphereProblem<T> problem)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var device = problem.Device;
        var rows = problem.Count + 2;
        var sum = device.Zeros<double>(new Shape(rows, rows));
        var width = Math.Min(BlockColumns, problem.Dimension);
        var block = device.Zeros(new Shape(rows, width));
        for (var first = 0; first < problem.Dimension; first += width)
        {
            var columns = Math.Min(width, problem.Dimension - first);
            if (columns < width) device.Vectors.Fill(block, T.Zero);
            for (var i = 0; i < rows; i++) device.Vectors.Copy(problem.Vectors.Slice((i * problem.Dimension) + first, columns), block.Slice(i * width, columns));
            device.Gram.AddRows(block, sum);
        }
        var gram = sum.ToArray();
        sum.Storage.Dispose();
        block.Storage.Dispose();
        return gram;
    }
}
