using System.Diagnostics;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cpu;

/// <summary>
/// The CPU suites on machines with narrower vectors, in a process of its own that is denied the wider ones. Those that use no
/// vectors, "(False)", are the same there.
/// </summary>
public class InstructionSetTests
{
    [TestCase("EnableAVX512")]
    [TestCase("EnableAVX")]
    public void TheSuitesHoldWithout(string instructions)
    {
        var tests = typeof(InstructionSetTests).Assembly.Location;
        const string suites = "FullyQualifiedName~Tests.Kernels.Cpu|FullyQualifiedName~MatrixProductTests|FullyQualifiedName~GramFactorTests";
        string[] arguments = ["test", tests, "--filter", $@"({suites})&FullyQualifiedName!~\(False\)"];
        var start = new ProcessStartInfo("dotnet", arguments);
        start.Environment[$"DOTNET_{instructions}"] = "0";
        var (code, output) = Shell.Run(start);
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Match(@"Failed:\s+0, Passed:\s+\d{3,},"));
    }
}
