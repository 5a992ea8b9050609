namespace PoseEngine.Experiments.Krylov;

/// <summary>A symmetric system of the user's, called after its file.</summary>
internal sealed record OwnSystem(string Name, SparseMatrix Matrix, double[] RightHandSide)
{
    private const int MostIterations = 100_000;

    /// <summary>Bytes that a basis of GMRES takes at the most.</summary>
    private const long BasisBytes = 1L << 30;

    /// <summary>Reads a matrix and its right-hand side, or takes ones for b.</summary>
    /// <exception cref="UserErrorException">A file is damaged, or the system is not square, symmetric and of one size.</exception>
    public static OwnSystem Read(string matrixPath, string? rightHandSidePath)
    {
        var file = MatrixMarketFile.Read(matrixPath);
        if (file.Rows != file.Columns) throw new UserErrorException($"{matrixPath}: the matrix is {file.Rows} x {file.Columns}; a square one is needed");
        var matrix = new SparseMatrix(file.Rows, file.Entries);
        if (matrix.Asymmetry is { } place)
        {
            throw new UserErrorException(
                $"{matrixPath}: the matrix is not symmetric: ({place.Row + 1}, {place.Column + 1}) is {place.Value:R}, ({place.Column + 1}, {place.Row + 1}) is {matrix.At(place.Column, place.Row):R}");
        }
        return new OwnSystem(Path.GetFileName(matrixPath), matrix, ReadVector(rightHandSidePath, file.Rows));
    }

    /// <exception cref="UserErrorException">A number is beyond the precision.</exception>
    public KrylovProblem<T> Problem<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var largest = Math.Max(Matrix.Largest, RightHandSide.Max(Math.Abs));
        if (!T.IsFinite(T.CreateTruncating(largest))) throw new UserErrorException($"{Name}: {largest:e1} is beyond {device.Precision}; take --precision float64");
        var iterations = (int)Math.Min(MostIterations, (long)KrylovProblem<T>.IterationsOfSize * Matrix.Size);
        var restart = (int)Math.Clamp(BasisBytes / (8L * Matrix.Size), 10, 100);
        return KrylovProblem<T>.Of(device, Name, KrylovClass.Own, Matrix, RightHandSide, null, iterations, restart, $"{Matrix.Count:N0} nonzero numbers");
    }

    private static double[] ReadVector(string? path, int rows)
    {
        var vector = new double[rows];
        if (path is null)
        {
            Array.Fill(vector, 1);
            return vector;
        }
        var file = MatrixMarketFile.Read(path);
        if (file.Columns != 1 || file.Rows != rows) throw new UserErrorException($"{path}: a right-hand side of {rows} x 1 is needed, this is {file.Rows} x {file.Columns}");
        foreach (var (row, _, value) in file.Entries) vector[row] += value;
        return vector;
    }
}
