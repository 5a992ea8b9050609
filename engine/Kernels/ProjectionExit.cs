namespace PoseEngine.Kernels;

/// <summary>How the projection of one sample ended.</summary>
public enum ProjectionExit
{
    /// <summary>The point meets all rows as it is and was not moved.</summary>
    Feasible = 0,

    /// <summary>The nearest point was found: the residual of its KKT conditions is at the rounding of float64.</summary>
    Converged = 1,

    /// <summary>
    /// No step brings rows and distance down any more: the rows contradict each other or have no slope there. The point with
    /// the smallest violation is kept.
    /// </summary>
    Stalled = 2,

    /// <summary>The rounds ran out; the point with the smallest violation is kept.</summary>
    MostRounds = 3,

    /// <summary>The point, or the value of a row there, is NaN or infinite; it is left as it is.</summary>
    NotFinite = 4,
}

/// <summary>What became of the samples of a projection.</summary>
/// <param name="Samples">All of them.</param>
/// <param name="Feasible">Those that were not moved, since all rows held.</param>
/// <param name="Stalled">Those whose rows contradict each other or have no slope.</param>
/// <param name="MostRounds">Those that ran out of rounds.</param>
/// <param name="NotFinite">Those with a number that is NaN or infinite.</param>
/// <param name="Rounds">Evaluations of the rows, of all samples together.</param>
public readonly record struct ProjectionReport(long Samples, long Feasible, long Stalled, long MostRounds, long NotFinite, long Rounds)
{
    /// <summary>Samples whose nearest point was not found.</summary>
    public long Failed => Stalled + MostRounds + NotFinite;

    /// <summary>Rounds of a sample on the mean.</summary>
    public double MeanRounds => Samples == 0 ? 0 : (double)Rounds / Samples;

    /// <summary>The report of both.</summary>
    public static ProjectionReport operator +(ProjectionReport a, ProjectionReport b) => new(
        a.Samples + b.Samples, a.Feasible + b.Feasible, a.Stalled + b.Stalled, a.MostRounds + b.MostRounds, a.NotFinite + b.NotFinite, a.Rounds + b.Rounds);

    /// <summary>The report of samples one by one.</summary>
    /// <param name="exits">A <see cref="ProjectionExit"/> each.</param>
    /// <param name="rounds">The evaluations each took.</param>
    public static ProjectionReport Of(ReadOnlySpan<int> exits, ReadOnlySpan<int> rounds)
    {
        Span<long> counts = stackalloc long[5];
        foreach (var exit in exits) counts[exit]++;
        var sum = 0L;
        foreach (var own in rounds) sum += own;
        return new ProjectionReport(exits.Length, counts[0], counts[2], counts[3], counts[4], sum);
    }

    /// <summary>The samples that failed, in words; empty where there are none.</summary>
    public string Failures
    {
        get
        {
            if (Failed == 0) return "";
            (long Count, string Words)[] parts =
            [
                (Stalled, "whose constraints contradict each other or have no slope there"), (MostRounds, "that ran out of rounds"),
                (NotFinite, "that hold NaN or infinity"),
            ];
            return string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{Failed} of {Samples} samples were not projected: {string.Join(", ", parts.Where(part => part.Count > 0).Select(part => $"{part.Count} {part.Words}"))}");
        }
    }
}
