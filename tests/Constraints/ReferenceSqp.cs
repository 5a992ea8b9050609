using System.Globalization;
using PoseEngine.Constraints;
using PoseEngine.Expressions;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Constraints;

/// <summary>A quadratic row 1/2 y^T Q y + q^T y = r or at most r.</summary>
public sealed record QuadraticRow(double[,] Q, double[] Linear, double Right, bool IsAtMost)
{
    public double Value(double[] y)
    {
        var sum = -Right;
        for (var i = 0; i < y.Length; i++)
        {
            sum += Linear[i] * y[i];
            for (var k = 0; k < y.Length; k++) sum += 0.5 * Q[i, k] * y[i] * y[k];
        }
        return sum;
    }

    public double[] Gradient(double[] y)
        => [.. Enumerable.Range(0, y.Length).Select(i => Linear[i] + Enumerable.Range(0, y.Length).Sum(k => Q[i, k] * y[k]))];

    public string Text()
    {
        string N(double value) => value.ToString("R", CultureInfo.InvariantCulture);
        var terms = new List<string>();
        for (var i = 0; i < Linear.Length; i++)
        {
            terms.Add($"({N(Linear[i])}) y{i + 1}");
            for (var k = 0; k < Linear.Length; k++)
            {
                if (Q[i, k] != 0) terms.Add($"({N(0.5 * Q[i, k])}) y{i + 1} y{k + 1}");
            }
        }
        return $"{string.Join(" + ", terms)} {(IsAtMost ? "<=" : "=")} {N(Right)}";
    }
}

/// <summary>Random quadratic rows, and a point to project onto them from not too far away.</summary>
public sealed record RandomProjectionProblem(QuadraticRow[] Rows, double[] Target)
{
    public ConstraintTexts Texts => new(
        new ExpressionVariables(Target.Length), [.. Rows.Select((row, j) => new ConstraintText($"row {j + 1}", row.Text()))]);

    public static RandomProjectionProblem Draw(RandomGenerator random)
    {
        var outputs = 3 + random.NextInt(5);
        var count = 1 + random.NextInt(Math.Min(4, outputs - 1));
        double[] Normal(double size) => [.. Enumerable.Range(0, outputs).Select(_ => size * random.NextNormal())];
        var inside = Normal(1);
        var rows = new QuadraticRow[count];
        for (var j = 0; j < count; j++)
        {
            var q = new double[outputs, outputs];
            for (var i = 0; i < outputs; i++)
            {
                for (var k = 0; k <= i; k++) q[i, k] = q[k, i] = random.NextInt(2) == 0 ? 0.3 * random.NextNormal() : 0;
            }
            var row = new QuadraticRow(q, Normal(1), 0, random.NextInt(3) == 0);
            rows[j] = row with { Right = row.Value(inside) };
        }
        return new RandomProjectionProblem(rows, [.. inside.Zip(Normal(0.4), (a, b) => a + b)]);
    }
}

/// <summary>
/// Sequential quadratic programming with dense KKT matrices by Gaussian elimination, the active set of each quadratic program
/// by trying all: another way than the projection's, for small problems.
/// </summary>
public static class ReferenceSqp
{
    /// <summary>The nearest point, or null where the iteration does not end.</summary>
    public static double[]? Solve(QuadraticRow[] rows, double[] target)
    {
        var (y, lambda) = ((double[])target.Clone(), new double[rows.Length]);
        for (var round = 0; round < 200; round++)
        {
            var (step, next) = BestStep(rows, target, y, lambda);
            if (step is null) return null;
            // Shortened while far away, so that no merit function is needed.
            var length = Math.Sqrt(step.Sum(v => v * v));
            var share = Math.Min(1, 0.3 / length);
            for (var i = 0; i < y.Length; i++) y[i] += share * step[i];
            for (var j = 0; j < lambda.Length; j++) lambda[j] += share * (next[j] - lambda[j]);
            if (length < 1e-13) return y;
        }
        return null;
    }

    private static (double[]? Step, double[] Next) BestStep(QuadraticRow[] rows, double[] target, double[] y, double[] lambda)
    {
        int[] free = [.. Enumerable.Range(0, rows.Length).Where(j => rows[j].IsAtMost)];
        (double[]? Step, double[] Next, double Fault) best = (null, [], double.PositiveInfinity);
        for (var choice = 0; choice < 1 << free.Length; choice++)
        {
            int[] active = [.. Enumerable.Range(0, rows.Length).Where(j => !rows[j].IsAtMost || (choice & (1 << Array.IndexOf(free, j))) != 0)];
            var (step, next) = Step(rows, active, target, y, lambda);
            if (step is null) continue;
            var fault = free.Sum(j => Math.Max(-next[j], 0) + (active.Contains(j) ? 0 : Math.Max(rows[j].Value(y) + Dot(rows[j].Gradient(y), step), 0)));
            if (fault < best.Fault) best = (step, next, fault);
        }
        return (best.Step, best.Next);
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();

    private static (double[]? Step, double[] Next) Step(QuadraticRow[] rows, int[] active, double[] target, double[] y, double[] lambda)
    {
        var (n, m) = (y.Length, active.Length);
        var matrix = new double[n + m, n + m + 1];
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < n; k++) matrix[i, k] = (i == k ? 1 : 0) + rows.Select((row, j) => lambda[j] * row.Q[i, k]).Sum();
            matrix[i, n + m] = target[i] - y[i];
        }
        for (var a = 0; a < m; a++)
        {
            var gradient = rows[active[a]].Gradient(y);
            for (var i = 0; i < n; i++) matrix[n + a, i] = matrix[i, n + a] = gradient[i];
            matrix[n + a, n + m] = -rows[active[a]].Value(y);
        }
        if (!Eliminate(matrix)) return (null, []);
        var next = new double[rows.Length];
        for (var a = 0; a < m; a++) next[active[a]] = matrix[n + a, n + m];
        return ([.. Enumerable.Range(0, n).Select(i => matrix[i, n + m])], next);
    }

    private static bool Eliminate(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        for (var p = 0; p < n; p++)
        {
            var pivot = Enumerable.Range(p, n - p).MaxBy(r => Math.Abs(matrix[r, p]));
            if (Math.Abs(matrix[pivot, p]) < 1e-12) return false;
            for (var c = 0; c <= n; c++) (matrix[p, c], matrix[pivot, c]) = (matrix[pivot, c], matrix[p, c]);
            for (var r = 0; r < n; r++)
            {
                if (r == p) continue;
                var factor = matrix[r, p] / matrix[p, p];
                for (var c = p; c <= n; c++) matrix[r, c] -= factor * matrix[p, c];
            }
        }
        for (var p = 0; p < n; p++) matrix[p, n] /= matrix[p, p];
        return true;
    }
}
