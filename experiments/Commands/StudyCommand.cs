using PoseEngine.Experiments.Studies;
using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine study</c>: a question that takes several sweeps, and a page of conclusions.</summary>
internal static class StudyCommand
{
    private const string Beyond = "beyond";

    private static readonly Argument<string> What = new("study") { Description = "beyond" };
    private static readonly Option<string> Size = Options.Word("--size", "smoke (a minute or two; its numbers mean nothing), quick (half an hour on 2 cores) or full (an hour and a half, and 8 GB of walkers)", "full", "smoke", "quick", "full");
    private static readonly Option<string?> Parts = new("--parts") { Description = "Only these parts, such as front,groups; the page shows all that are done [default: all]" };
    private static readonly Option<string?> Column = new("--column") { Description = "The problem file of the extraction column (poseengine problem show column) beside its two CSV files; adds the part column" };
    private static readonly Option<string?> Out = new("--out") { Description = "Folder for results; one that holds the same study is gone on with [default: runs/study-beyond-SIZE]" };

    static StudyCommand() => Size.Aliases.Add("--preset");

    public static Command Create()
    {
        var devices = new DeviceListOptions();
        var cache = Options.Cache();
        return Options.Build(
            "study",
            """
            What lies beyond the paper, measured: constraints that hold by projection, the dial between soft and hard, forgetting,
            few labels, and constraints across samples, over five seeds with equal training times for all methods. Each part is a
            sweep in a folder of its own: Ctrl-C stops it, and the same command goes on. The page of conclusions says of each
            expectation whether it came, by which rule, and with what figures.

            Parts: front (all methods), forget-N (C of N samples), labels-SHARE, groups (bones as long in all images of a person),
            all (front with all 162,008 walkers; size full only), column (with --column: the data of other projection layers).

            Examples:
              poseengine study beyond --size smoke
              poseengine study beyond --size quick --parts front,groups
              poseengine study beyond --column column/column.toml --parts column
              poseengine study beyond --out runs/beyond
            """,
            parsed => new Action(devices, cache, parsed).Run(), [What, Size, Parts, Column, Out, cache, .. devices.All]);
    }

    private sealed class Action(DeviceListOptions devices, Option<string?> cache, ParseResult parsed)
    {
        public int Run()
        {
            if (parsed.GetValue(What) is not Beyond and var what) throw new UserErrorException($"study {what}: no such study; write {Beyond}");
            return devices.Precision(parsed) == "float64" ? Run<double>() : Run<float>();
        }

        private int Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var size = StudySize.Of(parsed.GetValue(Size)!);
            var folder = parsed.GetValue(Out) ?? Path.Combine("runs", $"study-{Beyond}-{size.Name}");
            var parts = Chosen(StudyPart.Beyond(size, parsed.GetValue(Column)));
            var on = devices.Devices<T>(parsed);
            using var interruption = new Interruption();
            try
            {
                foreach (var (part, number) in parts.Select((part, i) => (part, i + 1)))
                {
                    Console.WriteLine($"part {number} of {parts.Count}, {part.Key}: {part.Title}");
                    var spec = part.Spec();
                    MetricColumns.Use(ProblemWords.Of(spec.Problem));
                    var work = new SweepWork<T>(on, new SweepBoard(), RunOptions.Typed(parsed), RunOptions.Version, devices.Precision(parsed), interruption.Token)
                    {
                        Prepare = (sweep, cells) => CopyStarts(folder, part, sweep, cells),
                    };
                    SweepReport.Build(work.Run(spec, StudyResults.FolderOf(folder, part), parsed.GetValue(cache), devices.Threads(parsed)));
                }
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("poseengine: stopped; run the same command again to go on");
                return CommandLine.Interrupted;
            }
            var results = StudyResults.Load(size, folder);
            Console.WriteLine($"report: {StudyPage.Build(results, RunOptions.Typed(parsed), RunOptions.Version)}");
            foreach (var row in StudyConclusions.Of(results)) Console.WriteLine($"  {StudyPage.Word(row),-16} {row.Claim}");
            return CommandLine.Done;
        }

        private IReadOnlyList<StudyPart> Chosen(IReadOnlyList<StudyPart> all)
        {
            if (parsed.GetValue(Parts) is not { } wanted) return all;
            var names = wanted.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            foreach (var name in names)
            {
                if (all.All(part => part.Key != name)) throw new UserErrorException($"--parts {name}: no such part; choose from {string.Join(", ", all.Select(part => part.Key))}");
            }
            return [.. all.Where(part => names.Contains(part.Key))];
        }

        /// <summary>The unconstrained models of another part on the same data, so that they are trained once.</summary>
        private static void CopyStarts(string folder, StudyPart part, SweepDirectory sweep, SweepSpec spec)
        {
            if (part.Start is null) return;
            foreach (var cell in spec.Cells.Where(cell => cell.Start is null))
            {
                var (from, to) = (Path.Combine(folder, part.Start, "cells", cell.Folder), sweep.FolderOf(cell));
                if (Directory.Exists(to) || !File.Exists(Path.Combine(from, "summary.json"))) continue;
                OutputFile.Guard(to, () => Copy(from, to));
            }
        }

        /// <summary>summary.json comes last: with it a cell counts as done.</summary>
        private static void Copy(string from, string to)
        {
            var files = Directory.GetFiles(from, "*", SearchOption.AllDirectories).OrderBy(file => Path.GetFileName(file) == "summary.json");
            foreach (var file in files)
            {
                var target = Path.Combine(to, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target, overwrite: true);
            }
        }
    }
}
