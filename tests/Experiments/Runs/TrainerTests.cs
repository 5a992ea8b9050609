using PoseEngine.Experiments.Runs;

namespace PoseEngine.Tests.Experiments.Runs;

/// <summary>Runs that are interrupted and resumed, on two devices that must give the same bits.</summary>
[TestFixture("cpu-simd-1", "cpu-simd")]
[TestFixture("cuda-plain", "cuda-plain")]
[TestFixture("cuda-gpu", "cuda-gpu")]
public sealed class TrainerTests(string deviceName, string otherDeviceName) : TrainerSuite(deviceName, otherDeviceName)
{
    [TestCaseSource(typeof(MethodSettings), nameof(MethodSettings.Methods))]
    public void AnInterruptedRunEndsInTheSameBits(string method) => EndsInTheSameBits(method);

    [Test]
    public void ADivergedRunNamesIterationAndCheckpoint()
    {
        Assert.That(
            () => Train("soft-sgd", "diverged", DeviceName, change: settings => settings with { Eta = 1e-30 }),
            Throws.TypeOf<DivergedException>().With.Message.Contains("iteration").And.Message.Contains("the last good checkpoint is"));
    }
}
