using PoseEngine.Kernels;

namespace PoseEngine.Tests.Kernels;

public sealed class MedianClockTests
{
    [Test]
    public void AMedianIsTakenOfAsManyRunsAsAskedFor()
    {
        var (calls, waits) = (0, 0);
        var timing = new MedianClock(() => waits++, 3).Measure(() => calls++);
        Assert.That(calls, Is.EqualTo(4));
        Assert.That(waits, Is.EqualTo(8), "before and behind each run");
        Assert.That(timing.Median, Is.GreaterThanOrEqualTo(0));
        Assert.That(timing.Runs, Is.EqualTo(3));
    }

    [Test]
    public void ShortActionsAreTimedManyInARow()
    {
        var (inARow, longest, time) = (0, 0, new FakeTime());
        new MedianClock(() => inARow = 0, 0) { BudgetMs = 1000, Time = time }.Measure(() =>
        {
            longest = Math.Max(longest, ++inARow);
            time.Pass(0.5);
        });
        Assert.That(longest, Is.EqualTo(10), "5 ms");
    }

    [Test]
    public void ASteadyActionIsTimedForAFifthOfASecond()
    {
        var timing = Measure(_ => 10, out var spent);
        Assert.That(timing, Is.EqualTo(new Timing(10, 0, 20)));
        Assert.That(spent, Is.EqualTo(10 + 600 + 200 - 10).Within(11), "the first, the warm-up, and what counts");
    }

    [Test]
    public void AnUnsteadyActionIsTimedUntilTheBudgetIsSpent()
    {
        // A quarter of the runs each: 50, 70, 130 and 150 ms.
        double[] cycle = [50, 70, 130, 150];
        var timing = Measure(call => cycle[call % 4], out _);
        Assert.That(timing.Runs, Is.EqualTo(20).Within(2), "2 s");
        Assert.That(timing.Median, Is.InRange(70, 130));
        Assert.That(timing.Spread, Is.GreaterThan(0.2));
    }

    [Test]
    public void AnActionBeyondTheBudgetIsTimedThreeTimesAndAVerySlowOneOnce()
    {
        Assert.That(Measure(_ => 3000, out var spent), Is.EqualTo(new Timing(3000, 0, 3)));
        Assert.That(spent, Is.EqualTo(4 * 3000).Within(1));
        Assert.That(Measure(_ => 20_000, out spent), Is.EqualTo(new Timing(20_000, 0, 1)));
        Assert.That(spent, Is.EqualTo(2 * 20_000).Within(1));
    }

    [Test]
    public void ActionsThatAreComparedMeetTheSameMachine()
    {
        // From the third second on everything takes twice as long.
        var time = new FakeTime();
        var order = new List<char>();
        double Slow() => time.GetElapsedTime(0).TotalMilliseconds > 3000 ? 2 : 1;
        var timings = new MedianClock(() => { }, 0) { Time = time }.MeasureTogether(
            () => { order.Add('a'); time.Pass(100 * Slow()); }, () => { order.Add('b'); time.Pass(250 * Slow()); });
        Assert.That(timings[1].Median / timings[0].Median, Is.EqualTo(2.5));
        Assert.That(timings[0].Runs, Is.EqualTo(timings[1].Runs).And.AtLeast(5));
        Assert.That(string.Concat(order[^6..]), Is.EqualTo("ababab"));
        var twice = new MedianClock(() => { }, 2) { Time = time }.MeasureTogether(() => time.Pass(1), () => time.Pass(3));
        Assert.That(twice, Is.EqualTo([new Timing(1, 0, 2), new Timing(3, 0, 2)]));
    }

    [Test]
    public void TheSpreadIsHalfTheDistanceBetweenTheQuartiles()
    {
        var timing = Timing.Of(9, 8, 10, 12, 11);
        Assert.That((timing.Median, timing.Runs), Is.EqualTo((10, 5)));
        Assert.That(timing.Spread, Is.EqualTo(0.1).Within(1e-12));
        Assert.That(timing.Error, Is.EqualTo(0.186 / Math.Sqrt(5)).Within(1e-12));
        Assert.That(Timing.Of(7).Spread, Is.Zero);
        Assert.That(() => Timing.Of(), Throws.ArgumentException);
    }

    private static Timing Measure(Func<int, double> milliseconds, out double spent)
    {
        var (time, calls) = (new FakeTime(), 0);
        var timing = new MedianClock(() => { }, 0) { Time = time }.Measure(() => time.Pass(milliseconds(calls++)));
        spent = time.Milliseconds;
        return timing;
    }

    /// <summary>A clock that goes on when it is told to.</summary>
    private sealed class FakeTime : TimeProvider
    {
        public double Milliseconds { get; private set; }

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => (long)Math.Round(1000 * Milliseconds);

        public void Pass(double milliseconds) => Milliseconds += milliseconds;
    }
}
