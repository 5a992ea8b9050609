namespace PoseEngine.Experiments.Spheres;

/// <summary>Writes what a finished run found: figures, report.html and, last, summary.json.</summary>
internal static class SpheresReport
{
    /// <summary>Writes all files into the folder of the run.</summary>
    public static void Write(
        RunDirectory folder, RunConfig config, SpheresSettings settings, SpheresResults results, IReadOnlyList<SpheresClaim> claims)
    {
        Chart[] plane = [.. PlaneFigures.Draw(results.Plane, settings)], courses = [.. CourseFigures.Draw(results, settings)];
        PlotFiles.Write([.. plane, .. courses], folder.FiguresPath);
        OutputFile.WriteText(folder.ReportPath, PageOf(config, settings, results, claims, plane, courses));
        RunJson.Write(folder.SummaryPath, Summary(config, settings, results, claims));
    }

    private static object Summary(RunConfig config, SpheresSettings settings, SpheresResults results, IReadOnlyList<SpheresClaim> claims) => new
    {
        config.Command,
        config.Preset,
        config.Seed,
        config.Device,
        config.Precision,
        config.Version,
        results.Seconds,
        Runs = settings.Readings.SelectMany(_ => new[] { false, true }, (reading, hard) => new
        {
            Reading = reading.Name,
            Method = hard ? "hard" : "soft",
            DifferenceInSpan = results.SpanDifference(reading, hard),
            Full = Figures(results.Of(reading, hard).First()),
            Seeds = results.Of(reading, hard).Skip(1).Select(Figures).ToArray(),
        }).ToArray(),
        Plane = new
        {
            results.Plane.Rate,
            HardStepLength = results.Plane.Start.To(results.Plane.HardStep),
            SoftStepLength = results.Plane.Start.To(results.Plane.SoftStep),
            results.Plane.StepLengths,
            SamePairViolation = results.Plane.SamePairViolation[^1],
        },
        Claims = claims,
        results.LostSeeds,
    };

    private static object Figures(SphereCurves curves) => new
    {
        curves.SettledMedian,
        LastMedian = curves.Median[^1],
        curves.Roughness,
        curves.WorsenedShare,
        curves.SettledWorsenedShare,
        Objective = curves.Objective[^1],
        KrylovPerStep = curves.Krylov.Average(),
        UnconvergedSolves = (int)curves.Unconverged.Sum(),
    };

    private static string PageOf(
        RunConfig config, SpheresSettings settings, SpheresResults results, IReadOnlyList<SpheresClaim> claims, Chart[] plane, Chart[] courses)
    {
        var page = new Page($"Spheres: {config.Preset} preset, seed {config.Seed}");
        page.Meta($"PoseEngine {config.Version}, {config.Device}, {config.Precision}, started {config.Started.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {Num.Duration(results.Seconds)} for the steps in all dimensions.");
        page.Headline(Headlines(settings, results));
        page.Section("What the paper says, and what was measured");
        page.Claims(claims.Select(claim => new ClaimItem(
            claim.Paper, $"{claim.Reading}: holds for {claim.Holds}", claim.State, ("this run", claim.Measured), ("all seeds", claim.OverSeeds))));
        page.Hint("Over all seeds: the median (least to greatest). Levels and jumps are those of the last fifth of the iterations. Seeds: this run and the others. A comparison holds for a seed where the soft figure is the smaller one.");
        page.Section("Two circles in the plane");
        page.Figures(plane);
        page.Section("Many spheres in many dimensions");
        page.Figures(courses);
        page.End(config.CommandLine, "The same version, seed, device and precision give the same figures, whatever the number of threads.", Notes(settings, results));
        return page.Html();
    }

    private static IEnumerable<string> Headlines(SpheresSettings settings, SpheresResults results)
    {
        foreach (var reading in settings.Readings)
        {
            SphereCurves[] soft = [.. results.Of(reading, false)], hard = [.. results.Of(reading, true)];
            var better = soft.Zip(hard, (s, h) => s.SettledMedian < h.SettledMedian).Count(b => b);
            var smoother = soft.Zip(hard, (s, h) => s.Roughness < h.Roughness).Count(b => b);
            yield return $"The {reading.Name} reading ({reading.Meaning}) {Verdict(better, soft.Length)} the paper's \"soft constraints perform much better than hard constraints\" ({better} of {soft.Length} seeds; the median |C| settles at {Num.Short(soft[0].SettledMedian)} soft, {Num.Short(hard[0].SettledMedian)} hard) and {Verdict(smoother, soft.Length)} \"their behavior is smoother and more stable\" ({smoother} of {soft.Length} seeds). A hard step made its own active constraints worse in {hard[0].WorsenedShare:P0} of the steps, a soft step in {soft[0].WorsenedShare:P0}.";
        }
    }

    private static string Verdict(int count, int all) => count == all ? "supports" : count == 0 ? "contradicts" : "supports in part";

    private static IEnumerable<string> Notes(SpheresSettings settings, SpheresResults results)
    {
        yield return "Not given by the paper and chosen here: the lengths of w0 and x0, eta of the toy, the soft learning rate, and which of the constraints the sum of Eq. 17 takes (the active ones, unscaled).";
        yield return "Both methods see the same active sets. Soft is gradient descent without momentum on Eq. 17; hard solves Eq. 5 by MINRES-QLP, preconditioned by the Gram matrix of the active rows.";
        foreach (var reading in settings.Readings)
        {
            yield return $"Span check, {reading.Name}: the run in {settings.Dimension:N0} dimensions and the same problem in the {Math.Min(settings.Spheres + 2, settings.Dimension)} dimensions of its span, in float64, differ in the median of |C| by at most {Num.Short(results.SpanDifference(reading, false))} (soft) and {Num.Short(results.SpanDifference(reading, true))} (hard) of its level at any iteration. Other seeds are therefore drawn and run in their span, which follows the same distribution.";
        }
        foreach (var lost in results.LostSeeds) yield return lost;
        var hard = results.Full.Where(c => c.IsHard).ToList();
        yield return $"Hard steps took {Num.Short(hard.SelectMany(c => c.Krylov).Average())} iterations of MINRES-QLP on average; {hard.Sum(c => c.Unconverged.Sum()):0} of {hard.Sum(c => c.Krylov.Length)} solves ended at a limit.";
    }
}
