using PoseEngine.Cuda;

namespace PoseEngine.Tests.Cuda;

/// <summary>Launch shapes of the largest tensors that a shape allows: no product of them may wrap.</summary>
public class LaunchShapeTests
{
    private const int Largest = int.MaxValue;

    [TestCase(1, 1)]
    [TestCase(1024, 1)]
    [TestCase(1025, 2)]
    [TestCase(Largest, 1 << 21)]
    public void ElementsGetFourAThread(int count, int blocks)
        => Assert.That(ElementLaunch.Over(count), Is.EqualTo(new LaunchShape(blocks, 1, 1, 256)));

    [TestCase(8, 1)]
    [TestCase(9, 2)]
    [TestCase(1 << 26, 1 << 23, Description = "32 lanes each are 2^31 threads")]
    [TestCase(Largest, 1 << 28)]
    public void ResultsGetAWarpEach(int count, int blocks)
        => Assert.That(ElementLaunch.Warps(count), Is.EqualTo(new LaunchShape(blocks, 1, 1, 256)));

    [TestCase(0, 0)]
    [TestCase(257, 2)]
    [TestCase(Largest, 1 << 23)]
    public void LinearGetsAThreadEach(int count, int blocks)
        => Assert.That(LaunchShape.Linear(count, 256), Is.EqualTo(new LaunchShape(blocks, 1, 1, 256)));

    [TestCase(33, 2)]
    [TestCase(Largest, 1 << 26)]
    public void ColumnsGetALaneEach(int columns, int blocks)
        => Assert.That(LaunchShape.ColumnSums(columns), Is.EqualTo(new LaunchShape(blocks, 1, 1, 256)));

    [TestCase(Largest, 512)]
    [TestCase(2049, 2)]
    public void ReductionsHaveAsManyBlocksAsTheCountAllows(int count, int blocks)
        => Assert.That(ElementLaunch.ReductionBlocks(count, 512), Is.EqualTo(blocks));
}
