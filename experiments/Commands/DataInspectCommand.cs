namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine data inspect</c>: what a pack holds, in numbers and in a picture.</summary>
internal static class DataInspectCommand
{
    private static readonly Argument<string> Folder = new("pack") { Description = "The folder of the pack" };
    private static readonly Option<string?> Sheet = new("--sheet") { Description = "PNG of images with their skeletons [default: PACK-sheet.png beside the pack]" };

    public static Command Create() => Options.Build(
        "inspect",
        """
        Prints counts, the spread of every joint and the constraint residuals of a pack, and draws a contact sheet of
        images with their skeletons.

        Example:
          poseengine data inspect walkers --sheet walkers.png
        """,
        Inspect, Folder, Sheet);

    private static int Inspect(ParseResult parsed)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetValue(Folder)!));
        using var pack = Pack.Open(folder);
        Print(PackInspector.Inspect(pack));
        var sheet = parsed.GetValue(Sheet) ?? folder + "-sheet.png";
        ContactSheet.Save(pack, sheet);
        Console.WriteLine($"contact sheet: {sheet}");
        return CommandLine.Done;
    }

    private static void Print(PackReport report)
    {
        Console.WriteLine($"{report.Count} images");
        foreach (var (kind, counts) in report.Counts)
            Console.WriteLine($"  by {kind,-8} {string.Join(", ", counts.Select(c => $"{c.Key}: {c.Value}"))}");
        Console.WriteLine();
        Console.WriteLine("joint, mm          x mean    std     min    max   y mean    std     min    max   z mean    std     min    max");
        for (var joint = 0; joint < Skeleton.JointCount; joint++)
        {
            var columns = Enumerable.Range(0, 3).Select(axis => report.Joints[(3 * joint) + axis])
                .Select(c => $"{c.Mean,8:0.0} {c.PopulationStandardDeviation,6:0.0} {c.Minimum,7:0} {c.Maximum,6:0}");
            Console.WriteLine($"{(Joint)joint,-16} {string.Join(' ', columns)}");
        }
        Console.WriteLine();
        Console.WriteLine("constraint residual, mm     median       95 %        max");
        foreach (var r in report.Residuals) Console.WriteLine($"{r.Name,-22} {r.Median,11:0.0e+0} {r.Percentile95,10:0.0e+0} {r.Maximum,10:0.0e+0}");
        Console.WriteLine($"error of the mean pose   {report.MeanPoseError:0.0} mm");
    }
}
