using System.Text.RegularExpressions;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cuda;

/// <summary>
/// The stand-in must find each defect of its broken kernels and nothing in its good ones: what it lets pass proves nothing.
/// </summary>
public partial class StandInSelfTests
{
    [Test]
    public void EveryDefectIsFoundAndNothingElse()
    {
        StandIn.Require();
        var folder = Path.Combine(Repository.Folder!, "tools", "cuda-standin");
        var (built, messages) = Shell.Run(Path.Combine(folder, "build.sh"), ["--selftest"]);
        Assert.That(built, Is.Zero, messages);
        var (code, output) = Shell.Run("-c", [$"\"{folder}/bin/selftest\""]);
        var lines = output.Split('\n');
        Assert.That(lines.Where(line => line.StartsWith("FAIL", StringComparison.Ordinal)), Is.Empty);
        Assert.That(code, Is.Zero, output);

        var found = lines.Where(line => line.StartsWith("ok", StringComparison.Ordinal)).ToArray();
        var broken = Kernel().Matches(File.ReadAllText(Path.Combine(folder, "selftest", "broken.cu"))).Select(m => m.Groups[1].Value).ToArray();
        Assert.That(broken, Has.Length.GreaterThan(15));
        foreach (var kernel in broken)
        {
            Assert.That(found.Count(line => line.Contains(kernel, StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(3), $"{kernel}: orders in which its defect is found");
        }
    }

    [GeneratedRegex(@"__global__ void (?:__launch_bounds__\(\w+\) )?(\w+)\(")]
    private static partial Regex Kernel();
}
