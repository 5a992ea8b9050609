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
    public void RegistersAndStackBeyondTheBudgetAreFound()
    {
        // As ptxas -v of CUDA 13 prints it: a kernel that spills, one that takes too many registers, one that takes neither.
        const string log = """
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function 'convolution_rop' for 'sm_80'
            ptxas info    : Function properties for convolution_rop
                1416 bytes stack frame, 1524 bytes spill stores, 1612 bytes spill loads
            ptxas info    : Used 64 registers, used 1 barriers, 1416 bytes cumulative stack size, 2560 bytes smem, 408 bytes cmem[0]
            ptxas info    : Compile time = 112.406 ms
            ptxas info    : Compiling entry function 'convolution_forward' for 'sm_80'
            ptxas info    : Function properties for convolution_forward
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 254 registers, used 1 barriers, 1280 bytes smem, 388 bytes cmem[0]
            ptxas info    : Compiling entry function 'convolution_sum_parts' for 'sm_80'
            ptxas info    : Function properties for convolution_sum_parts
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 40 registers, used 1 barriers, 2048 bytes smem, 380 bytes cmem[0]

            """;
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, log);
            var (code, output) = Budget([file]);
            Assert.That(code, Is.EqualTo(1));
            Assert.That(
                Failures(output).Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]),
                Is.EqualTo((string[])["convolution_rop on sm_80: 64 registers and 1416 bytes of stack, of 80 and 32", "convolution_forward on sm_80: 254 registers and 0 bytes of stack, of 80 and 32"]));
            File.WriteAllText(file, log.Replace("1416", "0", StringComparison.Ordinal).Replace("254", "72", StringComparison.Ordinal));
            Assert.That(Budget([file]).Code, Is.Zero);
            File.WriteAllText(file, log.Replace("sm_80", "sm_999", StringComparison.Ordinal));
            Assert.That(Budget([file]).Output, Does.Contain("no budget for sm_999"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void EveryLayerIsMeasuredForEveryArchitectureThatTheCompilerKnows()
    {
        // The wide layer alone takes too much, on one of two architectures that have a budget.
        var (code, output) = BudgetBy("[[ \"$*\" == *-arch=sm_90*IN_CHANNELS=64*/convolution.cu ]] && used=81");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(Failures(output), Is.EqualTo((string[])["FAIL convolution wide: kernel on sm_90: 81 registers and 0 bytes of stack, of 80 and 32"]));
        Assert.That(output, Does.Contain($"{2 * Measured()} compilations for sm_120 sm_90, 1 beyond"), "all but the loop's decision");
    }

    [Test]
    public void OneArchitectureCanBeMeasuredAlone()
    {
        var (code, output) = BudgetBy("", "--architecture", "sm_90");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain($"{Measured()} compilations for sm_90, 0 beyond"));
    }

    [TestCase("sm_89", Description = "has a budget, but not with this compiler")]
    [TestCase("sm_37", Description = "has none")]
    public void AnArchitectureThatCannotBeMeasuredIsNotChecked(string architecture)
    {
        var (code, output) = BudgetBy("", "--architecture", architecture);
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain($"do not both know {architecture}: registers and stack were not checked"));
    }

    [Test]
    public void LayersAreMeasuredSideBySideAndReportedInTheirOrder()
    {
        // The first compilation ends only when the second has begun, and after it; the second fails.
        const string script = """
            if [[ "$*" == *-arch=sm_120*IN_CHANNELS=3*WINDOW=1*/convolution.cu ]]; then
              for i in {1..100}; do [ -e "$0.second" ] && used=81 && break; sleep 0.1; done
            elif [[ "$*" == *-arch=sm_90*IN_CHANNELS=3*WINDOW=1*/convolution.cu ]]; then
              touch "$0.second"
              echo "error: no such layer" >&2
              exit 1
            fi
            """;
        if (Environment.ProcessorCount < 2) Assert.Ignore("one core compiles one file after the other");
        var (code, output) = BudgetBy(script);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(
            Failures(output),
            Is.EqualTo((string[])["FAIL convolution conv1: kernel on sm_120: 81 registers and 0 bytes of stack, of 80 and 32", "FAIL convolution conv1 sm_90: error: no such layer"]));
    }

    [Test]
    public void WithoutNvidiasCompilerTheBudgetIsNotChecked()
    {
        var (code, output) = Budget([], ("NVCC", "no-such-nvcc"));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("registers and stack were not checked"));
    }

    [Test]
    public void TheListHoldsThePaperNetworkAsItIsLaunched()
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, "layers.txt"));
        var layers = Network<float>.Paper(new PoseEngine.Cpu.CpuDevice<float>(1)).Layers;
        var (first, second, third) = ((Convolution<float>)layers[0], (Convolution<float>)layers[3], (Convolution<float>)layers[6]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines, Does.Contain($"pooled_convolution.cu conv1-images {Constants(first, 4)} RELU=1 IMAGES=1"));
            Assert.That(lines, Does.Contain($"pooled_convolution.cu conv2 {Constants(second, 2)} RELU=1 IMAGES=0"));
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
        Assert.That(Failures(output), Is.Empty);
        Assert.That(code, Is.Zero, output);
    }

    /// <summary>Files that are measured: one for each layer, and those that have no layers but the loop's decision.</summary>
    private static int Measured()
    {
        var layers = File.ReadLines(Path.Combine(Folder, "layers.txt")).Where(line => line[0] != '#').Select(line => line.Split(' ')[0]).ToArray();
        return layers.Length + Directory.GetFiles(Path.Combine(Repository.Folder!, "kernels"), "*.cu").Select(Path.GetFileName).Except(layers).Count() - 1;
    }

    /// <summary>The budget by a script in nvcc's place, which may change what its one kernel has <c>used</c>.</summary>
    private static (int Code, string Output) BudgetBy(string script, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("budget-").FullName;
        var compiler = Path.Combine(folder, "nvcc");
        try
        {
            Shell.WriteProgram(compiler, $$"""
                if [ "$1" = --list-gpu-code ]; then printf 'sm_90\nsm_37\nsm_120\n'; exit; fi
                used=48
                {{script}}
                [[ "$*" =~ -arch=([a-z0-9_]+) ]]
                echo "ptxas info    : Compiling entry function 'kernel' for '${BASH_REMATCH[1]}'" >&2
                echo "ptxas info    : Used $used registers, 400 bytes cmem[0]" >&2
                """);
            return Budget(arguments, ("NVCC", compiler));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (int Code, string Output) Budget(string[] arguments, params (string Name, string Value)[] environment)
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("the kernel check is a shell script for Linux");
        return Shell.Run(Path.Combine(Folder, "budget.sh"), arguments, environment);
    }

    private static IEnumerable<string> Failures(string output)
        => output.Split('\n').Where(line => line.StartsWith("FAIL", StringComparison.Ordinal));

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
