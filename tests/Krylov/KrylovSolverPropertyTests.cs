using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>What must hold for any system, and clean ends when something is wrong.</summary>
public abstract class KrylovSolverPropertyTests<T>(IDeviceFactory devices) : KrylovSolverSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Indefinite = "a_nonsingular_indefinite_50", Contradictory = "c_singular_inconsistent_50";

    private static readonly double[,] Exchange = { { 0, 1 }, { 1, 0 } };

    [Test]
    public void PowersOfTwoScaleTheSolutionAndNothingElse(
        [ValueSource(nameof(Solvers))] string solver, [Values(Indefinite, Contradictory)] string name, [Values(-60, 31)] int power)
    {
        if (IsSingle) power /= 2;
        var system = OracleSystem.Load(name);
        var plain = Solve(solver, name);
        var bigger = Solve(solver, system.Matrix, [.. system.RightHandSide.Select(b => Math.ScaleB(b, power))]);
        var stretched = Solve(solver, system.Matrix, system.RightHandSide, scale: Math.ScaleB(1, power));
        foreach (var (scaled, by) in (ReadOnlySpan<(Result, int)>)[(bigger, power), (stretched, -power)])
        {
            Assert.That(scaled.Report.Exit, Is.EqualTo(plain.Report.Exit));
            Assert.That(scaled.Report.Iterations, Is.EqualTo(plain.Report.Iterations));
            Assert.That(scaled.X, Is.EqualTo(plain.X.Select(x => Math.ScaleB(x, by))));
        }
    }

    [TestCaseSource(nameof(Solvers))]
    public void AUsedSolverSolvesLikeANewOne(string solver)
    {
        var (first, second) = (OracleSystem.Load(Indefinite), OracleSystem.Load(Contradictory));
        using var instance = KrylovSolvers.Create(solver, Device, first.Size);
        var once = Solve(instance, CreateOperator(first.Matrix), first.RightHandSide);
        Solve(instance, CreateOperator(second.Matrix), second.RightHandSide);
        var again = Solve(instance, CreateOperator(first.Matrix), first.RightHandSide);
        Assert.That(again.X, Is.EqualTo(once.X));
        Assert.That(again.Report with { Elapsed = default }, Is.EqualTo(once.Report with { Elapsed = default }));
    }

    [TestCaseSource(nameof(Solvers))]
    public void TheSolutionMayTakeTheRightHandSidesPlace(string solver)
    {
        var system = OracleSystem.Load(Indefinite);
        using var instance = KrylovSolvers.Create(solver, Device, system.Size);
        var vector = Upload(system.RightHandSide);
        var report = instance.Solve(CreateOperator(system.Matrix), vector, vector);
        var apart = Solve(solver, Indefinite);
        Assert.That(vector.ToArray().Select(double.CreateChecked), Is.EqualTo(apart.X));
        Assert.That(report.TrueResidualNorm, Is.EqualTo(apart.Report.TrueResidualNorm));
    }

    [TestCaseSource(nameof(Solvers))]
    public void ACallbackSeesEveryIterationAndStops(string solver)
    {
        var seen = new List<int>();
        var result = Solve(solver, Indefinite, callback: (in SolveProgress progress) =>
        {
            seen.Add(progress.Iteration);
            Assert.That(progress.ResidualNorm, Is.GreaterThan(0));
            return progress.Iteration < 5;
        });
        Assert.That(seen, Is.EqualTo(new[] { 1, 2, 3, 4, 5 }));
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Stopped));
        Assert.That(result.Report.Iterations, Is.EqualTo(5));
        Assert.That(result.X, Is.Not.All.Zero);
    }

    [TestCaseSource(nameof(Solvers))]
    public void ACancelledTokenStops(string solver)
    {
        var system = OracleSystem.Load(Indefinite);
        using var instance = KrylovSolvers.Create(solver, Device, system.Size);
        using var source = new CancellationTokenSource();
        bool CancelAtThree(in SolveProgress progress)
        {
            if (progress.Iteration == 3) source.Cancel();
            return true;
        }
        var result = Solve(instance, CreateOperator(system.Matrix), system.RightHandSide, null, CancelAtThree, source.Token);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Stopped));
        Assert.That(result.Report.Iterations, Is.EqualTo(3));
    }

    [TestCaseSource(nameof(Solvers))]
    public void OneIterationIsOneIteration(string solver)
    {
        var result = Solve(solver, Indefinite, new KrylovOptions { MaxIterations = 1 });
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.IterationLimit));
        Assert.That(result.Report.Iterations, Is.EqualTo(1));
        if (solver is "minres" or "minres-qlp" or "gmres")
        {
            Assert.That(result.Report.TrueResidualNorm, Is.LessThan(result.Report.RightHandSideNorm));
        }
    }

    [TestCaseSource(nameof(Solvers))]
    public void ATimeLimitStops(string solver)
        => Assert.That(Solve(solver, Indefinite, new KrylovOptions { TimeLimit = TimeSpan.Zero }).Report.Exit, Is.EqualTo(SolveExit.TimeLimit));

    [TestCase("minres")]
    [TestCase("gmres")]
    public void LeastResidualsNeverGrow(string solver)
    {
        var residuals = new List<double>();
        Solve(solver, Contradictory, callback: (in SolveProgress progress) =>
        {
            residuals.Add(progress.ResidualNorm);
            return true;
        });
        Assert.That(residuals, Has.Count.GreaterThan(20).And.Ordered.Descending);
        Assert.That(residuals[^1], Is.EqualTo(8.2003).Within(0.01), "the distance of b from the range");
    }

    [TestCaseSource(nameof(Solvers))]
    public void AToleranceBelowRoundingIsRaisedAndNamed(string solver)
    {
        var report = Solve(solver, "d6_kkt_orthorows_3iters", new KrylovOptions { RelativeTolerance = 0 }).Report;
        Assert.That(report.RelativeTolerance, Is.EqualTo(8 * Math.ScaleB(1, IsSingle ? -23 : -52)));
        Assert.That(report.Exit, Is.EqualTo(SolveExit.SolvedToPrecision), report.Explanation);
    }

    [TestCaseSource(nameof(Solvers))]
    public void ANonFiniteRightHandSideGivesZero(string solver)
    {
        var b = new double[50];
        b[7] = double.PositiveInfinity;
        var result = Solve(solver, OracleSystem.Load(Indefinite).Matrix, b);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.NotFinite));
        Assert.That(result.X, Is.All.Zero);
    }

    [Test]
    public void APivotOfZeroIsNoObstacleToSymmlqButToCg()
    {
        var symmlq = Solve("symmlq", Exchange, [1, 0]);
        Assert.That(symmlq.Report.Exit, Is.EqualTo(SolveExit.Solved));
        Assert.That(symmlq.X, Is.EqualTo(new[] { 0.0, 1 }));
        foreach (var solver in (string[])["cg", "bicg"])
        {
            var broken = Solve(solver, Exchange, [1, 0]);
            Assert.That(broken.Report.Exit, Is.EqualTo(SolveExit.CurvatureBreakdown));
            Assert.That(broken.X, Is.All.Zero);
            Assert.That(broken.Report.Explanation, Does.Contain("broke down in iteration 1: p^T B p = 0"));
        }
    }

    [Test]
    public void AShadowThatVanishesBreaksBicgDown()
    {
        var result = Solve("bicg", new NonsymmetricOperator<T>(new double[,] { { 1, 0 }, { 1, 1 } }), [1, 0]);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.ShadowBreakdown));
        Assert.That(result.X, Is.EqualTo(new[] { 1.0, 0 }));
    }

    [Test]
    public void SymmlqNamesASingularEndOfTheSpace()
    {
        // b has a part in the null space, and the space ends after two products.
        var result = Solve("symmlq", new double[,] { { 2, 0, 0 }, { 0, 0, 0 }, { 0, 0, 2 } }, [1, 1, 0]);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.SingularBreakdown), result.Report.Explanation);
        Assert.That(result.X, Is.All.Matches<double>(double.IsFinite));
    }

    [TestCase("bicg")]
    [TestCase("gmres")]
    public void NonsymmetricSystemsAreSolved(string solver)
    {
        var (matrix, b, x) = Nonsymmetric();
        var result = Solve(solver, new NonsymmetricOperator<T>(matrix), b);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Solved), result.Report.Explanation);
        Assert.That(Distance(result.X, x), Is.LessThan(Either(1e-8, 1e-3)));
    }

    [Test]
    public void MatricesThatAMethodCannotTakeAreRefused()
    {
        var (matrix, b, x) = Nonsymmetric();
        foreach (var solver in (string[])["cg", "symmlq", "minres", "minres-qlp"])
        {
            Assert.That(
                () => Solve(solver, new NonsymmetricOperator<T>(matrix), b),
                Throws.ArgumentException.With.Message.Contains("expects a symmetric operator"), solver);
        }
        var lonely = new NonsymmetricOperator<T>(matrix) { WithTranspose = false };
        Assert.That(() => Solve("bicg", lonely, b), Throws.ArgumentException.With.Message.Contains("products of its transpose"));
        Assert.That(() => lonely.ApplyTranspose(Upload(b), Upload(x)), Throws.InstanceOf<NotSupportedException>());
        Assert.That(Distance(Solve("gmres", lonely, b).X, x), Is.LessThan(Either(1e-8, 1e-3)), "GMRES needs none");
        Assert.That(() => KrylovSolvers.Create("qmr", Device, 3), Throws.ArgumentException.With.Message.Contains("there is no solver qmr"));
    }

    [Test]
    public void OptionsOutOfRangeAreRefused()
    {
        foreach (var options in (KrylovOptions[])[new() { MaxIterations = 0 }, new() { RelativeTolerance = double.NaN }, new() { DivergenceLimit = 0 }])
        {
            foreach (var solver in Solvers)
            {
                Assert.That(() => Solve(solver, Exchange, [1, 0], options), Throws.InstanceOf<ArgumentOutOfRangeException>(), solver);
            }
        }
        Assert.That(() => new Gmres<T>(Device, 3, restart: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void RestartedGmresConvergesWhereTheMatrixIsDefinite()
    {
        var (matrix, b, x) = Nonsymmetric();
        var whole = Solve("gmres", new NonsymmetricOperator<T>(matrix), b);
        var restarted = Solve("gmres", new NonsymmetricOperator<T>(matrix), b, restart: 4);
        Assert.That(restarted.Report.Exit, Is.EqualTo(SolveExit.Solved), restarted.Report.Explanation);
        Assert.That(Distance(restarted.X, x), Is.LessThan(Either(1e-8, 1e-3)));
        Assert.That(restarted.Report.Iterations, Is.GreaterThan(4).And.GreaterThanOrEqualTo(whole.Report.Iterations), "more than one cycle");
    }

    [Test]
    public void GmresThatGetsNowhereSaysSo()
    {
        var result = Solve("gmres", Exchange, [1, 0], restart: 1);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Stagnated));
        Assert.That(result.X, Is.All.Zero);
    }

    [Test]
    public void EverySolverHasItsRowOfTableOne()
    {
        var rows = Solvers.ToDictionary(name => name, name =>
        {
            using var solver = KrylovSolvers.Create(name, Device, 10, restart: 3);
            Assert.That(solver.Name, Is.EqualTo(name));
            return (solver.Requirements, solver.WorkVectors);
        });
        Assert.That(rows["cg"], Is.EqualTo((new KrylovRequirements(true, true, true, true), 3)));
        Assert.That(rows["symmlq"], Is.EqualTo((new KrylovRequirements(true, true, false, true), 4)));
        Assert.That(rows["minres"], Is.EqualTo((new KrylovRequirements(true, true, false, false), 5)));
        Assert.That(rows["minres-qlp"], Is.EqualTo((new KrylovRequirements(true, true, false, false), 6)));
        Assert.That(rows["gmres"], Is.EqualTo((new KrylovRequirements(true, false, false, false), 6)));
        Assert.That(rows["bicg"], Is.EqualTo((new KrylovRequirements(false, null, null, true), 6)));
    }

    /// <summary>A diagonally dominant matrix without symmetry, b, and its x.</summary>
    private static (double[,] Matrix, double[] B, double[] X) Nonsymmetric()
    {
        const int n = 24;
        var matrix = new double[n, n];
        var (b, x) = (new double[n], new double[n]);
        for (var i = 0; i < n; i++)
        {
            x[i] = (i % 5) - 2;
            matrix[i, i] = 6 + (i % 3);
            if (i > 0) matrix[i, i - 1] = -2.5;
            if (i < n - 1) matrix[i, i + 1] = 1;
            if (i < n - 4) matrix[i, i + 4] = -0.5;
        }
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++) b[i] += matrix[i, j] * x[j];
        }
        return (matrix, b, x);
    }
}
