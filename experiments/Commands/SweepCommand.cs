using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine sweep</c>: grids of configurations over seeds, by any number of processes, and Fig. 2 over all of them.</summary>
internal static class SweepCommand
{
    private static readonly Argument<string> What = new("sweep") { Description = "fig2, or a TOML file" };

    private static readonly Option<string?> Preset = new("--preset") { Description = "Sizes of fig2: smoke (a minute or two), quick (about an hour on 2 cores) or paper (all of section 5) [default: quick]" };

    private static readonly Option<int?> Seeds = new("--seeds") { Description = "Seeds of fig2: 1 to this number [default: by the preset]" };

    private static readonly Option<string?> Data = new("--data") { Description = "Train fig2 on this pack instead of generated walkers" };

    private static readonly Option<string?> Out = new("--out") { Description = "Folder for results; one that holds the same sweep is gone on with [default: runs/sweep-NAME]" };

    private static readonly Option<string?> Cache = new("--cache") { Description = "Folder that keeps generated walkers [default: the user's cache folder]" };

    private static readonly Option<bool> Retry = new("--retry") { Description = "Try broken cells again" };

    private static readonly Option<bool> List = new("--list") { Description = "Print the cells and leave" };

    private static readonly Option<string?> Memory = MemoryOption.Create();

    public static Command Create()
    {
        var devices = new DeviceListOptions();
        var command = new Command(
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

            {Indented(MethodKeys.Help())}
            """)
        {
            What, Preset, Seeds, Data, Out, Cache, Retry, List, Memory,
        };
        devices.AddTo(command);
        command.SetAction(parsed => devices.Precision(parsed) == "float64" ? Run<double>(parsed, devices) : Run<float>(parsed, devices));
        return command;
    }

    private static int Run<T>(ParseResult parsed, DeviceListOptions devices)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var spec = Spec(parsed);
        if (parsed.GetValue(List))
        {
            foreach (var cell in spec.Cells) Console.WriteLine(cell.Name);
            return CommandLine.Done;
        }
        var on = devices.Devices<T>(parsed);
        var limit = MemoryOption.Parse(parsed.GetValue(Memory));
        var folder = parsed.GetValue(Out) ?? Path.Combine("runs", $"sweep-{RunDirectory.FileName(spec.Name)}{(spec.Preset == "file" ? "" : $"-{spec.Preset}")}");
        var plan = SweepDirectory.PlanOf(
            spec, RunOptions.Typed(parsed), RunOptions.Version, devices.Precision(parsed), Settings<T>(spec));
        using var interruption = new Interruption();
        var board = new SweepBoard();
        try
        {
            var sweep = Work(parsed, devices, spec, folder, plan, on, limit, board, interruption.Token);
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

    private static SweepDirectory Work<T>(
        ParseResult parsed, DeviceListOptions devices, SweepSpec spec, string folder, SweepPlan plan, IReadOnlyList<SweepDevice<T>> on, long? limit,
        SweepBoard board, CancellationToken token)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (SweepDirectory.Holds(folder))
        {
            var begun = SweepDirectory.Create(folder, plan);
            if (parsed.GetValue(Retry)) ForgetFailures(begun, spec);
            if (!new SweepRunner<T>(begun, spec, on, board, token).HasWork()) return begun;
        }
        ModelPlan[] plans = [spec.Unconstrained, .. spec.Configurations.Select(c => c.Plan)];
        CheckMemory(on, plans, spec.Batch, limit);
        using var console = SweepConsole.ForConsole(board);
        // The folder comes after the data: what can be wrong with them must not leave one.
        using var data = DataSet.Open(spec.Data, parsed.GetValue(Cache), devices.Threads(parsed), new SweepSlot(board, "data"), token);
        TrainingCommand.CheckSizes(data.Poses.Train.Count, spec.Batch, plans);
        var sweep = SweepDirectory.Create(folder, plan with { DataFingerprint = data.Settings.Fingerprint });
        new SweepRunner<T>(sweep, spec, on, board, token).Run(data);
        return sweep;
    }

    /// <summary>The workers of a device take their steps at the same time.</summary>
    private static void CheckMemory<T>(IReadOnlyList<SweepDevice<T>> on, IReadOnlyList<ModelPlan> plans, int batch, long? limit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var byName = on.GroupBy(device => device.Name).ToList();
        foreach (var workers in byName)
        {
            using var device = workers.First().Open();
            MemoryOption.Check(device, plans, batch, limit, workers.Count(), byName.Count > 1 ? workers.Key : null);
        }
    }

    private static void ForgetFailures(SweepDirectory sweep, SweepSpec spec)
    {
        foreach (var folder in spec.Cells.Select(sweep.FolderOf).Where(Directory.Exists)) CellFailures.Forget(folder);
    }

    private static SweepSpec Spec(ParseResult parsed)
    {
        var what = parsed.GetValue(What)!;
        if (what == Fig2Sweep.Name)
        {
            var seeds = parsed.GetValue(Seeds);
            if (seeds is < 1 or > 1000) throw new UserErrorException($"--seeds {seeds}: must be 1 to 1000");
            var spec = Fig2Sweep.OfPreset(parsed.GetValue(Preset) ?? "quick", seeds);
            return parsed.GetValue(Data) is { } pack ? spec with { Data = spec.Data with { Pack = Path.GetFullPath(pack) } } : spec;
        }
        foreach (var option in (Option[])[Preset, Seeds, Data])
        {
            if (parsed.GetResult(option) is { Implicit: false }) throw new UserErrorException($"{option.Name} goes with fig2 only; a file says such things itself");
        }
        return File.Exists(what)
            ? SweepFile.Read(what)
            : throw new UserErrorException($"sweep {what}: there is neither a file nor a built-in sweep of that name; write fig2 or the path of a TOML file");
    }

    private static JsonObject Settings<T>(SweepSpec spec)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var settings = TrainingCommand.Settings<T>(spec.Data, spec.Batch, []);
        settings.Remove("models");
        return settings;
    }

    private static string Indented(string text) => string.Join('\n', text.Split('\n').Select(line => line.Length > 0 ? "  " + line : line));
}
