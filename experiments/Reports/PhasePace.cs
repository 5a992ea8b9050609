namespace PoseEngine.Experiments.Reports;

/// <summary>The time that a phase still takes, from what it has done since it was first heard of.</summary>
internal sealed class PhasePace
{
    // Sooner it would be a guess.
    private const double Trusted = 2;

    private string? _name;
    private double _start;
    private long _doneAtStart;

    /// <summary>", 1:20 left"; nothing while that cannot be told.</summary>
    /// <param name="name">The phase; a new name begins a new count.</param>
    /// <param name="now">Seconds.</param>
    public string Left(string name, long done, long total, double now)
    {
        if (name != _name || done < _doneAtStart) (_name, _start, _doneAtStart) = (name, now, done);
        var (seconds, made) = (now - _start, done - _doneAtStart);
        return seconds < Trusted || made <= 0 || done >= total ? "" : $", {Num.Duration(seconds * (total - done) / made)} left";
    }
}
