using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine sweep</c>: grids of configurations over seeds, by any number of processes, and Fig. 2 over all of them.</summary>
internal static class SweepCommand
{
    private static readonly Argument<string> What = new("sweep") { Description = "fig2, or a TOML file" };
    private static readonly Option<string?> Preset = new("--preset") { Description = "Sizes of fig2: smoke (a minute or two), quick (about an hour on 2 cores) or paper (all of section 5) [default: quick]" };

    private static readonly Option<int?> Seeds = Options.CountOrNone("--seeds", "Seeds of fig2: 1 to this number [default: by the preset]", 1, 1000);
    private static readonly Option<string?> Out = new("--out") { Description = "Folder for results; one that holds the same sweep is gone on with [default: runs/sweep-NAME]" };

    private static readonly Option<bool> Retry = new("--retry") { Description = "Try broken cells again" };
    private static readonly Option<bool> List = new("--list") { Description = "Print the cells and leave" };
    private static readonly Option<string?> Memory = MemoryOption.Create();

    public static Command Create()
    {
        var (devices, problems) = (new DeviceListOptions(), new ProblemOptions());
        return Options.Build(
            "sweep",
            $"""
            Trains every combination of settings with every seed and draws Fig. 2 over all of them, with the paper's claims and
            its timing table as measured rows. fig2 is the sweep of section 5; a TOML file describes one of your own.

            Each combination with a seed is a cell: a run of its own in cells/, from its seed's unconstrained model, which is a
            cell too. Any number of processes, on any hosts that share the folder, may work on one sweep at once: run
            the same command again. Cells that are done are skipped; one that diverges or fails is tried once more and then
            reported as broken. Ctrl-C leaves checkpoints; the same command goes on to the same bits. poseengine report FOLDER
            rebuilds the page at any moment.

            The exit code is 1 where a cell was given up for an error or with its processes, or where no constrained cell is
            done. Cells that diverged are a result of the sweep and leave it at 0.

            Examples:
              poseengine sweep fig2 --preset smoke
              poseengine sweep fig2 --preset paper --device cuda:0,cuda:1,cpu --out runs/fig2
              poseengine sweep my.toml --out runs/mine
              poseengine sweep my.toml --list

            Example of a file:

            {Indented(SweepFile.Example)}

            Keys of [[grid]] beside method, iterations and evaluate-every:

            {Indented(MethodRegistry.Help())}
            """,
            parsed => new Action(devices, problems, parsed).Run(),
            [What, Preset, Seeds, Out, Retry, List, Memory, .. problems.NameAndData, .. devices.All]);
    }

    private static string Indented(string text) => string.Join('\n', text.Split('\n').Select(line => line.Length > 0 ? "  " + line : line));

    private sealed class Action(DeviceListOptions devices, ProblemOptions problems, ParseResult parsed)
    {
        public int Run() => devices.Precision(parsed) == "float64" ? Run<double>() : Run<float>();

        private int Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var spec = Spec();
            MetricColumns.Use(ProblemWords.Of(spec.Problem));
            if (parsed.GetValue(List))
            {
                foreach (var cell in spec.Cells) Console.WriteLine(cell.Name);
                return CommandLine.Done;
            }
            var on = devices.Devices<T>(parsed);
            using var interruption = new Interruption();
            var board = new SweepBoard();
            try
            {
                var sweep = Work(spec, on, board, interruption.Token);
                Console.WriteLine($"report: {SweepReport.Build(sweep)}");
                Console.WriteLine(board.Status().Split(';')[0]);
                if (SweepOutcome.Complaint(SweepResults.Load(sweep)) is not { } complaint) return CommandLine.Done;
                Console.Error.WriteLine($"poseengine: {complaint}");
                return CommandLine.Failed;
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("poseengine: stopped; run the same command again to go on");
                return CommandLine.Interrupted;
            }
        }

        private SweepDirectory Work<T>(SweepSpec spec, IReadOnlyList<SweepDevice<T>> on, SweepBoard board, CancellationToken token)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var folder = parsed.GetValue(Out) ?? Path.Combine("runs", $"sweep-{RunDirectory.FileName(spec.Name)}{(spec.Preset == SweepSpec.OwnFile ? "" : $"-{spec.Preset}")}");
            return new SweepWork<T>(on, board, RunOptions.Typed(parsed), RunOptions.Version, devices.Precision(parsed), token)
            {
                Check = (problem, plans, batch) => CheckMemory(on, problem, TrainingCommand.Fitted(problem, batch, isAsked: true, new(plans[0], [.. plans.Skip(1)])).Plan.All.ToList(), batch),
                Prepare = (sweep, cells) =>
                {
                    if (parsed.GetValue(Retry)) ForgetFailures(sweep, cells);
                },
            }.Run(spec, folder, problems.Cache(parsed), devices.Threads(parsed));
        }

        /// <summary>The workers of a device take their steps at the same time.</summary>
        private void CheckMemory<T>(IReadOnlyList<SweepDevice<T>> on, Problem problem, IReadOnlyList<ModelPlan> plans, int batch)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var byName = on.GroupBy(device => device.Name).ToList();
            foreach (var workers in byName)
            {
                using var device = workers.First().Open();
                MemoryOption.Check(device, problem, plans, batch, MemoryOption.Parse(parsed.GetValue(Memory)), workers.Count(), byName.Count > 1 ? workers.Key : null);
            }
        }

        private static void ForgetFailures(SweepDirectory sweep, SweepSpec spec)
        {
            foreach (var folder in spec.Cells.Select(sweep.FolderOf).Where(Directory.Exists)) CellFailures.Forget(folder);
        }

        private SweepSpec Spec()
        {
            var (what, problem, pack) = (parsed.GetValue(What)!, problems.Spec(parsed), problems.Pack(parsed));
            if (what == SweepFile.Fig2)
            {
                var spec = SweepFile.OfPreset(parsed.GetValue(Preset) ?? "quick", problem, parsed.GetValue(Seeds));
                return pack is null ? spec : spec with { Data = spec.Data with { Pack = Path.GetFullPath(pack) } };
            }
            var misplaced = parsed.Has(Preset) ? Preset.Name : parsed.Has(Seeds) ? Seeds.Name : pack is not null ? "--data" : null;
            if (misplaced is not null) throw new UserErrorException($"{misplaced} goes with {SweepFile.Fig2} only; a file says such things itself");
            return File.Exists(what)
                ? SweepFile.Read(what, problem)
                : throw new UserErrorException($"sweep {what}: there is neither a file nor a built-in sweep of that name; write {SweepFile.Fig2} or the path of a TOML file");
        }
    }
}
