namespace PoseEngine.Experiments.Spheres;

/// <param name="Plane">Fig. 3, and the same for the seeds of the bands.</param>
/// <param name="Span">The same problem in coordinates of its span, in float64.</param>
/// <param name="Seeds">The curves of other seeds, drawn and run in their span.</param>
/// <param name="LostSeeds">Why seeds are missing, a sentence each.</param>
internal sealed record SpheresResults(
    PlaneDemonstration Plane, IReadOnlyList<PlaneDemonstration> OtherPlanes, IReadOnlyList<SphereCurves> Full,
    IReadOnlyList<SphereCurves> Span, IReadOnlyList<IReadOnlyList<SphereCurves>> Seeds, double Seconds, IReadOnlyList<string> LostSeeds)
{
    /// <summary>The curves of one run, in all dimensions first, then of the seeds.</summary>
    public IEnumerable<SphereCurves> Of(SphereReading reading, bool isHard) => Seeds.Prepend(Full).Select(curves => Find(curves, reading, isHard));

    /// <summary>The largest difference between the medians of |C| in all dimensions and in the span, relative to the curve's level.</summary>
    public double SpanDifference(SphereReading reading, bool isHard)
    {
        var (full, span) = (Find(Full, reading, isHard), Find(Span, reading, isHard));
        return full.Median.Zip(span.Median, (a, b) => Math.Abs(a - b) / Math.Max(b, full.SettledMedian)).Max();
    }

    private static SphereCurves Find(IReadOnlyList<SphereCurves> curves, SphereReading reading, bool isHard) => curves.Single(c => c.Reading == reading && c.IsHard == isHard);
}
