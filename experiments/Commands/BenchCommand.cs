namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine bench</c>: how long the network's operators and whole training steps take here.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var (device, problems) = (new DeviceOptions(), new ProblemOptions());
        var batches = new Option<string>("--batch") { Description = "Batch sizes, separated by commas", DefaultValueFactory = _ => "16,128" };
        var json = new Option<string?>("--json") { Description = "Write the medians to this file" };
        var runs = new Option<int>("--runs")
        {
            Description = "Runs of each measurement after one to warm up, for profilers; 0 takes as many as give a steady median",
            DefaultValueFactory = _ => 0,
        };
        var maxKrylov = new Option<int>("--max-krylov")
        {
            Description = "Krylov iterations of a hard step at the most, for profilers and checkers",
            DefaultValueFactory = _ => Setting.MaxKrylov.Usual,
        };
        var seed = new Option<long>("--seed") { Description = "Seed of the random images and weights", DefaultValueFactory = _ => 1 };
        var scale = new Option<string?>("--scale")
        {
            Description = "Measure how time and memory grow instead: full (two minutes, the default) or quick",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var table = new Option<bool>("--table") { Description = "Measure an iteration of every method instead, beside the paper's times" };
        var folder = new Option<string>("--out") { Description = "Folder for the tables and plots of --scale", DefaultValueFactory = _ => Path.Combine("runs", "scale") };
        var command = new Command(
            "bench",
            """
            Measures the network of Eq. 13, or of --problem: forward, forward and L-op of the loss, R-op and L-op of the constraints replayed
            from one linearization, and whole Soft-SGD, Soft-Adam and Hard-SGD steps (a minibatch of 128 and the constraints
            on BATCH samples). Medians; run it on an idle machine. The time of a Krylov iteration is that of the solve
            divided by its iterations. On a GPU, operators are timed many in a row and until the device is done.

            On the CPU it first measures what the machine can do: multiply-adds on registers alone, the matrix products of a
            dense layer (OpenBLAS beside them, where it is installed), and the drawing of walker images. Each time stands
            beside its floor, the operations that cannot be avoided at that peak rate. --runs leaves this part out.

            --scale measures how time and memory grow with the batch (8 to 512), the constraint rows (48 to 3,072) and the
            parameters (0.1 to 20 million, by widening the dense layers): tables with the slope of each row, and log-log
            plots in the --out folder.

            --table prints seconds per iteration of every method (a minibatch of 128; 128 active samples, hard methods 16 as well,
            by each solver) beside those of section 5, Krylov iterations, and the shares of forward, R-op, L-op, vectors and the
            rest. On a GPU the shares come from steps in which every piece is waited for, the seconds from steps without that.

            Examples:
              poseengine bench
              poseengine bench --table --json table.json
              poseengine bench --batch 16,128 --threads 1 --json bench.json
              poseengine bench --device cuda --batch 16 --runs 1 --max-krylov 5
              poseengine bench --scale --out growth
              poseengine bench --scale quick
              poseengine bench --problem my.toml --batch 32
            """)
        {
            batches, runs, maxKrylov, json, seed, table, scale, folder,
        };
        problems.AddNameTo(command);
        device.AddTo(command);
        command.Validators.Add(result =>
        {
            var scales = result.GetResult(scale) is not null;
            var tables = result.GetResult(table) is { Implicit: false };
            (Option Mode, bool Taken, Option[] Without)[] modes =
            [
                (scale, scales, [batches, runs, maxKrylov, json, table]),
                (table, tables, [batches]),
            ];
            var given = (Option option) => result.GetResult(option) is { Implicit: false };
            foreach (var (mode, _, without) in modes.Where(mode => mode.Taken))
            {
                foreach (var other in without.Where(given)) result.AddError($"{other.Name} has no effect with {mode.Name}; leave one of them out");
            }
            if (!scales && given(folder)) result.AddError($"{folder.Name} goes with {scale.Name} only");
        });
        command.SetAction(parsed =>
        {
            var (most, chosen) = (Iterations(parsed.GetValue(maxKrylov)), (ulong)parsed.GetValue(seed));
            using var problem = ProblemAction.Open(problems.Spec(parsed), (long)chosen, null, device.Threads(parsed));
            IDeviceAction action = parsed.GetResult(scale) is not null
                ? new ScaleAction(problem, ScaleAction.Sizes(parsed.GetValue(scale)), parsed.GetValue(folder)!, chosen)
                : parsed.GetValue(table)
                    ? new TableAction(problem, Runs(parsed.GetValue(runs)), most, parsed.GetValue(json), chosen, device.Threads(parsed))
                    : new BenchAction(problem, Sizes(parsed.GetValue(batches)!), Runs(parsed.GetValue(runs)), most, parsed.GetValue(json), chosen, device.Threads(parsed));
            return device.With(parsed, action);
        });
        return command;
    }

    private static int Runs(int runs)
        => runs is >= 0 and <= 10_000 ? runs : throw new UserErrorException($"--runs {runs}: must be 0 (as many as needed) to 10000");

    private static int Iterations(int most) => (int)Setting.MaxKrylov.Read((long)most, ValueSource.Option(Setting.MaxKrylov.Name, $"{most}"));

    private static int[] Sizes(string text)
    {
        var sizes = new List<int>();
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size is < 1 or > 4096)
            {
                throw new UserErrorException($"--batch {text}: \"{word}\" is not a batch size from 1 to 4096");
            }
            sizes.Add(size);
        }
        return [.. sizes];
    }
}
