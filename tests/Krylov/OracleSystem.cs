using System.Collections.Concurrent;
using System.Text.Json;

namespace PoseEngine.Tests.Krylov;

/// <summary>One of the stored systems in tests/data/oracles/minres, with its matrix rebuilt from integers.</summary>
internal sealed class OracleSystem
{
    private static readonly ConcurrentDictionary<string, OracleSystem> Loaded = new();

    private readonly Lazy<SymmetricEigen> _eigen;

    private OracleSystem(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "data", "oracles", "minres", name + ".json");
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = json.RootElement;
        Name = name;
        Size = root.GetProperty("n").GetInt32();
        Matrix = Build(root, Size);
        RightHandSide = Numbers(root, "b")!;
        Expected = Numbers(root, "x_precond_expected") ?? Numbers(root, "x_pinv")!;
        PreconditionerDiagonal = Numbers(root, "M_diag");
        PrimalCount = root.TryGetProperty("n_primal", out var n) ? n.GetInt32() : 0;
        Eta = root.TryGetProperty("eta", out var eta) ? eta.GetDouble() : 0;
        Rank = root.GetProperty("rank").GetInt32();
        _eigen = new Lazy<SymmetricEigen>(() => new SymmetricEigen(Matrix));
    }

    public string Name { get; }

    public int Size { get; }

    public double[,] Matrix { get; }

    public double[] RightHandSide { get; }

    /// <summary>The min-length least-squares solution, in the norms of M where the system has one.</summary>
    public double[] Expected { get; }

    public double[]? PreconditionerDiagonal { get; }

    /// <summary>Length of the first block of a KKT system, or 0.</summary>
    public int PrimalCount { get; }

    public double Eta { get; }

    public int Rank { get; }

    public SymmetricEigen Eigen => _eigen.Value;

    public static OracleSystem Load(string name) => Loaded.GetOrAdd(name, static key => new OracleSystem(key));

    /// <summary>trace(A A^T) / (rank(A) eta), the second weight of the two-block preconditioner.</summary>
    public double SecondWeight()
    {
        var trace = 0.0;
        for (var i = PrimalCount; i < Size; i++)
        {
            for (var j = 0; j < PrimalCount; j++) trace += Matrix[i, j] * Matrix[i, j];
        }
        return trace / (Rank - PrimalCount) / Eta;
    }

    private static double[]? Numbers(JsonElement root, string name)
        => root.TryGetProperty(name, out var array) ? [.. array.EnumerateArray().Select(e => e.GetDouble())] : null;

    private static double[,] Build(JsonElement root, int n)
    {
        if (root.TryGetProperty("A_shape", out _)) return BuildKkt(root);
        if (root.TryGetProperty("S_log2", out _)) return BuildScaled(root, n);
        if (Numbers(root, "matrix_diag") is { } diagonal)
        {
            var matrix = new double[n, n];
            for (var i = 0; i < n; i++) matrix[i, i] = diagonal[i];
            return matrix;
        }
        if (Numbers(root, "matrix_rowmajor") is { } dense) return Square(dense, n, 1);
        return Numbers(root, "matrix_int_rowmajor") is { } integers
            ? Square(integers, n, root.GetProperty("matrix_scale_divisor").GetDouble())
            : new double[n, n];
    }

    private static double[,] BuildKkt(JsonElement root)
    {
        var shape = Numbers(root, "A_shape")!;
        var (m, n) = ((int)shape[0], (int)shape[1]);
        var a = Numbers(root, "A_int_rowmajor_times4")!;
        var matrix = new double[n + m, n + m];
        for (var i = 0; i < n; i++) matrix[i, i] = root.GetProperty("eta").GetDouble();
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++) matrix[n + i, j] = matrix[j, n + i] = a[(i * n) + j] / 4;
        }
        if (Numbers(root, "J_int_rowmajor_times8") is { } jacobian) AddGram(matrix, jacobian, n);
        return matrix;
    }

    private static void AddGram(double[,] matrix, double[] jacobianTimes8, int n)
    {
        for (var row = 0; row < jacobianTimes8.Length; row += n)
        {
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++) matrix[i, j] += jacobianTimes8[row + i] * jacobianTimes8[row + j] / 64;
            }
        }
    }

    private static double[,] BuildScaled(JsonElement root, int n)
    {
        var exponents = Numbers(root, "S_log2")!;
        var matrix = (double[,])Load(root.GetProperty("K_case").GetString()!).Matrix.Clone();
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++) matrix[i, j] *= Math.Pow(2, exponents[i] + exponents[j]);
        }
        return matrix;
    }

    private static double[,] Square(double[] values, int n, double divisor)
    {
        var matrix = new double[n, n];
        for (var i = 0; i < n * n; i++) matrix[i / n, i % n] = values[i] / divisor;
        return matrix;
    }
}
