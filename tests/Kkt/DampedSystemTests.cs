using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>
/// The damped system of Eq. 5 has one solution, which all solvers find, whatever is wrong with the rows: nothing is dependent and
/// nothing contradicts.
/// </summary>
[TestFixture(typeof(double), "cpu-scalar")]
[TestFixture(typeof(float), "cpu-scalar")]
[TestFixture(typeof(double), "cpu-simd")]
[TestFixture(typeof(float), "cpu-simd")]
[TestFixture(typeof(double), "cuda-checked")]
[TestFixture(typeof(float), "cuda-checked")]
[TestFixture(typeof(double), "cuda-gpu")]
[TestFixture(typeof(float), "cuda-gpu")]
public class DampedSystemTests<T>(string deviceName) : DeviceFixture<T>(deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double Eta = SmallConstraints<T>.Eta;
    private static readonly int[][] Samples = [[1, 2, 3], [1, 2, 1], [0, 1, 1, 2, 3, 2, 0, 3]];

    private static bool IsDouble => typeof(T) == typeof(double);

    [Test]
    public void AllSolversGiveTheOneSolution([ValueSource(nameof(Samples))] int[] samples, [Values(1e-2, 1, 100)] double delta)
    {
        var problem = new SmallConstraints<T>(Device, samples) { Delta = delta };
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, Eta);
        using var gram = new GramSolver<T>(Device, problem.Function, Eta) { Delta = delta };
        using var projected = new ProjectedMinresQlp<T>(Device, problem.Function, system, Eta) { Delta = delta };
        using var preconditioned = new PreconditionedMinresQlp<T>(Device, problem.Function, system) { Delta = delta };
        using var krylov = new KktKrylov<T>(Device, system, new KrylovOptions(), damps: true) { Delta = delta };
        var (b, x) = (problem.RightHandSide, Device.Zeros(problem.RightHandSide.Count));
        using (Assert.EnterMultipleScope())
        {
            IsSolved(problem, system, x, gram.Solve(b, x), 1e-11, 2e-5);
            IsSolved(problem, system, x, projected.Solve(b, x), 1e-9, 2e-4);
            IsSolved(problem, system, x, preconditioned.Solve(b, x, new KrylovOptions()), 1e-9, 2e-4);
            // The estimate of the trace is not looked at: it is exact.
            IsSolved(problem, system, x, krylov.Solve([double.NaN, double.NaN], b, x), 1e-9, 5e-3);
        }
    }

    [Test]
    public void ADampingThatIsLostInThePrecisionIsNamed()
    {
        // Contradictory rows: the multipliers of the damped solution are a million times and more those of least squares.
        var delta = IsDouble ? 1e-9 : 1e-7;
        var problem = new SmallConstraints<T>(Device, 1, 2, 1) { Delta = delta };
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, Eta);
        using var krylov = new KktKrylov<T>(Device, system, new KrylovOptions(), damps: true) { Delta = delta };
        using var gram = new GramSolver<T>(Device, problem.Function, Eta) { Delta = delta };
        var (b, x) = (problem.RightHandSide, Device.Zeros(problem.RightHandSide.Count));
        var report = krylov.Solve([1, 1], b, x);
        Assert.That((report.Exit, report.IsConverged, report.IsInconsistent), Is.EqualTo((SolveExit.DampingTooSmall, false, false)), report.Explanation);
        Assert.That(report.Explanation, Does.Contain("raise delta"));
        report = gram.Solve(b, x);
        Assert.That(report.Exit, Is.EqualTo(SolveExit.Solved), report.Explanation);
        Assert.That(problem.Distance(x), Is.LessThan(IsDouble ? 1e-3 : 2e-2), "gram");
    }

    [Test]
    public void TheConditionIsThatOfTheDampedSystem([Values(1e-2, 1, 100)] double delta)
    {
        if (!IsDouble || DeviceName != "cpu-simd") Assert.Ignore("once is enough: a sum of known numbers");
        var problem = new SmallConstraints<T>(Device, 1, 2, 1);
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, Eta);
        using var gram = new GramSolver<T>(Device, problem.Function, Eta) { Delta = delta };
        var report = gram.Solve(problem.RightHandSide, Device.Zeros(system.Size));
        system.Damping = report.Damping;
        var values = new SymmetricEigen(Dense(system), system.Size).Values.ToArray().Select(Math.Abs).ToArray();
        Assert.That(report.OperatorNorm, Is.InRange(values.Max() / 3, values.Max() * (1 + 1e-9)), "a lower bound by Cholesky's pivots");
        Assert.That(report.Condition, Is.InRange(values.Max() / values.Min() / 1e3, values.Max() / values.Min() * (1 + 1e-9)));
    }

    [Test]
    public void WhereNothingDependsOnWThereIsNothingToDamp()
    {
        var problem = new SmallConstraints<T>(Device, 0);
        using var gram = new GramSolver<T>(Device, problem.Function, Eta) { Delta = 1 };
        var x = Device.Zeros(problem.RightHandSide.Count);
        var report = gram.Solve(problem.RightHandSide, x);
        Assert.That((report.Exit, report.Damping), Is.EqualTo((SolveExit.LeastSquares, 0.0)));
        Assert.That(problem.Distance(x), Is.LessThan(1e-5));
    }

    [Test]
    public void TheTraceIsThatOfTheGramMatrix()
    {
        var problem = new SmallConstraints<T>(Device, 1, 2, 1);
        var rows = problem.Function.RowCount;
        using var gram = problem.Function.CreateGram();
        using var trace = problem.Function.CreateTrace();
        var s = new double[rows * rows];
        gram.Form(s);
        Assert.That(trace.Compute(), Is.EqualTo(Enumerable.Range(0, rows).Sum(r => s[r * (rows + 1)])).Within(IsDouble ? 1e-11 : 1e-4).Percent);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(() => trace.Compute(cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void WithoutGramRowsTheTraceIsEstimated()
    {
        var problem = new SmallConstraints<T>(Device, 1, 2, 3);
        using var exact = problem.Function.CreateTrace();
        using var system = new ProjectedGradientSystem<T>(Device, new WithoutGram(problem.Function), Eta);
        using var estimate = new RowTrace<T>(Device, system);
        Assert.That(estimate.IsExact, Is.False);
        Assert.That(estimate.Compute(new RandomGenerator(1), CancellationToken.None), Is.EqualTo(exact.Compute()).Within(35).Percent);
    }

    [Test]
    public void DeltaMustBeANumberThatTheSolverWasMadeFor()
    {
        var problem = new SmallConstraints<T>(Device, 1);
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, Eta);
        using var gram = new GramSolver<T>(Device, problem.Function, Eta);
        using var krylov = new KktKrylov<T>(Device, system, new KrylovOptions());
        Assert.That(() => gram.Delta = -1, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("delta"));
        Assert.That(() => krylov.Delta = 1, Throws.InvalidOperationException.With.Message.Contains("damps: true"));
        Assert.That(() => system.Damping = double.NaN, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("damping"));
    }

    private void IsSolved(SmallConstraints<T> problem, ProjectedGradientSystem<T> system, Tensor<T> x, KktReport report, double full, double single)
    {
        var r = Device.Zeros(x.Count);
        system.Damping = report.Damping;
        system.Apply(x, r);
        Device.Vectors.Combine(1, problem.RightHandSide, -1, r, r);
        Assert.That(report.Exit, Is.EqualTo(SolveExit.Solved), report.Explanation);
        Assert.That(problem.Distance(x), Is.LessThan(IsDouble ? full : single), report.Solver);
        Assert.That(report.TrueResidualNorm, Is.EqualTo(Device.Vectors.Norm(r)).Within((IsDouble ? 1e-13 : 1e-5) * Device.Vectors.Norm(problem.RightHandSide)), report.Solver);
        Assert.That(report.RemovedNorm ?? 0, Is.Zero);
        Assert.That(report.Explanation, Does.Contain("Damped by d = "));
    }

    private double[] Dense(KktSystem<T> system)
    {
        var n = system.Size;
        var (matrix, unit, column) = (new double[n * n], Device.Zeros(n), Device.Zeros(n));
        for (var i = 0; i < n; i++)
        {
            Device.Vectors.Fill(unit, T.Zero);
            unit.Slice(i, 1).CopyFrom([T.One]);
            system.Apply(unit, column);
            Numbers.Host(column).CopyTo(matrix.AsSpan(i * n, n));
        }
        return matrix;
    }

    /// <summary>The same function, which does not say that it has Gram rows.</summary>
    private sealed class WithoutGram(DifferentiableFunction<T> inner) : DifferentiableFunction<T>
    {
        public override int RowCount => inner.RowCount;

        public override int ParameterCount => inner.ParameterCount;

        public override Tensor<T> Value => inner.Value;

        public override void Rop(Tensor<T> v, Tensor<T> result) => inner.Rop(v, result);

        public override void Lop(Tensor<T> u, Tensor<T> result) => inner.Lop(u, result);
    }
}
