namespace PoseEngine.Experiments.Reports;

/// <summary>The time since it was made.</summary>
/// <param name="clock">The clock; tests have one of their own.</param>
internal sealed class Elapsed(TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly long _start = (clock ?? TimeProvider.System).GetTimestamp();

    public double Seconds => _clock.GetElapsedTime(_start).TotalSeconds;

    public override string ToString() => Num.Duration(Seconds);
}
