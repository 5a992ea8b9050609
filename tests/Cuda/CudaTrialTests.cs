using PoseEngine.Cuda;

namespace PoseEngine.Tests.Cuda;

[UsesCuda]
public sealed class CudaTrialTests
{
    [Test]
    public void ADeviceThatIsNotThereIsNamedWithWhatIsInTheWay()
    {
        var found = CudaPlatform.Probe();
        var last = found.Devices.Count - 1;
        Assert.That(CudaTrial.Obstacle(99), Is.EqualTo(found.IsUsable ? $"there is no CUDA device 99, only 0 to {last}" : found.Explanation));
    }
}
