namespace PoseEngine.Experiments.Reports;

/// <summary>A phase such as the making of data in words, with the time that it still takes, from what it has done since it was first heard of.</summary>
internal sealed class PhasePace
{
    // Sooner it would be a guess.
    private const double Trusted = 2;

    private string? _name;
    private double _start;
    private long _doneAtStart;

    /// <summary>"walkers: 25 of 100, 1:20 left"; no time while it cannot be told.</summary>
    /// <param name="name">The phase; a new name begins a new count.</param>
    /// <param name="total">How much there is; 0 if unknown.</param>
    public string Text(string name, long done, long total, double now)
    {
        if (name != _name || done < _doneAtStart) (_name, _start, _doneAtStart) = (name, now, done);
        var (seconds, made) = (now - _start, done - _doneAtStart);
        var left = seconds < Trusted || made <= 0 || done >= total ? "" : $", {Num.Duration(seconds * (total - done) / made)} left";
        return total > 0 ? $"{name}: {done:N0} of {total:N0}{left}" : $"{name}: {done:N0}";
    }

    public static bool HasEnded(long done, long total) => total > 0 && done >= total;
}
