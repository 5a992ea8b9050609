using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>Solves in recorded cycles give what solves iteration by iteration give, and end when they are told to.</summary>
public abstract class MinresQlpCycleTests<T>(IDeviceFactory devices) : MinresQlpSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly string[] Systems =
    [
        "a_nonsingular_indefinite_50", "c_singular_inconsistent_50", "d2_kkt_dup_inconsistent", "d6_kkt_orthorows_3iters",
        "f_zero_rhs", "g_eigenvector_rhs", "g2_nullvector_rhs",
    ];

    [Test]
    public void CyclesGiveTheBitsOfIterations(
        [ValueSource(nameof(Systems))] string name, [Values("none", "blocks", "diagonal", "general")] string kind)
    {
        var system = OracleSystem.Load(name);
        var recorded = new DeviceDenseOperator<T>(Device, system.Matrix);
        var plain = new DelegateOperator<T>(system.Size, recorded.Apply);
        var cycles = Run(recorded, system.RightHandSide, () => Preconditioner(kind, system.Size));
        var iterations = Run(plain, system.RightHandSide, () => Preconditioner(kind, system.Size));
        Assert.That(cycles.X, Is.EqualTo(iterations.X));
        Assert.That(cycles.Report with { Elapsed = default }, Is.EqualTo(iterations.Report with { Elapsed = default }));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(11)]
    public void TheLimitOfIterationsHoldsInsideACycle(int limit)
    {
        var system = OracleSystem.Load("a_nonsingular_indefinite_50");
        var recorded = new DeviceDenseOperator<T>(Device, system.Matrix);
        var options = new KrylovOptions { MaxIterations = limit };
        var cycles = Run(recorded, system.RightHandSide, options: options);
        var iterations = Run(new DelegateOperator<T>(50, recorded.Apply), system.RightHandSide, options: options);
        Assert.That(cycles.Report.Exit, Is.EqualTo(SolveExit.IterationLimit));
        Assert.That(cycles.Report.Iterations, Is.EqualTo(limit));
        Assert.That(cycles.X, Is.EqualTo(iterations.X));
    }

    [Test]
    public void OneSolverSolvesAnythingInTurn()
    {
        using var solver = new MinresQlp<T>(Device, 50);
        var results = new List<T[]>();
        for (var round = 0; round < 3; round++)
        {
            foreach (var name in new[] { "a_nonsingular_indefinite_50", "b_singular_consistent_50" })
            {
                var system = OracleSystem.Load(name);
                var dense = new DeviceDenseOperator<T>(Device, system.Matrix);
                var x = Device.Zeros(50);
                solver.Preconditioner = Preconditioner(round == 1 ? "general" : "none", 50);
                solver.Solve(dense, Upload(system.RightHandSide), x);
                results.Add(x.ToArray());
            }
        }
        Assert.That(results[4], Is.EqualTo(results[0]));
        Assert.That(results[5], Is.EqualTo(results[1]));
    }

    [Test]
    public void RepeatedSolvesOfOneSystemAreTheSameBits()
    {
        var system = OracleSystem.Load("d2_kkt_dup_inconsistent");
        var dense = new DeviceDenseOperator<T>(Device, system.Matrix);
        using var solver = new MinresQlp<T>(Device, system.Size);
        var b = Upload(system.RightHandSide);
        var results = Enumerable.Range(0, 4).Select(_ =>
        {
            var x = Device.Zeros(system.Size);
            solver.Preconditioner = Preconditioner<T>.TwoBlocks(200, 0.25, 3);
            var report = solver.Solve(dense, b, x);
            return (Values: x.ToArray(), report.Iterations);
        }).ToArray();
        Assert.That(results, Has.All.Matches<(T[] Values, int Iterations)>(
            result => result.Values.SequenceEqual(results[0].Values) && result.Iterations == results[0].Iterations));
    }

    [Test]
    public void CallbackSeesEveryIteration()
    {
        var system = OracleSystem.Load("a_nonsingular_indefinite_50");
        var seen = new List<int>();
        var result = Run(new DeviceDenseOperator<T>(Device, system.Matrix), system.RightHandSide, callback: (in SolveProgress progress) =>
        {
            seen.Add(progress.Iteration);
            return progress.Iteration < 8;
        });
        Assert.That(seen, Is.EqualTo(Enumerable.Range(1, 8)));
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Stopped));
    }

    [Test]
    public void CancelledBeforehandNothingRuns()
    {
        var (slow, b) = SlowSystem();
        using var solver = new MinresQlp<T>(Device, slow.Size);
        var x = Device.Zeros(slow.Size);
        var cancelled = solver.Solve(slow, b, x, cancellation: new CancellationToken(true));
        Assert.That(cancelled.Exit, Is.EqualTo(SolveExit.Stopped));
        Assert.That(cancelled.Iterations, Is.Zero);
        var late = solver.Solve(slow, b, x, options: new KrylovOptions { TimeLimit = TimeSpan.Zero });
        Assert.That(late.Exit, Is.EqualTo(SolveExit.TimeLimit));
        Assert.That(late.Iterations, Is.Zero);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void ARunningSolveCanBeEnded(bool byToken)
    {
        var (slow, b) = SlowSystem();
        using var solver = new MinresQlp<T>(Device, slow.Size);
        var x = Device.Zeros(slow.Size);
        var options = new KrylovOptions { MaxIterations = int.MaxValue, RelativeTolerance = 0, ConditionLimit = 1e300 };
        solver.Solve(slow, b, x, options: options with { MaxIterations = 12 });
        EndedSolve.Check(byToken, (limit, token) => solver.Solve(slow, b, x, options: options with { TimeLimit = limit }, cancellation: token));
        Assert.That(x.ToArray(), Is.All.Matches<T>(T.IsFinite));
    }

    /// <summary>A diagonal of both signs and condition 1e10 (1e5 in float32), which takes thousands of iterations.</summary>
    private (LinearOperator<T> System, Tensor<T> RightHandSide) SlowSystem()
    {
        const int size = 4000;
        var decades = Either(10, 5);
        var diagonal = Upload([.. Enumerable.Range(0, size).Select(i => (i % 2 == 0 ? 1 : -1) * Math.Pow(10, -decades * i / size))]);
        var system = new DelegateOperator<T>(size, (x, y) => Device.Vectors.Multiply(diagonal, x, y), canRecord: true);
        return (system, Upload([.. Enumerable.Repeat(1.0, size)]));
    }

    private Preconditioner<T> Preconditioner(string kind, int size)
    {
        var diagonal = Enumerable.Range(0, size).Select(i => i < size / 3 ? 0.5 : 2.0).ToArray();
        return kind switch
        {
            "blocks" => Preconditioner<T>.TwoBlocks(size / 3, 0.5, 2),
            "diagonal" => Preconditioner<T>.Diagonal(Upload(diagonal)),
            "general" => new DevicePreconditioner(Device, Upload([.. diagonal.Select(m => 1 / m)])),
            _ => Preconditioner<T>.None,
        };
    }

    /// <summary>A general preconditioner that works on the device.</summary>
    private sealed class DevicePreconditioner(ComputeDevice<T> device, Tensor<T> inverse) : GeneralPreconditioner<T>
    {
        public override bool CanRecord => true;

        public override void Solve(Tensor<T> r, Tensor<T> z) => device.Vectors.Multiply(inverse, r, z);
    }
}

