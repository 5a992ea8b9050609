using System.Numerics;
using System.Text.RegularExpressions;
using PoseEngine.Cuda;
using PoseEngine.Cuda.Native;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cuda;

/// <summary>What is said where a device fails, refuses code, or has too little for a kernel.</summary>
[UsesCuda]
public sealed class CudaFailureTests
{
    private const string Kernels = """
        #include "real.cuh"
        extern "C" __global__ void harmless(real* x) { x[threadIdx.x] = 1; }
        extern "C" __global__ void faulty(real* x) { x[-(1ll << 40)] = 1; }
        extern "C" __global__ void shares(real* x)
        {
            __shared__ real all[5000];
            all[threadIdx.x] = x[threadIdx.x];
            __syncthreads();
            x[threadIdx.x] = all[31 - threadIdx.x];
        }
        """;

    private const int Fault = 700;

    private CudaDevice<double> _device = null!;
    private CudaContext _context = null!;

    [SetUp]
    public void Open()
    {
        StandIn.Require();
        StandIn.Configure("mode=plain;order=forward;lazy=1;optimize=1");
        _device = new CudaDevice<double>();
        _context = _device.Context;
    }

    [TearDown]
    public void Close()
    {
        if (_device is null) return;
        StandIn.ClearError();
        StandIn.Configure("shared=49152;lazy=0");
        _device.Dispose();
        StandIn.TakeReport();
    }

    [Test]
    public void AFaultNamesTheLaunchesThatItMayComeFrom()
    {
        Launch("harmless");
        _context.Synchronize();
        Launch("faulty");
        Launch("harmless");
        Launch("harmless");
        var failure = Assert.Throws<CudaException>(_context.Synchronize);
        Assert.That(failure!.Name, Is.EqualTo("CUDA_ERROR_ILLEGAL_ADDRESS"));
        Assert.That(failure.Message, Does.Contain("one of the 3 launches").And.Contain("the first faulty, the last harmless"));

        // The error stays, and so does the name of the launch behind it.
        failure = Assert.Throws<CudaException>(() => _context.Allocate(16));
        Assert.That(failure!.Message, Does.Contain("cuMemAlloc(16 bytes)").And.Contain("the first faulty"));
    }

    [Test]
    public void AFaultOfOneLaunchNamesIt()
    {
        Launch("faulty");
        Assert.That(Failure(), Does.EndWith("; it comes from faulty"));
    }

    [Test]
    public void ProductsAndFactorsAreAmongTheSuspects()
    {
        var (s, x, values) = (_device.From([4], new Shape(1, 1)), _device.From([2]), _device.From([1]));
        var info = _device.Zeros<int>(new Shape(1));
        var dual = new DualKernels<double>(_context);
        Action[] calls = [Multiply<float>, Multiply<double>, () => dual.Factor(s, info), () => dual.Solve(s, x), () => dual.Eigen(s, x, values, info)];
        Assert.That(
            calls.Select(LastSuspect),
            Is.EqualTo(["cublasSgemm", "cublasDgemm", "cusolverDnDpotrf", "cusolverDnDpotrs", "cusolverDnDsyevd"]));
    }

    [Test]
    public void AProductInAGraphIsNoSuspectOfItsOwn()
    {
        Multiply<float>();
        _context.Synchronize();
        using var graph = CudaGraph.Capture(_context, "a product", Multiply<float>);
        Assert.That(_context.Launches.Explain(Fault), Is.Empty);
    }

    [Test]
    public void ASuspectedGraphIsToBeTakenApart()
    {
        Launch("harmless");
        _context.Synchronize();
        using var graph = CudaGraph.Capture(_context, "a step", () => Launch("faulty"));
        graph.Launch();
        Assert.That(Failure(), Does.EndWith("; it comes from the graph a step (POSE_CUDA_GRAPHS=0 takes graphs apart into their kernels)"));

        StandIn.ClearError();
        graph.Launch();
        Launch("harmless");
        Assert.That(Failure(), Does.Contain("the first the graph a step, the last harmless").And.Contain("POSE_CUDA_GRAPHS=0 takes graphs apart"));
    }

    [Test]
    public void NoSuspectIsNamedAtTheCostOfMemory()
    {
        Launch("harmless");
        using var graph = CudaGraph.Capture(_context, "a step", () => Launch("harmless"));
        Action[] calls = [graph.Launch, Multiply<float>];
        foreach (var call in calls) call();
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var call in calls) call();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void ARefusedCallBlamesNoLaunch()
    {
        Launch("harmless");
        var failure = Assert.Throws<CudaException>(() => Driver.Check(Driver.cuStreamSynchronize(12345)));
        Assert.That(failure!.Message, Does.Not.Contain("harmless"));
    }

    [Test]
    public void AKernelBeyondTheDevicesSharedMemoryIsRefusedByName()
    {
        StandIn.Configure("shared=16384");
        var module = _context.Compiler.LoadText<float>("failures.cu", Kernels);
        var failure = Assert.Throws<NotSupportedException>(() => _ = module["shares"]);
        Assert.That(failure!.Message, Does.Contain("the kernel shares needs 20000 bytes of shared memory").And.Contain("has 16384"));
        Assert.That(() => module["harmless"], Throws.Nothing);
    }

    [Test]
    public void TheTranslatorsLogIsKept()
    {
        var result = KernelCompiler.TryLoad(new byte[256], out _, out var log);
        Assert.That(result, Is.EqualTo(200), "CUDA_ERROR_INVALID_IMAGE");
        Assert.That(log, Does.Contain("no image"));
        var text = KernelFailure.Loading("relu.cu", [], _context.Info, _context.Compiler.Target, "12.4", log);
        Assert.That(text, Does.Contain("relu.cu").And.Contain($"whose log says \"{log}\""));
    }

    /// <summary>The launch that is named last where a call follows a fault.</summary>
    private string LastSuspect(Action call)
    {
        call();
        Launch("faulty");
        call();
        var message = Failure();
        StandIn.ClearError();
        return Regex.Match(message, "the last (.*) \\(").Groups[1].Value;
    }

    /// <summary>What is said where the device is waited for.</summary>
    private string Failure() => Assert.Throws<CudaException>(_context.Synchronize)!.Message;

    private void Multiply<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var x = _context.Scratch("failures", 4096);
        MatrixProduct.Multiply<T>(_context, MatrixOperation.None, MatrixOperation.None, 1, 1, 1, x, 1, x + 64, 1, 0, x + 128, 1);
    }

    private void Launch(string kernel)
    {
        var arguments = new KernelArguments();
        arguments.Add(_context.Scratch("failures", 4096));
        _context.Compiler.LoadText<float>("failures.cu", Kernels)[kernel].Launch(new LaunchShape(1, 1, 1, 32), arguments);
    }
}
