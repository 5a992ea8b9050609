using System.Diagnostics;

namespace PoseEngine.Tests.Cpu;

/// <summary>
/// The CPU suites on machines with narrower vectors, in a process of its own that is denied the wider ones.
/// </summary>
public class InstructionSetTests
{
    [TestCase("EnableAVX2")]
    [TestCase("EnableAVX")]
    public void TheSuitesHoldWithout(string instructions)
    {
        var tests = typeof(InstructionSetTests).Assembly.Location;
        string[] arguments = ["test", tests, "--filter", "FullyQualifiedName~Tests.Kernels.Cpu|FullyQualifiedName~MatrixProductTests|FullyQualifiedName~GramFactorTests"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[$"DOTNET_{instructions}"] = "0";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output + error.Result);
        Assert.That(output, Does.Match(@"Failed:\s+0, Passed:\s+\d{3,},"));
    }
}
