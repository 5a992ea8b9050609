namespace PoseEngine.Cpu;

/// <summary>
/// The peak among batches of measured rates. Whatever else the machine does can only make a run slower, so the best run is the
/// peak, if only some run was undisturbed: that is taken for granted once the best batches, spread in time, agree.
/// </summary>
internal sealed class PeakSearch
{
    /// <summary>How far the best batches may differ, relative to the best.</summary>
    public const double Agreement = 0.02;

    /// <summary>Batches that must agree, and that there must be at the least.</summary>
    public const int Agreeing = 3, LeastBatches = 6;

    private readonly List<double> _rates = [];
    private readonly List<double> _best = [];
    private int _batches;

    /// <summary>The best rate so far; 0 before any.</summary>
    public double Peak { get; private set; }

    /// <summary>The median of all runs.</summary>
    public double Median => Statistics.Quantile([.. _rates], 0.5);

    /// <summary>Whether the best batches agree, and with the best run of all.</summary>
    public bool IsSteady => _batches >= LeastBatches && _best.Count >= Agreeing && _best.OrderDescending().ElementAt(Agreeing - 1) >= (1 - Agreement) * Peak;

    /// <summary>Adds a batch.</summary>
    /// <param name="runs">The rate of each run, and whether each of its threads had a processor to itself: a batch without such runs agrees with none.</param>
    public void Add(params ReadOnlySpan<(double Rate, bool IsApart)> runs)
    {
        _batches++;
        var best = 0.0;
        foreach (var (rate, isApart) in runs)
        {
            _rates.Add(rate);
            Peak = Math.Max(Peak, rate);
            if (isApart) best = Math.Max(best, rate);
        }
        if (best > 0) _best.Add(best);
    }
}
