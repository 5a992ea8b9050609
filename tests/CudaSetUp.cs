using PoseEngine.Tests.Cuda;

/// <summary>
/// Runs before all tests of the assembly (it is in no namespace): a process looks for its CUDA libraries once, so the
/// stand-in must be in place before the first test that does.
/// </summary>
[SetUpFixture]
public sealed class CudaSetUp
{
    [OneTimeSetUp]
    public void SetUp() => StandIn.SetUp();
}
