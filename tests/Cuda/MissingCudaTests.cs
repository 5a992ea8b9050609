using System.Diagnostics;
using PoseEngine.Experiments.Commands;

namespace PoseEngine.Tests.Cuda;

/// <summary>What a machine without CUDA is told, in a process of its own: found libraries stay found in this one.</summary>
public class MissingCudaTests
{
    private string _empty = null!;

    [OneTimeSetUp]
    public void HideCuda()
    {
        _empty = Directory.CreateTempSubdirectory("poseengine-no-cuda-").FullName;
        if (!Run("devices").Output.Contains("CUDA driver: not found", StringComparison.Ordinal))
        {
            Assert.Ignore("this machine has a CUDA driver, which cannot be hidden");
        }
    }

    [OneTimeTearDown]
    public void Clean() => Directory.Delete(_empty, true);

    [Test]
    public void DevicesListsEveryPathTried()
    {
        var (code, output, _) = Run("devices");
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain(_empty).And.Contain("auto  takes cpu: the CUDA driver was not found"));
    }

    [TestCase("check")]
    [TestCase("pose --preset smoke")]
    public void AskingForCudaIsBadInputWithThePathsTried(string command)
    {
        var (code, _, error) = Run($"{command} --device cuda");
        Assert.That(code, Is.EqualTo(CommandLine.BadInput));
        Assert.That(error, Does.Contain("--device cuda: the CUDA driver was not found; tried ").And.Contain(_empty));
        Assert.That(error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public void AutoSaysInOneLineWhyItTakesTheCpu()
    {
        var (code, _, error) = Run($"evaluate --model {_empty}/none.safetensors");
        Assert.That(code, Is.EqualTo(CommandLine.BadInput));
        Assert.That(error, Does.Contain("none.safetensors"));
        (code, _, error) = Run($"bench --batch 1 --runs 1 --json {_empty}/bench.json");
        Assert.That(code, Is.Zero);
        // Lines of progress begin with the time.
        Assert.That(
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '['),
            Is.EqualTo((string[])["--device auto: computing on the CPU, the CUDA driver was not found (see poseengine devices)"]));
    }

    private (int Code, string Output, string Error) Run(string arguments)
    {
        var program = Path.Combine(TestContext.CurrentContext.TestDirectory, "poseengine.dll");
        var start = new ProcessStartInfo("dotnet", $"\"{program}\" {arguments}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["POSE_CUDA_DIR"] = _empty;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
