using System.Diagnostics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>A solve of a KKT system that is cancelled ends before its next product, and says so.</summary>
[TestFixture("cpu-scalar")]
[TestFixture("cpu-simd")]
[TestFixture("cuda-plain")]
[TestFixture("cuda-gpu")]
public sealed class CancelledSolveTests(string deviceName) : DeviceFixture<double>(deviceName)
{
    private const int CancelAt = 4;
    private const int Parameters = 300;
    private const int Rows = 40;

    [TestCase("krylov")]
    [TestCase("lsqr")]
    [TestCase("projected")]
    [TestCase("refinement")]
    public void ASlowProductIsTheLast(string solver)
    {
        using var cancellation = new CancellationTokenSource();
        using var slow = new SlowConstraint(Device, cancellation);
        using var system = new ProjectedGradientSystem<double>(Device, slow, 0.5);
        var (b, x) = (Numbers.Normal(Device, new Shape(system.Size), 3), Device.Zeros(system.Size));
        var report = Solve(solver, system, b, x, cancellation.Token);
        Assert.That(report.Exit, Is.EqualTo(SolveExit.Stopped), report.Explanation);
        Assert.That(report.Explanation, Does.Contain("stopped on request"));
        Assert.That(slow.Calls, Is.EqualTo(CancelAt), "no product behind the request");
        Assert.That(Stopwatch.GetElapsedTime(slow.CancelledAt).TotalSeconds, Is.LessThan(1));
        Assert.That(x.ToArray(), Is.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void TheGramSolverStopsBeforeItsFactors()
    {
        var problem = new SmallConstraints<double>(Device, 1, 2);
        using var gram = new GramSolver<double>(Device, problem.Function, SmallConstraints<double>.Eta);
        var x = Device.Zeros(problem.RightHandSide.Count);
        var report = gram.Solve(problem.RightHandSide, x, cancellation: new CancellationToken(true));
        Assert.That(report.Exit, Is.EqualTo(SolveExit.Stopped));
        Assert.That(x.ToArray(), Is.All.Zero);
        Assert.That(gram.Solve(problem.RightHandSide, x).Exit, Is.EqualTo(SolveExit.Solved), "and solves again");
    }

    private KktReport Solve(
        string solver, ProjectedGradientSystem<double> system, Tensor<double> b, Tensor<double> x, CancellationToken cancellation)
    {
        switch (solver)
        {
            case "krylov":
                using (var krylov = new KktKrylov<double>(Device, system, new KrylovOptions()))
                {
                    return krylov.Solve([1, 1], b, x, cancellation);
                }
            case "lsqr":
                using (var lsqr = new LsqrSolver<double>(Device, system))
                {
                    return lsqr.Solve(b, x, null, cancellation);
                }
            case "projected":
                using (var projected = new ProjectedSolve<double>(Device, system, Parameters))
                {
                    var identity = Enumerable.Range(0, Rows * Rows).Select(i => i % (Rows + 1) == 0 ? 1.0 : 0).ToArray();
                    return projected.Solve(new GramFactor(identity, Rows, 1e-15), Rows, 0.5, b, x, null, cancellation);
                }
            default:
                using (var inner = new MinresQlp<double>(Device, system.Size))
                using (var refinement = new IterativeRefinement<double>(Device, inner))
                {
                    return new KktReport(refinement.Solve(system, b, x, steps: 2, null, cancellation));
                }
        }
    }

    /// <summary>Random rows, each of whose products takes its time; one of them is when somebody gives up.</summary>
    private sealed class SlowConstraint : DifferentiableFunction<double>
    {
        private readonly ComputeDevice<double> _device;
        private readonly CancellationTokenSource _cancellation;
        private readonly Tensor<double> _a;

        public SlowConstraint(ComputeDevice<double> device, CancellationTokenSource cancellation)
        {
            (_device, _cancellation) = (device, cancellation);
            _a = Numbers.Normal(device, new Shape(Rows, Parameters), 8);
            Value = device.Zeros(Rows);
        }

        public int Calls { get; private set; }

        public long CancelledAt { get; private set; }

        public override int RowCount => Rows;

        public override int ParameterCount => Parameters;

        public override Tensor<double> Value { get; }

        public override void Rop(Tensor<double> v, Tensor<double> result)
        {
            Thread.Sleep(20);
            if (++Calls == CancelAt)
            {
                CancelledAt = Stopwatch.GetTimestamp();
                _cancellation.Cancel();
            }
            for (var r = 0; r < Rows; r++) result.Slice(r, 1).CopyFrom([_device.Vectors.Dot(_a.Slice(r * Parameters, Parameters), v)]);
        }

        public override void Lop(Tensor<double> u, Tensor<double> result)
            => _device.Dense.LopInput(_a, u.Slice(0, new Shape(1, Rows)), result.Slice(0, new Shape(1, Parameters)));
    }
}

/// <summary>The factors of a Gram matrix look at the token between rows. Alone, for they are to do so within a second.</summary>
[NonParallelizable]
public sealed class CancelledFactorTests
{
    [Test]
    public void EigenvectorsAreGivenUp()
    {
        const int n = 1200;
        var random = new RandomGenerator(5);
        var matrix = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++) matrix[(i * n) + j] = matrix[(j * n) + i] = random.NextNormal();
        }
        using var cancellation = new CancellationTokenSource();
        cancellation.CancelAfter(20);
        var began = Stopwatch.GetTimestamp();
        Assert.That(() => new SymmetricEigen(matrix, n, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Stopwatch.GetElapsedTime(began).TotalSeconds, Is.LessThan(1));
    }

    [Test]
    public void SoIsACholeskyFactor()
        => Assert.That(() => new Cholesky(2).TryFactor([4, 0, 0, 4], 1e-9, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());

    [Test]
    public void AQlFailureIsCalledOne()
        => Assert.That(
            () => new SymmetricEigen([1, 2, 2, 1], 2, 0, default),
            Throws.TypeOf<EigenvaluesNotFoundException>().With.Message.Contains("not found in 0 steps"));

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void NumbersThatAreNotFiniteAreCalledThat(double number)
        => Assert.That(
            () => new SymmetricEigen([1, number, number, 1], 2),
            Throws.TypeOf<NotFiniteNumberException>().With.Message.Contains("NaN or infinity"));
}
