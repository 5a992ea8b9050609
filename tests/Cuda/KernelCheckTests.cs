using PoseEngine.Cuda;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cuda;

/// <summary>
/// The second compiler: clang translates every kernel to PTX, see <c>tools/kernel-check</c>. It stands in for nothing, but
/// accepts what NVRTC accepts and finds float64 in float kernels and arrays that do not fit in registers.
/// </summary>
public class KernelCheckTests
{
    private static readonly string[] Compilers = ["clang++", .. Enumerable.Range(14, 6).Select(version => $"clang++-{version}")];

    private static string Folder => Path.Combine(Repository.Folder!, "tools", "kernel-check");

    [OneTimeSetUp]
    public void FindSources()
    {
        if (Repository.Folder is null) Assert.Ignore("the kernels' sources are not here");
    }

    [Test]
    public void ClangTranslatesEveryKernel()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("the kernel check is a shell script for Linux");
        if (!Compilers.Any(Repository.HasProgram)) Assert.Ignore("the kernel check needs clang++ 14 or later, which is not on PATH");
        var (code, output) = Shell.Run(Path.Combine(Folder, "check.sh"), []);
        var failures = output.Split('\n').Where(line => line.StartsWith("FAIL", StringComparison.Ordinal));
        Assert.That(failures, Is.Empty);
        Assert.That(code, Is.Zero, output);
    }

    [Test]
    public void TheListHoldsThePaperNetworkAsItIsLaunched()
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, "layers.txt"));
        var layers = Network<float>.Paper(new PoseEngine.Cpu.CpuDevice<float>(1)).Layers;
        var (first, second, third) = ((Convolution<float>)layers[0], (Convolution<float>)layers[3], (Convolution<float>)layers[6]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines, Does.Contain($"pooled_convolution.cu conv1 {Constants(first, 4)} RELU=1"));
            Assert.That(lines, Does.Contain($"pooled_convolution.cu conv2 {Constants(second, 2)} RELU=1"));
            Assert.That(lines, Does.Contain($"convolution.cu conv3 {Constants(third, 1)}"));
        }
    }

    private static string Constants(Convolution<float> layer, int window)
        => string.Join(' ', new ConvolutionTiling(layer.Geometry, window, sizeof(float)).Constants.Select(c => $"{c.Name}={c.Value}"));
}
