using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Spheres;

/// <summary>A sentence of the paper beside what was measured.</summary>
/// <param name="Reading">The reading of the variance, or "d = 2".</param>
/// <param name="Measured">The figures of the run in all dimensions, or in the plane.</param>
/// <param name="Holds">For how many of the problems it holds, such as "11 of 11".</param>
internal sealed record SpheresClaim(string Paper, string Reading, string Measured, string OverSeeds, string Holds)
{
    public string Sentence => $"{Reading}: \"{Paper}\" holds in {Holds}: {Measured}";

    /// <summary>"yes" where it holds for all of the problems, "no" where for none, else "open".</summary>
    [JsonIgnore]
    public string State => Holds.Split(' ') is [var held, _, var all, ..] && held == all ? "yes" : Holds.StartsWith("0 ", StringComparison.Ordinal) ? "no" : "open";
}

/// <summary>The claims of section 6.2, measured.</summary>
internal static class SpheresClaims
{
    public static IReadOnlyList<SpheresClaim> Of(SpheresResults results, SpheresSettings settings) =>
        [.. InThePlane(results.Plane, results.OtherPlanes), .. settings.Readings.SelectMany(reading => OfReading(results, reading))];

    private static IEnumerable<SpheresClaim> InThePlane(PlaneDemonstration plane, IReadOnlyList<PlaneDemonstration> others)
    {
        PlaneDemonstration[] all = [plane, .. others];
        var violation = plane.SamePairViolation;
        yield return new SpheresClaim(
            "the linear system sends the candidate far away from the real constraint surfaces", "d = 2",
            $"|C| of the pair goes from {violation[0]:0.00} to {violation[1]:0.00} in one hard step of length {plane.Start.To(plane.HardStep):0.0}",
            $"median length of the hard steps of {plane.StepLengths.Length} pairs {Range(all.Select(p => Spread.Of(p.StepLengths).Median))}",
            Count(all, p => p.SamePairViolation[1] > p.SamePairViolation[0]));
        yield return new SpheresClaim(
            "repeated with the same two constraints, w converges to the intersection", "d = 2",
            $"|C| of the pair is {Num.Short(violation[^1])} after {violation.Length - 1} steps",
            $"at most {Num.Short(all.Max(p => p.SamePairViolation[^1]))}", Count(all, p => p.SamePairViolation[^1] < 1e-9));
        var (soft, hard) = (LastMoves(plane.Soft), LastMoves(plane.DifferentPairs));
        yield return new SpheresClaim(
            "with different pairs at every iteration the hard path is erratic", "d = 2",
            $"over the last half of the path the steps have median length {hard:0.00} (hard) and {soft:0.00} (soft)",
            $"soft {Range(all.Select(p => LastMoves(p.Soft)))}, hard {Range(all.Select(p => LastMoves(p.DifferentPairs)))}",
            Count(all, p => LastMoves(p.DifferentPairs) > LastMoves(p.Soft)));
    }

    private static IEnumerable<SpheresClaim> OfReading(SpheresResults results, SphereReading reading)
    {
        SphereCurves[] soft = [.. results.Of(reading, false)], hard = [.. results.Of(reading, true)];
        yield return Compare("soft constraints perform much better than hard constraints", "median |C|", c => c.SettledMedian);
        yield return Compare("their behavior is smoother and more stable", "jump of the median from step to step, relative", c => c.Roughness);
        yield return Compare(
            "a hard step makes its own active constraints worse more often", "share of steps that do", c => c.WorsenedShare);
        yield return Compare(
            "the same once the courses have settled", "share of the last fifth of the steps", c => c.SettledWorsenedShare);
        var ratios = hard.Zip(soft, (h, s) => h.Objective[^1] / s.Objective[^1]).ToArray();
        yield return new SpheresClaim(
            "hard constraints eventually yield a similar value of the loss", reading.Name,
            $"||w - x0||^2 / 2 is {Num.Short(soft[0].Objective[^1])} (soft) and {Num.Short(hard[0].Objective[^1])} (hard)",
            $"hard / soft {Num.Short(ratios.Min())} to {Num.Short(ratios.Max())}",
            $"{ratios.Count(ratio => ratio is > 0.5 and < 2)} of {ratios.Length} (within a factor of 2)");

        SpheresClaim Compare(string paper, string what, Func<SphereCurves, double> of)
        {
            var pairs = soft.Zip(hard, (s, h) => (Soft: of(s), Hard: of(h))).ToArray();
            return new SpheresClaim(
                paper, reading.Name, $"{what}: {Num.Short(pairs[0].Soft)} (soft), {Num.Short(pairs[0].Hard)} (hard)",
                $"soft {Range(pairs.Select(p => p.Soft))}, hard {Range(pairs.Select(p => p.Hard))}",
                $"{pairs.Count(p => p.Soft < p.Hard)} of {pairs.Length}");
        }
    }

    private static double LastMoves(PlanePoint[] path)
    {
        var half = path[(path.Length / 2)..];
        return Statistics.QuantileOrNaN([.. half.Skip(1).Zip(half, (next, last) => next.To(last)).DefaultIfEmpty(0)], 0.5);
    }

    private static string Count(PlaneDemonstration[] all, Func<PlaneDemonstration, bool> holds) => $"{all.Count(holds)} of {all.Length}";

    private static string Range(IEnumerable<double> values) => Spread.Of(values).Text(value => Num.Short(value));
}
