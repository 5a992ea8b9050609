using PoseEngine.Experiments.Runs;

namespace PoseEngine.Tests.Experiments.Runs;

/// <summary>Runs that are interrupted and resumed, on two devices that must give the same bits.</summary>
[TestFixture("cpu-simd-1", "cpu-simd")]
[TestFixture("cuda-plain", "cuda-plain")]
[TestFixture("cuda-gpu", "cuda-gpu")]
public sealed class TrainerTests(string deviceName, string otherDeviceName) : TrainerSuite(deviceName, otherDeviceName)
{
    private static readonly string[] Methods = [.. MethodRegistry.All.Select(method => method.Name)];

    [TestCaseSource(nameof(Methods))]
    public void AnInterruptedRunEndsInTheSameBits(string method) => EndsInTheSameBits(method);

    [TestCase("hard-sgd", "delta=auto reject=merit average=0.9")]
    [TestCase("lagrangian", "tau=2 average=0.9")]
    public void AnInterruptedRunWithMoreStateEndsInTheSameBits(string method, string settings) => EndsInTheSameBits(method, more: settings);

    [Test]
    public void ADivergedRunNamesIterationAndCheckpoint()
    {
        Assert.That(
            () => Train("soft-sgd", "diverged", DeviceName, settings: $"{UsualSettings} eta=1e-30"),
            Throws.TypeOf<DivergedException>().With.Message.Contains("iteration").And.Message.Contains("the last good checkpoint is"));
    }
}
