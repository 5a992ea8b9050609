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

    private static readonly Option<string?> Compare = new("--compare") { Description = "Hold the times against this older file of --json: exit code 1 where one is slower" };

    private static readonly Option<double> Bound = Options.Number(
        "--bound", "How many times slower a row of --compare may be", 1.1, bound => double.IsFinite(bound) && bound > 1, "above 1");

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
            on BATCH samples). Medians with their spread, +- half the distance between the quartiles: where it is wide, a line
            says that the machine is not idle. The time of a Krylov iteration is that of the solve divided by its
            iterations. On a GPU, operators are timed many in a row and until the device is done.

            On the CPU it first measures what the machine can do: multiply-adds on registers alone, in the widest vectors and until
            the best runs agree, then products of matrices (of a dense layer at 16, 128 and 768 rows, OpenBLAS beside them where
            it is installed, and those of the Gram matrix S), and the drawing of walker images. Each time stands beside its
            floor, the operations that cannot be avoided at that peak rate. A share above 100 % is never shown: the peak is
            measured again, and if the time stays below its floor, bench ends with exit code 1. --runs leaves this part out.

            --compare OLD.json prints old and new times of each row that an older file of --json has too, with their ratio and
            its spread. The exit code is 1 where a ratio is above --bound even less its spread, and 2 for a file of another
            device, precision, number of threads or problem.

            --scale measures how time and memory grow with the batch (8 to 512), the constraint rows (48 to 3,072) and the
            parameters (0.1 to 20 million, by widening the dense layers): tables with the slope of each row, and log-log
            plots in the --out folder.

            --table prints seconds per iteration of every method (a minibatch of 128; 128 active samples, hard methods 16 as well,
            by each solver) beside those of section 5, Krylov iterations, and the shares of forward, R-op, L-op, vectors and the
            rest. On a GPU the shares come from steps in which every piece is waited for, the seconds from steps without that.

            --tf32 measures all but the hard steps, which need products in float32.

            Examples:
              poseengine bench
              poseengine bench --table --json table.json
              poseengine bench --batch 16,128 --threads 1 --json bench.json
              poseengine bench --compare bench.json --bound 1.05
              poseengine bench --device cuda --batch 16 --runs 1 --max-krylov 5
              poseengine bench --scale --out growth
              poseengine bench --scale quick
              poseengine bench --problem my.toml --batch 32
            """,
            parsed =>
            {
                var (seed, threads) = (parsed.GetValue(Seed), device.Threads(parsed));
                var sizes = Sizes(parsed.GetValue(Batches)!);
                var baseline = parsed.GetValue(Compare) is { } path ? new BenchBaseline(path, BenchFile.Read(path), parsed.GetValue(Bound)) : null;
                using var problem = ProblemOptions.Open(problems.Spec(parsed), seed, threads);
                var request = new BenchRequest(problem, (ulong)seed, threads, parsed.GetValue(Runs), parsed.GetValue(MaxKrylov), parsed.GetValue(Json));
                return device.With(parsed, Action(parsed, request, sizes, baseline));
            },
            [Batches, Runs, MaxKrylov, Json, Compare, Bound, Seed, Table, Scale, Folder, problems.NameOnly, .. device.All, device.Tf32]);
        Options.Exclude(command, Scale, Batches, Runs, MaxKrylov, Json, Table, Compare);
        Options.Exclude(command, Table, Batches, Compare);
        foreach (var mode in (Option[])[Scale, Table]) Options.Exclude(command, mode, device.Tf32);
        Options.Require(command, Compare, Bound);
        Options.Require(command, Scale, Folder);
        return command;
    }

    private static IDeviceAction Action(ParseResult parsed, BenchRequest request, int[] sizes, BenchBaseline? baseline)
        => parsed.Has(Scale) ? new ScaleAction(request, parsed.GetValue(Scale) == "quick" ? ScaleSizes.Quick : ScaleSizes.Full, parsed.GetValue(Folder)!)
            : parsed.GetValue(Table) ? new TableAction(request)
            : new BenchAction(request, sizes, baseline);

    private static int[] Sizes(string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries).Select(word =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is >= 1 and <= 4096
                ? size
                : throw new UserErrorException($"--batch {text}: \"{word}\" is not a batch size from 1 to 4096")),
    ];
}
