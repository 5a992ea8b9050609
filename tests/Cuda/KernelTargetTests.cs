using PoseEngine.Cuda;

namespace PoseEngine.Tests.Cuda;

/// <summary>What kernels are compiled to, for pairs of a device and a compiler that need not be at hand.</summary>
public sealed class KernelTargetTests
{
    private static readonly int[] Cuda12 = [50, 52, 60, 61, 70, 75, 80, 86, 89, 90];
    private static readonly int[] Cuda13 = [75, 80, 86, 89, 90, 100, 120];

    [TestCase(9, 0, "sm_90", true)]
    [TestCase(8, 6, "sm_86", true)]
    [TestCase(5, 0, "sm_50", true)]
    [TestCase(12, 0, "compute_90", false)]
    [TestCase(8, 7, "compute_86", false)]
    public void MachineCodeWhereTheCompilerKnowsTheDeviceElsePtxOfTheNewestBefore(int major, int minor, string architecture, bool isMachineCode)
        => Assert.That(KernelTarget.Choose(Device(major, minor), Cuda12, "12.4"), Is.EqualTo(new KernelTarget(architecture, isMachineCode, "12.4")));

    [Test]
    public void ADeviceOlderThanTheCompilerIsRefusedWithTheRemedy() => Assert.That(
        () => KernelTarget.Choose(Device(6, 1), Cuda13, "13.0"),
        Throws.InvalidOperationException.With.Message.EqualTo(
            "cuda: a card has compute capability 6.1, NVRTC 13.0 begins at 7.5; install an older CUDA"));

    [Test]
    public void ALoadThatFailsNamesDriverCompilerAndArchitecture()
    {
        var ptx = KernelFailure.Loading("relu.cu", ["-lineinfo"], Device(12, 0), new KernelTarget("compute_90", false, "12.8"), "12.4");
        Assert.That(ptx, Is.EqualTo(
            "cuModuleLoadDataEx(relu.cu, -lineinfo) on a card of compute capability 12.0, PTX for compute_90, translated by the driver by NVRTC 12.8 for a driver of CUDA 12.4 (the compiler is newer than the driver: install a newer driver, or NVRTC of that version),"));
        var code = KernelFailure.Loading("relu.cu", [], Device(9, 0), new KernelTarget("sm_90", true, "12.8"), "12.4");
        Assert.That(code, Does.Contain("CUBIN for sm_90").And.Not.Contain("newer"));
    }

    [Test]
    public void MissingBuiltinsAreSaidPlainly()
    {
        Assert.That(
            KernelFailure.OfCompilation(7, "relu.cu", [], "nvrtc: error: failed to open nvrtc-builtins").Message,
            Does.Contain("nvrtc-builtins is missing or of another version; it belongs beside NVRTC"));
        Assert.That(KernelFailure.OfCompilation(6, "relu.cu", ["-a"], "line 3").Message, Is.EqualTo("cuda: the compilation of relu.cu with -a gave NVRTC_ERROR_COMPILATION (6): line 3"));
    }

    private static CudaDeviceInfo Device(int major, int minor) => new(0, "a card", major, minor, 1, 1);
}