/// <summary>When recordings are made, and when they are used again.</summary>
public sealed class CpuCycleRecordingTests
{
    [Test]
    public void OneRecordingServesUntilOperatorOrMemoryChange()
    {
        using var device = new CyclingDevice<double>();
        using var solver = new MinresQlp<double>(device, 2);
        var (b, x) = (device.From([1, 2]), device.Zeros(2));
        var first = new MovingOperator(device);
        for (var i = 0; i < 3; i++) solver.Solve(first, b, x);
        Assert.That(device.Recordings, Is.EqualTo(new[] { "minres-qlp.cycle" }));
        first.Move(4);
        solver.Solve(first, b, x);
        Assert.That(x.ToArray(), Is.EqualTo(new[] { 0.25, 0.5 }).Within(1e-12));
        Assert.That(device.Recordings, Has.Count.EqualTo(2), "the operator's memory moved");
        solver.Preconditioner = Preconditioner<double>.TwoBlocks(1, 1, 2);
        solver.Solve(new MovingOperator(device), b, x);
        Assert.That(device.Recordings, Has.Count.EqualTo(3), "another operator");
    }

    [Test]
    public void ACycleIsThreeProducts()
    {
        using var device = new CyclingDevice<double>();
        using var solver = new MinresQlp<double>(device, 50);
        var system = OracleSystem.Load("a_nonsingular_indefinite_50");
        var products = 0;
        var dense = new DeviceDenseOperator<double>(device, system.Matrix);
        var counting = new DelegateOperator<double>(
            50,
            (x, y) =>
            {
                products++;
                dense.Apply(x, y);
            },
            canRecord: true);
        var options = new KrylovOptions { Verify = false, MaxIterations = 7 };
        solver.Solve(counting, device.From(system.RightHandSide), device.Zeros(50), options: options);
        Assert.That(device.Runs, Is.EqualTo(3));
        Assert.That(products, Is.EqualTo(9));
    }

    /// <summary>c I, with c in memory that moves.</summary>
    private sealed class MovingOperator(ComputeDevice<double> device) : LinearOperator<double>
    {
        private Tensor<double> _diagonal = device.From([2, 2]);
        private long _version;

        public override int Size => 2;

        public override bool CanRecord => true;

        public override long MemoryVersion => _version;

        public void Move(double value)
        {
            _diagonal = device.From([value, value]);
            _version++;
        }

        public override void Apply(Tensor<double> x, Tensor<double> y) => device.Vectors.Multiply(_diagonal, x, y);
    }
}
