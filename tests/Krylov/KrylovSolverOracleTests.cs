using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>
/// Every solver on the stored systems: who gets which right, who gives up and says so, and nobody gives NaN. Errors and
/// iteration counts to compare with come from independent implementations.
/// </summary>
public abstract class KrylovSolverOracleTests<T>(IDeviceFactory devices) : KrylovSolverSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int CountsWithin = 10;

    private static readonly string[] Contradictory =
    [
        "c_singular_inconsistent_50", "c2_singular_inconsistent_tinyb", "d2_kkt_dup_inconsistent", "d3_kkt_eta1e-3_inconsistent",
        "d4_kkt_JTJ_inconsistent", "d5_kkt_eta0_inconsistent", "g3_laplacian_inconsistent",
    ];

    private static readonly string[] All =
    [
        "a_nonsingular_indefinite_50", "b_singular_consistent_50", "d1_kkt_dup_consistent", "d6_kkt_orthorows_3iters",
        "e_illcond_1e10_dense_60", "e2_illcond_1e10_diag_60", "f_zero_rhs", "g_eigenvector_rhs", "g2_nullvector_rhs",
        "h_zero_matrix", .. Contradictory,
    ];

    // Iterations in float64, in the order of the solvers' names: CG, SYMMLQ, MINRES, MINRES-QLP, GMRES, BiCG.
    [TestCase("a_nonsingular_indefinite_50", 72, 65, 61, 63, 50, 72)]
    [TestCase("b_singular_consistent_50", 36, 32, 34, 34, 30, 36)]
    [TestCase("d1_kkt_dup_consistent", 59, 61, 47, 53, 51, 59)]
    [TestCase("d6_kkt_orthorows_3iters", 3, 3, 3, 3, 3, 3)]
    public void SolvableSystemsAreSolved(string system, params int[] counts)
    {
        foreach (var (solver, count) in Solvers.Zip(counts))
        {
            var result = Solve(solver, system);
            // In float32 CG and BiCG lose an indefinite system, as an independent implementation does, but not unseen.
            if (IsSingle && !result.Report.IsConverged && solver is "cg" or "bicg" && system[0] == 'a')
            {
                Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.ResidualGap).Or.EqualTo(SolveExit.IterationLimit));
                continue;
            }
            Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Solved), $"{solver}: {result.Report.Explanation}");
            Assert.That(Distance(result.X, OracleSystem.Load(system).Expected), Is.LessThan(Either(1e-9, 1e-4)), solver);
            var within = system[0] == 'd' && count == 3 ? 0 : CountsWithin;
            if (!IsSingle) Assert.That(result.Report.Iterations, Is.EqualTo(count).Within(within), solver);
        }
    }

    [TestCaseSource(nameof(Contradictory))]
    public void OnlyMinresQlpAndGmresFindTheShortestLeastSquaresSolution(string name)
    {
        var expected = OracleSystem.Load(name).Expected;
        foreach (var solver in (string[])["minres-qlp", "gmres"])
        {
            var result = Solve(solver, name);
            Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.LeastSquares), $"{solver}: {result.Report.Explanation}");
            Assert.That(Distance(result.X, expected), Is.LessThan(Either(1e-7, name[1] == '5' ? 1e-2 : 5e-3)), solver);
        }
        var minres = Solve("minres", name);
        var r = minres.Report;
        Assert.That(r.Exit, Is.EqualTo(SolveExit.LeastSquaresOfSomeLength));
        Assert.That(r.TrueNormalResidualNorm, Is.LessThan(Either(1e-6, 2e-2) * r.OperatorNorm * r.TrueResidualNorm!.Value), "a least-squares solution");
        Assert.That(Norm(minres.X), Is.GreaterThan(1.0001 * Norm(expected)), "but longer than need be");
    }

    [TestCaseSource(nameof(Contradictory))]
    public void TheOthersGiveUpAndSaySo(string name)
    {
        foreach (var solver in (string[])["cg", "symmlq", "bicg"])
        {
            var report = Solve(solver, name).Report;
            SolveExit[] named = [SolveExit.VanishingEigenvalue, SolveExit.Diverged, SolveExit.CurvatureBreakdown, SolveExit.SingularBreakdown];
            Assert.That(named, Does.Contain(report.Exit), $"{solver}: {report.Explanation}");
            Assert.That(report.IsConverged, Is.False);
            Assert.That(report.Iterations, Is.LessThan(150), solver);
        }
    }

    [TestCaseSource(nameof(Solvers))]
    public void TheSizeOfTheRightHandSideChangesNothing(string solver)
    {
        var usual = Solve(solver, "c_singular_inconsistent_50");
        var tiny = Solve(solver, "c2_singular_inconsistent_tinyb");
        Assert.That(tiny.Report.Exit, Is.EqualTo(usual.Report.Exit));
        Assert.That(tiny.Report.Iterations, Is.EqualTo(usual.Report.Iterations));
    }

    [TestCaseSource(nameof(Solvers))]
    public void DegenerateSystemsEndAtOnce(string solver)
    {
        var zero = Solve(solver, "f_zero_rhs");
        Assert.That(zero.Report.Exit, Is.EqualTo(SolveExit.ZeroSolution));
        Assert.That(zero.X, Is.All.Zero);
        Assert.That(zero.Report.Iterations, Is.Zero);
        foreach (var name in (string[])["g2_nullvector_rhs", "h_zero_matrix"])
        {
            var result = Solve(solver, name);
            Assert.That(result.X, Is.All.Zero, name);
            Assert.That(result.Report.Exit, Is.EqualTo(solver is "cg" or "bicg" ? SolveExit.CurvatureBreakdown : SolveExit.ZeroSolution), name);
            Assert.That(result.Report.Iterations, Is.EqualTo(1), name);
        }
        var eigenvector = Solve(solver, "g_eigenvector_rhs");
        Assert.That(eigenvector.Report.IsConverged, Is.True);
        Assert.That(eigenvector.Report.Iterations, Is.EqualTo(1));
        Assert.That(Distance(eigenvector.X, OracleSystem.Load("g_eigenvector_rhs").Expected), Is.LessThan(Either(1e-14, 1e-6)));
    }

    [Test]
    public void NobodyGivesNaN([ValueSource(nameof(Solvers))] string solver, [ValueSource(nameof(All))] string name)
    {
        var limit = new KrylovOptions { MaxIterations = 4 * OracleSystem.Load(name).Size };
        var result = Solve(solver, name, limit);
        Assert.That(result.X, Is.All.Matches<double>(double.IsFinite));
        Assert.That(result.Report.ResidualNorm, Is.GreaterThanOrEqualTo(0).And.LessThan(double.PositiveInfinity));
        Assert.That(result.Report.TrueResidualNorm, Is.GreaterThanOrEqualTo(0).And.LessThan(double.PositiveInfinity));
        Assert.That(result.Report.Explanation, Does.EndWith(".").And.Not.Contain("NaN").And.Not.Contain("has not ended"));
    }

    [TestCase("minres")]
    [TestCase("minres-qlp")]
    [TestCase("gmres")]
    public void AnIllConditionedSystemEndsWithASmallBackwardError(string solver)
    {
        var system = OracleSystem.Load("e_illcond_1e10_dense_60");
        var result = Solve(solver, system.Name);
        Assert.That(result.Report.TrueResidualNorm / (Norm(result.X) + Norm(system.RightHandSide)), Is.LessThan(Either(1e-7, 1e-4)));
    }
}
