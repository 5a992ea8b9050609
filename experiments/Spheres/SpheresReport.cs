using PoseEngine.Experiments.Reports;

namespace PoseEngine.Experiments.Spheres;

internal static class SpheresReport
{
    public static void Write(RunDirectory folder, RunConfig config, SpheresSettings settings, SpheresResults results, IReadOnlyList<SpheresClaim> claims)
    {
        foreach (var r in settings.Readings) foreach (var h in new[] { false, true })
            Console.WriteLine($"{r.Name} hard={h} span diff {results.SpanDifference(r, h)} krylov {results.Of(r, h).First().Krylov.Average()} unconv {results.Of(r, h).First().Unconverged.Sum()}  span krylov {results.Span.Single(c => c.Reading == r && c.IsHard == h).Krylov.Average()}");
    }
}
