using PoseEngine.Kernels;
using PoseEngine.Tests.Support;
using PoseEngine.Tests.Training;

namespace PoseEngine.Tests.Kernels;

/// <summary>A clock changes no number and attributes every kind of work.</summary>
[TestFixture("cpu-simd")]
[TestFixture("cuda-plain")]
[TestFixture("cuda-gpu")]
public sealed class ClockedDeviceTests(string deviceName)
{
    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void ClockedStepsGiveTheSameBits(string method)
    {
        using var plain = Devices.Create<double>(deviceName);
        using var clocked = new ClockedDevice<double>(plain);
        var (expected, _) = StepProblem.Train(plain, method, 3);
        var (actual, report) = StepProblem.Train(clocked, method, 3);
        Assert.That(actual, Is.EqualTo(expected));
        Assert.That(clocked.Seconds(ClockedWork.Forward), Is.Positive);
        Assert.That(clocked.Seconds(ClockedWork.Lop), Is.Positive);
        Assert.That(clocked.Seconds(ClockedWork.Vectors), Is.Positive);
        Assert.That(clocked.Seconds(ClockedWork.Rop), report.Solve is null ? Is.Zero : Is.Positive);
        clocked.Restart();
        Assert.That(Enum.GetValues<ClockedWork>().Sum(clocked.Seconds), Is.Zero);
    }
}
