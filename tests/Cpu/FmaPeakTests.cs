using System.Numerics;
using PoseEngine.Cpu;

namespace PoseEngine.Tests.Cpu;

public class FmaPeakTests
{
    [Test]
    public void TheRateIsThatOfAProcessor()
    {
        // One multiply-add a vector lane and cycle at a hundredth of a gigahertz, and 64 of float32 at eight gigahertz.
        var rate = FmaPeak.Measure<float>(1);
        Assert.That(rate.Median, Is.InRange(0.02 * Vector<float>.Count, 1024).And.LessThanOrEqualTo(rate.Peak));
        Assert.That(FmaChains.Widths, Does.Contain(rate.VectorBits).And.Contain(8 * Vector<byte>.Count));
    }

    [Test]
    public void NoThreadIsRefused()
        => Assert.That(() => FmaPeak.Measure<double>(0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("threads"));

    [Test]
    public void OperationsGrowWithTheWidth()
    {
        Assert.That(FmaChains.Operations<float>(512), Is.EqualTo(2 * FmaChains.Operations<float>(256)));
        Assert.That(FmaChains.Operations<float>(256), Is.EqualTo(2 * FmaChains.Operations<double>(256)).And.EqualTo(2 * 12 * 8e6));
    }

    [Test]
    public void HalfThePeakForAWhileIsNotThePeak()
    {
        var search = new PeakSearch();
        // Both threads on one processor: no agreement, however often.
        for (var i = 0; i < 10; i++) search.Add((117, false), (116.8, false));
        Assert.That((search.Peak, search.IsSteady), Is.EqualTo((117, false)));
        search.Add((233, true), (120, true));
        search.Add((231, true));
        Assert.That((search.Peak, search.IsSteady), Is.EqualTo((233, false)), "two that agree may be chance");
        search.Add((200, true), (230, true));
        Assert.That((search.Peak, search.IsSteady), Is.EqualTo((233, true)));
        Assert.That(search.Median, Is.EqualTo(117));
    }

    [Test]
    public void FewBatchesAreNotEnoughAndTheBestMustAgree()
    {
        var search = new PeakSearch();
        for (var i = 0; i < PeakSearch.LeastBatches; i++)
        {
            Assert.That(search.IsSteady, Is.False, $"{i} batches");
            search.Add((100, true));
        }
        Assert.That(search.IsSteady);
        search.Add((100 / (1 - PeakSearch.Agreement) + 0.1, true));
        Assert.That(search.IsSteady, Is.False, "one is better than those that agree");
    }

    [Test]
    public void ThreadsAreTimedFromTheFirstToTheLast()
    {
        var count = 0;
        var runs = SideBySide.Time(2, 3, () =>
        {
            if (Interlocked.Increment(ref count) % 2 == 0) Thread.Sleep(20);
        });
        Assert.That(count, Is.EqualTo(6));
        Assert.That(runs.Select(run => run.Seconds).ToArray(), Has.Length.EqualTo(3).And.All.AtLeast(0.015));
    }
}
