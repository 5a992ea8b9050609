namespace PoseEngine.Kernels;

/// <summary>
/// The multipliers of one Newton-KKT step, from the small matrix S = A W^-1 A^T of the rows:
/// <code>
/// minimise 1/2 lambda^T S lambda - b^T lambda,    lambda_j >= 0 for rows at most 0
/// </code>
/// by the active-set method of C. L. Lawson and R. J. Hanson (Solving Least Squares Problems, 1974, chapter 23), started
/// from the multipliers before. S is factored by rows of the largest remaining diagonal, after a scaling to unit diagonal;
/// rows that depend on those before, to an angle of 1e-6, get the multiplier 0.
/// </summary>
public static class ActiveRows
{
    /// <summary>The square of the sine of the angle below which a row counts as dependent.</summary>
    public const double DependentRow = 1e-12;

    /// <summary>Scratch numbers for J rows.</summary>
    public static int ScratchSize(int rows) => (rows * rows) + (6 * rows);

    /// <summary>Solves for the multipliers.</summary>
    /// <param name="s">S [J, J], symmetric; both triangles are given.</param>
    /// <param name="b">b [J].</param>
    /// <param name="isAtMost">For each row whether its multiplier must not be negative.</param>
    /// <param name="lambda">The multipliers before, overwritten by the solution.</param>
    /// <param name="scratch">[<see cref="ScratchSize"/>].</param>
    public static void Solve(ReadOnlySpan<double> s, ReadOnlySpan<double> b, ReadOnlySpan<bool> isAtMost, Span<double> lambda, Span<double> scratch)
    {
        var rows = lambda.Length;
        var trial = scratch[..rows];
        var isIn = scratch.Slice(rows, rows);
        var rest = scratch[(2 * rows)..];
        var hasInequalities = false;
        for (var j = 0; j < rows; j++)
        {
            hasInequalities |= isAtMost[j];
            isIn[j] = !isAtMost[j] || lambda[j] > 0 ? 1 : 0;
            if (isIn[j] == 0) lambda[j] = 0;
        }
        for (var round = 0; ; round++)
        {
            SolveRows(s, b, isIn, trial, rest);
            var (share, blocking) = hasInequalities ? LargestShare(isAtMost, isIn, lambda, trial) : (1, -1);
            for (var j = 0; j < rows; j++) lambda[j] = blocking < 0 ? trial[j] : lambda[j] + (share * (trial[j] - lambda[j]));
            if (blocking >= 0) (lambda[blocking], isIn[blocking]) = (0, 0);
            // The method is finite; rounding may make it turn in circles all the same.
            else if (!hasInequalities || round > (3 * rows) + 10 || !AddMostViolated(s, b, isIn, lambda)) return;
        }
    }

    /// <summary>lambda = S_PP^+ b_P over the rows P, 0 elsewhere.</summary>
    /// <param name="s">S [J, J].</param>
    /// <param name="b">b [J].</param>
    /// <param name="isIn">1 for the rows of P, else 0.</param>
    /// <param name="lambda">[J], overwritten.</param>
    /// <param name="scratch">J (J + 4) numbers.</param>
    public static void SolveRows(ReadOnlySpan<double> s, ReadOnlySpan<double> b, ReadOnlySpan<double> isIn, Span<double> lambda, Span<double> scratch)
    {
        var rows = lambda.Length;
        var factor = scratch[..(rows * rows)];
        var scales = scratch.Slice(rows * rows, rows);
        var rest = scratch.Slice(rows * (rows + 1), rows);
        var order = scratch.Slice(rows * (rows + 2), rows);
        var right = scratch.Slice(rows * (rows + 3), rows);
        for (var j = 0; j < rows; j++)
        {
            scales[j] = isIn[j] == 1 && s[(j * rows) + j] > 0 ? 1 / Math.Sqrt(s[(j * rows) + j]) : 0;
            rest[j] = scales[j] > 0 ? 1 : 0;
            lambda[j] = 0;
        }
        var rank = 0;
        for (; rank < rows; rank++)
        {
            var pivot = -1;
            for (var j = 0; j < rows; j++)
            {
                if (rest[j] > DependentRow && (pivot < 0 || rest[j] > rest[pivot])) pivot = j;
            }
            if (pivot < 0) break;
            order[rank] = pivot;
            var diagonal = Math.Sqrt(rest[pivot]);
            rest[pivot] = -1;
            // Row k of the factor belongs to the k-th pivot; entries of rows that are still to come, and its own.
            for (var j = 0; j < rows; j++)
            {
                if (rest[j] <= 0 && j != pivot) continue;
                var sum = s[(pivot * rows) + j] * scales[pivot] * scales[j];
                for (var k = 0; k < rank; k++) sum -= factor[(k * rows) + pivot] * factor[(k * rows) + j];
                factor[(rank * rows) + j] = j == pivot ? diagonal : sum / diagonal;
                if (j != pivot) rest[j] -= factor[(rank * rows) + j] * factor[(rank * rows) + j];
            }
        }
        for (var k = 0; k < rank; k++)
        {
            var row = (int)order[k];
            var sum = b[row] * scales[row];
            for (var i = 0; i < k; i++) sum -= factor[(i * rows) + row] * right[i];
            right[k] = sum / factor[(k * rows) + row];
        }
        for (var k = rank - 1; k >= 0; k--)
        {
            var row = (int)order[k];
            var sum = right[k];
            for (var i = k + 1; i < rank; i++) sum -= factor[(k * rows) + (int)order[i]] * lambda[(int)order[i]];
            lambda[row] = sum / factor[(k * rows) + row];
        }
        for (var k = 0; k < rank; k++) lambda[(int)order[k]] *= scales[(int)order[k]];
    }

    /// <summary>How far lambda can move towards the trial before one that must not be negative becomes 0, and which; -1 if none.</summary>
    private static (double Share, int Row) LargestShare(ReadOnlySpan<bool> isAtMost, ReadOnlySpan<double> isIn, ReadOnlySpan<double> lambda, ReadOnlySpan<double> trial)
    {
        var (share, row) = (1.0, -1);
        for (var j = 0; j < lambda.Length; j++)
        {
            if (!isAtMost[j] || isIn[j] != 1 || !(trial[j] < 0)) continue;
            var own = lambda[j] / (lambda[j] - trial[j]);
            if (row < 0 || own < share) (share, row) = (own, j);
        }
        return (share, row);
    }

    /// <summary>Takes in the row that the linearized step violates most, measured as a distance; false where none is.</summary>
    private static bool AddMostViolated(ReadOnlySpan<double> s, ReadOnlySpan<double> b, Span<double> isIn, ReadOnlySpan<double> lambda)
    {
        var rows = lambda.Length;
        var (worst, most) = (-1, 0.0);
        for (var j = 0; j < rows; j++)
        {
            if (isIn[j] == 1 || !(s[(j * rows) + j] > 0)) continue;
            var (violation, size) = (b[j], Math.Abs(b[j]));
            for (var k = 0; k < rows; k++)
            {
                violation -= s[(j * rows) + k] * lambda[k];
                size += Math.Abs(s[(j * rows) + k] * lambda[k]);
            }
            var distance = violation > 1e-14 * size ? violation / Math.Sqrt(s[(j * rows) + j]) : 0;
            if (distance > most) (worst, most) = (j, distance);
        }
        if (worst >= 0) isIn[worst] = 1;
        return worst >= 0;
    }
}
