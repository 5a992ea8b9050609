using PoseEngine.Cuda;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>What solvers and systems take from a device they give back, whatever the order.</summary>
[TestFixture("cpu-simd")]
[TestFixture("cuda-plain")]
[TestFixture("cuda-gpu")]
public sealed class KktMemoryTests(string deviceName)
{
    private const double Eta = SmallConstraints<float>.Eta;

    [Test]
    public void NothingIsLeftBehindASolve()
    {
        using var device = Devices.Create<float>(deviceName);
        var problem = new SmallConstraints<float>(device, 1, 2, 3);
        var roots = device.Zeros(problem.Function.ParameterCount);
        device.Vectors.Fill(roots, 1);
        var x = device.Zeros(problem.RightHandSide.Count);
        Solve(false);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Held(device);
        for (var i = 0; i < 6; i++) Solve(i % 2 == 0);
        Assert.That(Held(device), Is.EqualTo(before));
        GC.KeepAlive((roots, problem, x));

        void Solve(bool backwards)
        {
            var probes = device.Zeros<double>(new Shape(KktSystem<float>.TraceProbes));
            var system = new ProjectedGradientSystem<float>(device, problem.Function, Eta);
            var adam = new ConstrainedAdamSystem<float>(device, problem.Function, roots);
            var krylov = new KktKrylov<float>(device, system, new KrylovOptions());
            var scaled = new KktKrylov<float>(device, adam, new KrylovOptions());
            var gram = new GramSolver<float>(device, problem.Function, Eta);
            var lsqr = new LsqrSolver<float>(device, system, damps: true) { Delta = 0.1 };
            var projected = new ProjectedMinresQlp<float>(device, problem.Function, system, Eta);
            var preconditioner = new GramPreconditioner<float>(device, problem.Function.ParameterCount, problem.Function.RowCount, Eta);
            preconditioner.Update(Identity(problem.Function.RowCount));
            var solver = new MinresQlp<float>(device, system.Size) { Preconditioner = preconditioner };
            krylov.Draw(1);
            krylov.Probe(system.Step(x), probes);
            for (var i = 0; i < 3; i++) krylov.Solve(probes.ToArray(), problem.RightHandSide, x);
            scaled.Solve([1, 1], problem.RightHandSide, x);
            gram.Solve(problem.RightHandSide, x);
            lsqr.Solve(problem.RightHandSide, x);
            projected.Solve(problem.RightHandSide, x);
            solver.Solve(system, problem.RightHandSide, x);
            IDisposable[] all = [probes.Storage, system, adam, krylov, scaled, gram, lsqr, projected, preconditioner, solver];
            if (backwards) all.Reverse();
            foreach (var one in all) one.Dispose();
            foreach (var one in all) one.Dispose();
        }
    }

    [Test]
    public void ASolverMayOutliveItsDevice()
    {
        using var other = Devices.Create<float>(deviceName);
        var device = Devices.Create<float>(deviceName);
        var problem = new SmallConstraints<float>(device, 1);
        var system = new ProjectedGradientSystem<float>(device, problem.Function, Eta);
        var solver = new MinresQlp<float>(device, system.Size);
        for (var i = 0; i < 3; i++) solver.Solve(system, problem.RightHandSide, problem.RightHandSide);
        device.Dispose();
        Assert.DoesNotThrow(solver.Dispose);
        Assert.DoesNotThrow(solver.Dispose);
        if (device is CudaDevice<float> cuda)
        {
            Assert.That((cuda.Context.LiveBytes, cuda.Context.LiveGraphs, cuda.Context.PinnedBytes), Is.EqualTo((0L, 0, 0L)));
        }
        Assert.That(other.Vectors.Norm(other.From([3, 4])), Is.EqualTo(5));
    }

    [Test]
    public void NothingThrowsBehindAFailureOfTheDevice()
    {
        if (deviceName != "cuda-plain") Assert.Ignore("a failure that a process survives is the stand-in's alone");
        var device = (CudaDevice<float>)Devices.Create<float>(deviceName);
        var problem = new SmallConstraints<float>(device, 1);
        var system = new ProjectedGradientSystem<float>(device, problem.Function, Eta);
        var (gram, solver) = (new GramSolver<float>(device, problem.Function, Eta), new MinresQlp<float>(device, system.Size));
        for (var i = 0; i < 3; i++) solver.Solve(system, problem.RightHandSide, problem.RightHandSide);
        var stream = device.CreateImageStream(new Shape(1, 8, 8, 3));
        var module = device.Compile("fault.cu", "extern \"C\" __global__ void fault(float* x) { *x = 1; }");
        try
        {
            Assert.That(
                () =>
                {
                    var arguments = new KernelArguments();
                    arguments.Add(8UL);
                    module["fault"].Launch(new LaunchShape(1, 1, 1, 1), arguments);
                    device.Synchronize();
                },
                Throws.InstanceOf<CudaException>());
            foreach (var one in (IDisposable[])[stream, gram, solver, system, problem.RightHandSide.Storage, device]) Assert.DoesNotThrow(one.Dispose);
        }
        finally
        {
            StandIn.ClearError();
            StandIn.TakeReport();
        }
        using var next = Devices.Create<float>(deviceName);
        Assert.That(next.Vectors.Norm(next.From([3, 4])), Is.EqualTo(5), "a device behind the failure works");
    }

    private static double[] Identity(int n) => [.. Enumerable.Range(0, n * n).Select(i => i % (n + 1) == 0 ? 1.0 : 0)];

    private static (long Bytes, int Graphs, long Pinned) Held(ComputeDevice<float> device)
        => device is CudaDevice<float> cuda
            ? (device.LiveBytes, cuda.Context.LiveGraphs, cuda.Context.PinnedBytes)
            : (device.LiveBytes, 0, 0);
}
