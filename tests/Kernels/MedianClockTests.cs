using PoseEngine.Kernels;

namespace PoseEngine.Tests.Kernels;

public sealed class MedianClockTests
{
    [Test]
    public void AMedianIsTakenOfAsManyRunsAsAskedFor()
    {
        var (calls, waits) = (0, 0);
        var median = new MedianClock(() => waits++, 3).Median(() => calls++);
        Assert.That(calls, Is.EqualTo(4));
        Assert.That(waits, Is.EqualTo(8), "before and behind each run");
        Assert.That(median, Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public void ShortActionsAreTimedManyInARow()
    {
        var (inARow, longest) = (0, 0);
        new MedianClock(() => inARow = 0, 0) { BudgetMs = 1 }.Median(() =>
        {
            longest = Math.Max(longest, ++inARow);
            // Some microseconds: an action of none makes the clock warm up by tens of millions of readings.
            Thread.SpinWait(1000);
        });
        Assert.That(longest, Is.GreaterThan(1));
    }
}
