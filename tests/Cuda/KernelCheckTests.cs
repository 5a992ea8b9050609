using PoseEngine.Constraints;
using PoseEngine.Cuda;
using PoseEngine.Expressions;
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
        RequireClang();
        Check([]);
    }

    [Test]
    public void ClangTranslatesTheKernelsPrintedOfEq15()
    {
        RequireClang();
        var folder = Directory.CreateTempSubdirectory("printed-kernels").FullName;
        try
        {
            var value = LimbSymmetry.PaperTexts.Value;
            var lop = Derivatives.Adjoint(value, ExpressionVariables.OutputArray, "u", "uy");
            SampleProgram[] programs =
            [
                value, Derivatives.Tangent(value, ExpressionVariables.OutputArray, "dy", "dc"), lop,
                Derivatives.Tangent(lop, ExpressionVariables.OutputArray, "v", "curvature"),
            ];
            foreach (var program in programs)
            {
                // Of numbers that both precisions hold, so that one text is compiled in both.
                var text = ExpressionPrinter.Print<float>(program);
                Assert.That(text, Is.EqualTo(ExpressionPrinter.Print<double>(program)));
                File.WriteAllText(Path.Combine(folder, $"{ExpressionPrinter.Name(program)}.cu"), text);
            }
            File.WriteAllText(Path.Combine(folder, "projection.cu"), new ProjectionPrinter(LimbSymmetry.PaperTexts.Projection).Print());
            File.WriteAllText(Path.Combine(folder, "linear_projection.cu"), new ProjectionPrinter(Planes()).Print());
            File.WriteAllText(Path.Combine(folder, "every_operation.cu"), ExpressionPrinter.Print<float>(EveryOperation()));
            Check(Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
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

    private static void RequireClang()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("the kernel check is a shell script for Linux");
        if (!Compilers.Any(Repository.HasProgram)) Assert.Ignore("the kernel check needs clang++ 14 or later, which is not on PATH");
    }

    private static void Check(string[] files)
    {
        var (code, output) = Shell.Run(Path.Combine(Folder, "check.sh"), files);
        var failures = output.Split('\n').Where(line => line.StartsWith("FAIL", StringComparison.Ordinal));
        Assert.That(failures, Is.Empty);
        Assert.That(code, Is.Zero, output);
    }

    private static ProjectionProgram Planes() => new(new ExpressionVariables(3, columns: ["x1"]), [("plane", "y1 + y3 = x1"), ("half", "y3 <= 1")]);

    private static SampleProgram EveryOperation()
    {
        var builder = new ProgramBuilder([new ProgramArray("y", 2)]);
        var (a, b) = (builder.Input(0, 0), builder.Input(0, 1));
        var stores = Enum.GetValues<Operation>().Where(operation => operation.OperandCount() > 0)
            .Select((operation, i) => new ProgramStore(0, i, operation.OperandCount() == 1 ? builder.Apply(operation, a) : builder.Apply(operation, a, b)))
            .ToArray();
        return builder.Build([new ProgramArray("c", stores.Length)], stores);
    }

    private static string Constants(Convolution<float> layer, int window)
        => string.Join(' ', new ConvolutionTiling(layer.Geometry, window, sizeof(float)).Constants.Select(c => $"{c.Name}={c.Value}"));
}
