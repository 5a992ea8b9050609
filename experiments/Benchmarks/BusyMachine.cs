namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Whether something else computed while bench measured, so that times mean little.</summary>
internal static class BusyMachine
{
    /// <summary>The share of the peak that the median run of multiply-adds has on an idle machine at the least.</summary>
    private const double IdleShare = 0.9;

    /// <summary>Spreads that an idle machine stays below: in the middle of all rows, and in every single one.</summary>
    private const double MostUsualSpread = 0.03, MostSpread = 0.1;

    /// <summary>What the peak's runs tell, or null where they tell of an idle machine.</summary>
    public static string? Line(FmaRate rate)
        => !rate.IsSteady ? $"The machine is not idle: the best runs of multiply-adds did not agree, the peak may be above {rate.Peak:0.0} GFLOP/s. Times and shares mean little."
            : rate.Median < IdleShare * rate.Peak ? $"The machine is not idle: the median rate is {rate.Median:0.0} GFLOP/s of {rate.Peak:0.0}. Times and shares mean little."
            : null;

    /// <summary>What the spreads of a table's rows tell.</summary>
    public static string? Line(IEnumerable<BenchLine> lines)
    {
        BenchLine[] measured = [.. lines.Where(line => line is { IsMeasured: true, Spread: not null })];
        if (measured.Length == 0) return null;
        var (worst, usual) = (measured.MaxBy(line => line.Spread)!, Statistics.Quantile([.. measured.Select(line => line.Spread!.Value)], 0.5));
        return worst.Spread > MostSpread ? $"The machine is not idle: runs of \"{worst.Name}\" differ by +- {100 * worst.Spread:0} %. Times mean little."
            : usual > MostUsualSpread ? $"The machine is not idle: runs differ by +- {100 * usual:0.0} % in the middle of all rows. Times mean little."
            : null;
    }
}
