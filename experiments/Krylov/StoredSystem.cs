using System.Reflection;

namespace PoseEngine.Experiments.Krylov;

/// <summary>A small system with its known pseudo-inverse solution, the shortest least-squares one.</summary>
internal sealed record StoredSystem(string Name, KrylovClass Kind, SparseMatrix Matrix, double[] RightHandSide, double[] Expected)
{
    private const string Prefix = "krylov.";

    /// <summary>Vectors of a basis of GMRES: none of the systems has more distinct eigenvalues.</summary>
    private const int Restart = 100;

    // Resources and what they are; the first of a class is the one that its figure shows.
    private static readonly (string Name, KrylovClass Kind)[] Resources =
    [
        ("a_nonsingular_indefinite_50", KrylovClass.Indefinite),
        ("d6_kkt_orthorows_3iters", KrylovClass.Indefinite),
        ("b_singular_consistent_50", KrylovClass.Singular),
        ("d1_kkt_dup_consistent", KrylovClass.Singular),
        ("c_singular_inconsistent_50", KrylovClass.Contradictory),
        ("d2_kkt_dup_inconsistent", KrylovClass.Contradictory),
        ("d3_kkt_eta1e-3_inconsistent", KrylovClass.Contradictory),
        ("d4_kkt_JTJ_inconsistent", KrylovClass.Contradictory),
        ("d5_kkt_eta0_inconsistent", KrylovClass.Contradictory),
        ("g3_laplacian_inconsistent", KrylovClass.Contradictory),
        ("e_illcond_1e10_dense_60", KrylovClass.IllConditioned),
    ];

    /// <summary>All systems on a device, those of a formula first.</summary>
    public static IEnumerable<KrylovProblem<T>> All<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => All().Select(system => KrylovProblem<T>.Of(
            device, system.Name, system.Kind, system.Matrix, system.RightHandSide, system.Expected, KrylovProblem<T>.IterationsOfSize * system.Matrix.Size, Restart));

    public static IEnumerable<StoredSystem> All() =>
    [
        OfFormula("tridiagonal_60", KrylovClass.Definite, -1, -1), OfFormula("convection_60", KrylovClass.Nonsymmetric, -1.1, -0.9),
        .. Resources.Select(resource => Load(resource.Name, resource.Kind)),
    ];

    /// <summary>Second differences on 60 points, with or without a drift; b from a known x of small whole numbers.</summary>
    private static StoredSystem OfFormula(string name, KrylovClass kind, double below, double above)
    {
        const int n = 60;
        var matrix = SparseMatrix.OfDense(n, (i, j) => i == j ? 2 : i == j + 1 ? below : j == i + 1 ? above : 0);
        double[] x = [.. Enumerable.Range(0, n).Select(i => (double)((7 * i % 11) - 5))];
        var b = new double[n];
        matrix.Multiply(x, b);
        return new StoredSystem(name, kind, matrix, b, x);
    }

    private static StoredSystem Load(string name, KrylovClass kind)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Prefix}{name}.json")
            ?? throw new InvalidOperationException($"the program was built without {name}.json");
        using var json = JsonDocument.Parse(stream);
        var root = json.RootElement;
        return new StoredSystem(name, kind, Build(root, root.GetProperty("n").GetInt32()), Numbers(root, "b")!, Numbers(root, "x_pinv")!);
    }

    private static SparseMatrix Build(JsonElement root, int size)
    {
        if (Numbers(root, "A_int_rowmajor_times4") is { } a) return BuildKkt(root, size, a);
        if (Numbers(root, "matrix_rowmajor") is { } dense) return SparseMatrix.OfDense(size, (i, j) => dense[(i * size) + j]);
        var integers = Numbers(root, "matrix_int_rowmajor")!;
        var divisor = root.GetProperty("matrix_scale_divisor").GetDouble();
        return SparseMatrix.OfDense(size, (i, j) => integers[(i * size) + j] / divisor);
    }

    /// <summary>[eta I + J^T J, A^T; A, 0] of integers 4 A and 8 J.</summary>
    private static SparseMatrix BuildKkt(JsonElement root, int size, double[] a)
    {
        var n = root.GetProperty("n_primal").GetInt32();
        var eta = root.GetProperty("eta").GetDouble();
        List<MatrixEntry> entries = [.. Enumerable.Range(0, n).Select(i => new MatrixEntry(i, i, eta))];
        for (var k = 0; k < a.Length; k++)
        {
            if (a[k] == 0) continue;
            entries.Add(new MatrixEntry(n + (k / n), k % n, a[k] / 4));
            entries.Add(new MatrixEntry(k % n, n + (k / n), a[k] / 4));
        }
        if (Numbers(root, "J_int_rowmajor_times8") is not { } jacobian) return new SparseMatrix(size, entries);
        for (var k = 0; k < n * n; k++)
        {
            var sum = 0.0;
            for (var row = 0; row < jacobian.Length; row += n) sum += jacobian[row + (k / n)] * jacobian[row + (k % n)] / 64;
            entries.Add(new MatrixEntry(k / n, k % n, sum));
        }
        return new SparseMatrix(size, entries);
    }

    private static double[]? Numbers(JsonElement root, string name)
        => root.TryGetProperty(name, out var array) ? [.. array.EnumerateArray().Select(e => e.GetDouble())] : null;
}
