using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine bench</c>: how long the network's operators and whole training steps take here.</summary>
internal static class BenchCommand
{
    private static readonly Option<string> Batches = Options.Of("--batch", "Batch sizes, separated by commas", "16,128");

    private static readonly Option<int> Runs = Options.Count(
        "--runs", "Runs of each measurement after one to warm up, for profilers; 0 takes as many as give a steady median", 0, 0, 10_000, "must be 0 (as many as needed) to 10000");

    private static readonly Option<int> MaxKrylov = Options.Count(
        "--max-krylov", "Krylov iterations of a hard step at the most, for profilers and checkers", Setting.MaxKrylov.Usual, 1, allowed: $"must be {Setting.MaxKrylov.Allowed}");

    private static readonly Option<string?> Json = new("--json") { Description = "Write the medians to this file" };
    private static readonly Option<long> Seed = Options.Seed("Seed of the random images and weights");

    private static readonly Option<string?> Scale = Options.Check(
        new Option<string?>("--scale") { Description = "Measure how time and memory grow instead: full (two minutes, the default) or quick", Arity = ArgumentArity.ZeroOrOne },
        scale => scale is null or "full" or "quick", "choose full or quick");

    private static readonly Option<bool> Table = new("--table") { Description = "Measure an iteration of every method instead, beside the paper's times" };
    private static readonly Option<string> Folder = Options.Of("--out", "Folder for the tables and plots of --scale", Path.Combine("runs", "scale"));

    public static Command Create()
    {
        var (device, problems) = (new DeviceOptions(), new ProblemOptions());
        var command = Options.Build(
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
            """,
            parsed =>
            {
                var (seed, threads) = (parsed.GetValue(Seed), device.Threads(parsed));
                var sizes = Sizes(parsed.GetValue(Batches)!);
                using var problem = ProblemOptions.Open(problems.Spec(parsed), seed, threads);
                var request = new BenchRequest(problem, (ulong)seed, threads, parsed.GetValue(Runs), parsed.GetValue(MaxKrylov), parsed.GetValue(Json));
                return device.With(parsed, Action(parsed, request, sizes));
            },
            [Batches, Runs, MaxKrylov, Json, Seed, Table, Scale, Folder, problems.NameOnly, .. device.All]);
        Options.Exclude(command, Scale, Batches, Runs, MaxKrylov, Json, Table);
        Options.Exclude(command, Table, Batches);
        Options.Require(command, Scale, Folder);
        return command;
    }

    private static IDeviceAction Action(ParseResult parsed, BenchRequest request, int[] sizes)
        => parsed.Has(Scale) ? new ScaleAction(request, parsed.GetValue(Scale) == "quick" ? ScaleSizes.Quick : ScaleSizes.Full, parsed.GetValue(Folder)!)
            : parsed.GetValue(Table) ? new TableAction(request)
            : new BenchAction(request, sizes);

    private static int[] Sizes(string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries).Select(word =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is >= 1 and <= 4096
                ? size
                : throw new UserErrorException($"--batch {text}: \"{word}\" is not a batch size from 1 to 4096")),
    ];
}
