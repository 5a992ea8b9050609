using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Kkt;

/// <summary>Gram matrices that are cancelled while they are formed, or whose eigenvalues are not found.</summary>
public sealed class GivenUpGramTests
{
    private readonly CpuDevice<double> _device = new(1);

    [OneTimeTearDown]
    public void Close() => _device.Dispose();

    [Test]
    public void FormingEndsBeforeTheNextRow()
    {
        using var cancellation = new CancellationTokenSource();
        var (function, limbs) = Cancelling(cancellation);
        using var gram = function.CreateGram();
        Assert.That(() => gram.Form(new double[function.RowCount * function.RowCount], cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(limbs.Lops, Is.EqualTo(1), "of 2 rows");
    }

    [Test]
    public void FormingEndsBeforeTheNextLayer()
    {
        using var cancellation = new CancellationTokenSource();
        var (function, _) = Cancelling(cancellation);
        using var sum = new GramSum<double>(function.Linearization, 2);
        var adjoints = _device.Zeros(2 * function.Linearization.Output.Count);
        Assert.That(() => function.Linearization.LopGram(adjoints, sum, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase(KktSolver.Gram)]
    [TestCase(KktSolver.PreconditionedMinresQlp)]
    [TestCase(KktSolver.ProjectedMinresQlp)]
    public void TheSolveSaysThatItWasStopped(KktSolver solver)
    {
        using var cancellation = new CancellationTokenSource();
        var (function, limbs) = Cancelling(cancellation);
        var (report, _) = Solve(solver, function, cancellation.Token);
        Assert.That(report.Exit, Is.EqualTo(SolveExit.Stopped), report.Explanation);
        Assert.That(limbs.Lops, Is.EqualTo(1), "no product behind the request");
    }

    [TestCase(KktSolver.Gram)]
    [TestCase(KktSolver.PreconditionedMinresQlp)]
    public void EigenvaluesThatAreNotFoundAreReported(KktSolver solver)
    {
        var (report, x) = Solve(solver, new Unsolved(new SmallConstraints<double>(_device, 1, 2).Function), default);
        Assert.That((report.Exit, report.IsConverged), Is.EqualTo((SolveExit.EigenvaluesNotFound, false)), report.Explanation);
        Assert.That(x, Is.All.Zero);
        Assert.That(report.ResidualNorm, Is.Positive.And.EqualTo(report.RightHandSideNorm));
    }

    private (KktReport Report, double[] X) Solve(KktSolver solver, DifferentiableFunction<double> function, CancellationToken cancellation)
    {
        using var system = new ProjectedGradientSystem<double>(_device, function, 0.5);
        var b = Numbers.Normal(_device, new Shape(system.Size), 5);
        var x = Numbers.Normal(_device, new Shape(system.Size), 6);
        switch (solver)
        {
            case KktSolver.Gram:
                using (var gram = new GramSolver<double>(_device, function, 0.5)) return (gram.Solve(b, x, cancellation: cancellation), x.ToArray());
            case KktSolver.PreconditionedMinresQlp:
                using (var preconditioned = new PreconditionedMinresQlp<double>(_device, function, system))
                {
                    return (preconditioned.Solve(b, x, new KrylovOptions(), cancellation), x.ToArray());
                }
            default:
                using (var projected = new ProjectedMinresQlp<double>(_device, function, system, 0.5)) return (projected.Solve(b, x, null, cancellation), x.ToArray());
        }
    }

    private (OutputConstraintFunction<double> Function, CancellingLimbs Limbs) Cancelling(CancellationTokenSource cancellation)
    {
        var small = new SmallConstraints<double>(_device, 1, 2).Function;
        var limbs = new CancellingLimbs(small.Constraint, cancellation);
        var function = new OutputConstraintFunction<double>(small.Linearization, limbs);
        function.Update();
        return (function, limbs);
    }

    /// <summary>A constraint during whose first L-op somebody gives up.</summary>
    private sealed class CancellingLimbs(IOutputConstraint<double> inner, CancellationTokenSource cancellation) : IOutputConstraint<double>
    {
        public int Lops { get; private set; }

        public string Name => inner.Name;

        public IReadOnlyList<ConstraintRow> Rows => inner.Rows;

        public void Evaluate(Tensor<double> y, Tensor<double> x, Tensor<double> c) => inner.Evaluate(y, x, c);

        public void Rop(Tensor<double> y, Tensor<double> x, Tensor<double> dy, Tensor<double> dc) => inner.Rop(y, x, dy, dc);

        public void Lop(Tensor<double> y, Tensor<double> x, Tensor<double> u, Tensor<double> uy)
        {
            Lops++;
            cancellation.Cancel();
            inner.Lop(y, x, u, uy);
        }
    }

    /// <summary>A function whose Gram matrix cannot be decomposed.</summary>
    private sealed class Unsolved(DifferentiableFunction<double> inner) : DifferentiableFunction<double>, IGramRows
    {
        public override int RowCount => inner.RowCount;

        public override int ParameterCount => inner.ParameterCount;

        public override Tensor<double> Value => inner.Value;

        public override void Rop(Tensor<double> v, Tensor<double> result) => inner.Rop(v, result);

        public override void Lop(Tensor<double> u, Tensor<double> result) => inner.Lop(u, result);

        public GramMatrix CreateGram() => new Undecomposed();
    }

    private sealed class Undecomposed : GramMatrix
    {
        public override void Form(Span<double> s, CancellationToken cancellation = default) => throw new EigenvaluesNotFoundException(60);
    }
}
