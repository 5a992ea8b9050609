namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The time of a product of matrices, by this engine and by OpenBLAS; the names are those of the JSON.</summary>
internal sealed record ProductTimes
{
    /// <summary>What is multiplied, and how large it is: "x W^T" and "128 x 1024 x 1024".</summary>
    public required string Product { get; init; }

    public required string Size { get; init; }

    public required double Ms { get; init; }

    public double? SpreadPercent { get; init; }

    public double? PercentOfPeak { get; init; }

    /// <summary>Null where OpenBLAS is not installed or was not asked.</summary>
    public double? OpenBlasMs { get; init; }

    public double? OpenBlasSpreadPercent { get; init; }

    public double? OpenBlasPercentOfPeak { get; init; }

    internal Work Work { get; init; }

    internal string Name => $"{Product} {Size}";

    internal BenchLine Line => new(Name, Name, Ms, SpreadPercent / 100, Work);

    internal BenchLine? OpenBlasLine => OpenBlasMs is { } time ? new($"{Name} by OpenBLAS", Name, time, OpenBlasSpreadPercent / 100, Work) : null;

    /// <summary>Both times.</summary>
    internal IEnumerable<BenchLine> Lines => OpenBlasLine is { } peer ? [Line, peer] : [Line];

    internal ProductTimes AtPeak(Peaks peaks) => this with
    {
        PercentOfPeak = Math.Round(Line.PercentOfPeak(peaks), 1),
        OpenBlasPercentOfPeak = OpenBlasLine is { } peer ? Math.Round(peer.PercentOfPeak(peaks), 1) : null,
    };
}
