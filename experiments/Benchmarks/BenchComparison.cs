namespace PoseEngine.Experiments.Benchmarks;

/// <summary>A row that two files of bench have.</summary>
/// <param name="Table">The table that it is in, such as "batch 16".</param>
/// <param name="Ratio">New over old time.</param>
/// <param name="Spread">The spread of the ratio, relative to it: those of both times together, as of independent ones; one that nobody knows counts as 0.</param>
internal readonly record struct ComparedRow(string Table, string Name, double OldMs, double NewMs, double Ratio, double Spread)
{
    /// <summary>Whether it is slower than a bound allows, and the spread does not explain that.</summary>
    public bool IsSlower(double bound) => Ratio * (1 - Spread) > bound;
}

/// <summary>Holds the times of a run of bench against those of an older one.</summary>
internal static class BenchComparison
{
    /// <summary>The same machine's peaks agree better than this.</summary>
    private const double SamePeak = 0.05;

    private static readonly NetworkFlops NoFlops = new(0, 0, 0);

    /// <summary>Refuses an old file that has nothing to say about what is to be measured.</summary>
    /// <param name="path">The old file.</param>
    /// <param name="old">What it holds.</param>
    /// <param name="now">What is to be measured, with the batch sizes but without times.</param>
    /// <exception cref="UserErrorException">It is of another device, precision, number of threads, problem or other batch sizes.</exception>
    public static void Check(string path, BenchFile old, BenchFile now)
    {
        // A card's threads are its own.
        var isOnGpu = now.Card is not null;
        (string What, string? Old, string? Now, string Remedy)[] facts =
        [
            ("device", old.Device, now.Device, $"--device {old.Device}"),
            ("precision", old.Precision, now.Precision, OptionsOf(old.Precision)),
            ("number of threads", isOnGpu ? null : $"{old.Threads}", $"{now.Threads}", $"--threads {old.Threads}"),
            ("problem", old.Problem, now.Problem, $"--problem {old.Problem}"),
            ("network", old.Network, now.Network, "the problem as it was"),
        ];
        foreach (var (what, before, here, remedy) in facts)
        {
            if (before is not null && before != here) throw new UserErrorException($"--compare {path}: its {what} is {before}, here it is {here}; measure with {remedy}, or compare with another file");
        }
        if (old.Batches.Select(times => times.Batch).Intersect(now.Batches.Select(times => times.Batch)).Any()) return;
        var (sizes, wanted) = (string.Join(",", old.Batches.Select(times => times.Batch)), string.Join(",", now.Batches.Select(times => times.Batch)));
        throw new UserErrorException($"--compare {path}: its batch sizes are {sizes}, here they are {wanted}; measure with --batch {sizes}");
    }

    /// <summary>What makes bench compute in a precision: "float32, products in TF32" is two options.</summary>
    private static string OptionsOf(string precision)
        => precision.Split(',') is [var type, _] ? $"--precision {type} --tf32" : $"--precision {precision} without --tf32";

    /// <summary>The rows that both have, table by table.</summary>
    public static IReadOnlyList<ComparedRow> Rows(BenchFile old, BenchFile now) => [.. Products(old, now).Concat(Batches(old, now))];

    /// <summary>The table, what differs between the machines, and the rows that are too slow.</summary>
    public static string Text(string path, BenchFile old, BenchFile now, double bound)
    {
        var text = new StringBuilder($"\ncompared with {path}\n");
        if (old.Problem is null) text.Append("  it does not say its problem: taken for the same\n");
        if (old.Batches.All(times => times.SpreadPercent is null)) text.Append("  it holds no spreads: ratios have those of the new times alone\n");
        foreach (var line in Machines(old, now)) text.Append($"  {line}\n");
        var rows = Rows(old, now);
        foreach (var table in rows.GroupBy(row => row.Table))
        {
            text.Append($"{table.Key,-32}   old ms     new ms    ratio     +-\n");
            foreach (var row in table)
            {
                text.Append($"  {row.Name,-30} {BenchText.Ms(row.OldMs),8}   {BenchText.Ms(row.NewMs),8}   {row.Ratio,6:0.00}   {row.Ratio * row.Spread,4:0.00}{(row.IsSlower(bound) ? "   slower" : "")}\n");
            }
        }
        ComparedRow[] slower = [.. rows.Where(row => row.IsSlower(bound))];
        return text.Append(slower.Length == 0
            ? $"no row is slower than {bound:0.###} times beyond its spread\n"
            : $"{slower.Length} of {rows.Count} rows are slower than {bound:0.###} times beyond their spread: {string.Join(", ", slower.Select(row => $"{row.Name} ({row.Table}) {row.Ratio:0.00}"))}\n").ToString();
    }

    private static IEnumerable<string> Machines(BenchFile old, BenchFile now)
    {
        if (old.Card != now.Card) yield return $"another card: {old.Card ?? "none"} there, {now.Card ?? "none"} here";
        if (old.Peak is not { } before || now.Peak is not { } here || Math.Abs(here - before) <= SamePeak * before) yield break;
        yield return $"another machine, or another measurement of its peak: {before:0.0} GFLOP/s there{Bits(old)}, {here:0.0} here{Bits(now)}";
    }

    private static string Bits(BenchFile file) => file.FmaVectorBits is { } bits ? $" in {bits}-bit vectors" : "";

    private static IEnumerable<ComparedRow> Products(BenchFile old, BenchFile now)
    {
        if (old.Products is null || now.Products is null) return [];
        return Shared("products of matrices", old.Products.Select(product => product.Line), now.Products.Select(product => product.Line));
    }

    private static IEnumerable<ComparedRow> Batches(BenchFile old, BenchFile now)
        => from times in now.Batches
           from before in old.Batches.Where(before => before.Batch == times.Batch).Take(1)
           from row in Shared($"batch {times.Batch}", before.Lines(NoFlops), times.Lines(NoFlops))
           select row;

    private static IEnumerable<ComparedRow> Shared(string table, IEnumerable<BenchLine> old, IEnumerable<BenchLine> now)
        => from line in now
           from before in old.Where(before => before.Key == line.Key).Take(1)
           where line.IsMeasured && before.IsMeasured
           select new ComparedRow(table, line.Name, before.Milliseconds, line.Milliseconds, line.Milliseconds / before.Milliseconds, double.Hypot(line.Spread ?? 0, before.Spread ?? 0));
}
