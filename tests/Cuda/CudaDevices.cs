using System.Numerics;
using PoseEngine.Cuda;
using PoseEngine.Kernels;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Cuda;

/// <summary>The CUDA devices that suites run on, as fixture arguments: number type and mode.</summary>
public static class CudaModes
{
    /// <summary>The stand-in's blocks and threads in their order, launches at once.</summary>
    public const string Plain = "plain";

    /// <summary>Blocks and threads in a shuffled order, streams that run only when somebody waits.</summary>
    public const string Shuffled = "shuffled";

    /// <summary>Every access of a kernel checked: bounds, races, reads of what nobody wrote.</summary>
    public const string Checked = "checked";

    /// <summary>The machine's own GPU, in a process of its own.</summary>
    public const string Gpu = "gpu";

    /// <summary>All modes in both precisions.</summary>
    public static IEnumerable<TestFixtureData> All => Fixtures(Plain, Shuffled, Checked, Gpu);

    /// <summary>The plain stand-in and the GPU, for what takes long, in both precisions.</summary>
    public static IEnumerable<TestFixtureData> PlainOnly => Fixtures(Plain, Gpu);

    /// <summary>Whether an argument of a fixture names a CUDA device.</summary>
    public static bool Is(string argument)
        => argument is Plain or Shuffled or Checked or Gpu || argument.StartsWith(Support.Devices.CudaPrefix, StringComparison.Ordinal);

    /// <summary>Fixtures of chosen modes in both precisions.</summary>
    public static IEnumerable<TestFixtureData> Fixtures(params string[] modes)
        => modes.SelectMany(mode => new[] { typeof(float), typeof(double) }.Select(type => new TestFixtureData(type, mode)));
}

/// <summary>CUDA devices in one of the <see cref="CudaModes"/>.</summary>
/// <param name="mode">Which.</param>
/// <param name="manyKernels">Of a suite that compiles a kernel for each of its small cases, which takes far longer than running it.</param>
public sealed class CudaDevices(string mode, bool manyKernels = false) : IDeviceFactory
{
    public bool IsSlow => mode == CudaModes.Checked;

    public ComputeDevice<T> Create<T>(int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Prepare();
        return new CudaDevice<T>();
    }

    /// <summary>Fails if the stand-in has found a defect of a kernel or a misuse of the driver.</summary>
    public void AfterTest()
    {
        if (mode != CudaModes.Gpu) Assert.That(StandIn.TakeReport(), Is.Empty, "findings of the CUDA stand-in");
    }

    /// <summary>Sets the mode, or skips the test where its device is missing.</summary>
    public void Prepare()
    {
        if (mode == CudaModes.Gpu)
        {
            if (!StandIn.TestsGpu) Assert.Ignore($"a real GPU is tested in a process of its own: set {StandIn.GpuVariable}=1");
            CudaLane.Require();
            if (CudaPlatform.Probe() is { IsUsable: false } found) Assert.Ignore(found.Explanation);
            return;
        }
        StandIn.Require();
        StandIn.Configure((manyKernels ? "optimize=0;" : "optimize=1;") + mode switch
        {
            CudaModes.Plain => "mode=plain;order=forward;lazy=0",
            CudaModes.Shuffled => "mode=plain;order=shuffle:3;lazy=1",
            CudaModes.Checked => "mode=check;order=shuffle:5;lazy=0",
            _ => throw new ArgumentException($"no CUDA mode {mode}", nameof(mode)),
        });
    }
}
