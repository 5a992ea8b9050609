using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cuda;

/// <summary>The script of <c>tools/nsight</c> with profilers that only note how they are called.</summary>
public class GpuCheckProfileTests
{
    private const string Times = """
        ==PROF== Connected to process 1
        "ID","Process ID","Kernel Name","Block Size","Grid Size","gpu__time_duration.sum"
        "","","","","","ns"
        "0","1","vector_dot","(256, 1, 1)","(31, 1, 1)","2,000"
        "1","1","conv_forward","(256, 1, 1)","(31, 16, 1)","12,352,100"
        "2","1","vector_dot","(256, 1, 1)","(31, 1, 1)","3,000"
        """;

    private string _folder = "";

    [OneTimeSetUp]
    public void RequireBash()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("the profile script is tested on Linux");
        if (Repository.Folder is null) Assert.Ignore("the profile script is not here");
    }

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("profile-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void ComputeLooksCloselyAtTheHeaviestKernels()
    {
        MakeProgram("ncu", """
            echo "$@" >>"$FOLDER/calls"
            for option in "$@"; do [[ $option == --log-file=* ]] && cp "$FOLDER/times" "${option#*=}"; done
            exit 0
            """);
        File.WriteAllText(Path.Combine(_folder, "times"), Times);
        var (code, output) = Run("compute", "program", "bench");
        Assert.That(code, Is.Zero, output);
        var calls = File.ReadAllLines(Path.Combine(_folder, "calls"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllLines(Path.Combine(_folder, "out", "heaviest.txt")), Is.EqualTo(["12.352 1 conv_forward", "0.005 2 vector_dot"]));
            Assert.That(calls, Has.Length.EqualTo(2));
            Assert.That(calls[0], Does.Contain("--metrics=gpu__time_duration.sum").And.Contain("--graph-profiling=node").And.EndWith(" program bench"));
            Assert.That(calls[1], Does.Contain("--kernel-name=regex:^(conv_forward|vector_dot)$").And.Contain("--import-source=yes"));
            Assert.That(calls[1], Does.Contain("--graph-profiling=node").And.EndWith(" program bench"));
        }
    }

    [Test]
    public void SystemsTracesRangesAndTheKernelsOfGraphs()
    {
        MakeProgram("nsys", "echo \"$@\" >\"$FOLDER/calls\"");
        var (code, output) = Run("systems", "program", "bench");
        Assert.That(code, Is.Zero, output);
        var call = File.ReadAllText(Path.Combine(_folder, "calls"));
        Assert.That(call, Does.StartWith("profile --trace=cuda,nvtx").And.Contain("--cuda-graph-trace=node").And.EndWith(" program bench\n"));
    }

    [TestCase("systems", "nsys", "https://developer.nvidia.com/nsight-systems")]
    [TestCase("compute", "ncu", "https://developer.nvidia.com/nsight-compute")]
    public void AMissingProfilerIsNamedWithItsSource(string mode, string profiler, string source)
    {
        if (new[] { "/usr/bin", "/bin" }.Any(folder => File.Exists(Path.Combine(folder, profiler)))) Assert.Ignore($"{profiler} is installed");
        var (code, output) = Run(mode, "program");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(output, Does.Contain(profiler).And.Contain(source));
        }
    }

    private void MakeProgram(string name, string script) => Shell.WriteProgram(Path.Combine(_folder, name), script);

    private (int Code, string Output) Run(string mode, params string[] command) => Shell.Run(
        Path.Combine(Repository.Folder!, "tools", "nsight", "profile.sh"),
        [mode, Path.Combine(_folder, "out"), .. command],
        ("PATH", $"{_folder}:/usr/bin:/bin"),
        ("FOLDER", _folder));
}
