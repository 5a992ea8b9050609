using PoseEngine.Cuda;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Tests.Cuda;

/// <summary>What is said where a device fails, refuses code, or has too little for a kernel.</summary>
[UsesCuda]
public sealed class CudaFailureTests
{
    private const string Kernels = """
        #include "real.cuh"
        extern "C" __global__ void harmless(real* x) { x[threadIdx.x] = 1; }
        extern "C" __global__ void faulty(real* x) { x[1 << 20] = 1; }
        extern "C" __global__ void shares(real* x)
        {
            __shared__ real all[5000];
            all[threadIdx.x] = x[threadIdx.x];
            __syncthreads();
            x[threadIdx.x] = all[31 - threadIdx.x];
        }
        """;

    private CudaContext _context = null!;

    [SetUp]
    public void Open()
    {
        StandIn.Require();
        StandIn.Configure("mode=plain;order=forward;lazy=1;optimize=1");
        _context = new CudaContext(0);
    }

    [TearDown]
    public void Close()
    {
        if (_context is null) return;
        StandIn.ClearError();
        StandIn.Configure("shared=49152;lazy=0");
        _context.Dispose();
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
        Assert.That(Assert.Throws<CudaException>(_context.Synchronize)!.Message, Does.EndWith("; it comes from faulty"));
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

    private void Launch(string kernel)
    {
        var arguments = new KernelArguments();
        arguments.Add(_context.Scratch("failures", 4096));
        _context.Compiler.LoadText<float>("failures.cu", Kernels)[kernel].Launch(new LaunchShape(1, 1, 1, 32), arguments);
    }
}
