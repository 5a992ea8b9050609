using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>A row of the timing table: what an iteration of a method costs, and of what its time is made.</summary>
/// <param name="ActiveSamples">Samples under constraints, drawn at random; 0 where there are none.</param>
/// <param name="SecondsPerIteration">The median, without clocks inside.</param>
/// <param name="PaperLeast">The paper's time in seconds, or the least of a range; null where it gives none.</param>
/// <param name="KrylovIterations">Of the step; null where no Krylov solver ran.</param>
/// <param name="Solve">The share of the step, 0 to 1, that goes into the solver, with all products that it takes.</param>
/// <param name="Forward">The share of layers forward; with the four that follow it adds up to 1.</param>
/// <param name="Other">Matrices of constraint rows and their factors, optimizers, constraints, transfers.</param>
/// <param name="Failure">Why there are no figures, or null.</param>
internal sealed record MethodTimes(
    string Method, int Minibatch, int ActiveSamples, string? Solver, double SecondsPerIteration, double? PaperLeast,
    double? PaperMost, double? KrylovIterations, double Solve, double Forward, double Rop, double Lop, double Vectors,
    double Other, string? Failure = null)
{
    /// <summary>What a step asked of the device; null where that does not count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeviceCounters? Counters { get; init; }
}

/// <summary>The timing table for people, at most 100 columns wide where nothing is counted.</summary>
internal static class MethodTable
{
    public static string Head(bool isCounted)
    {
        var counters = isCounted ? $" | {"launches",8} {"nodes",6} {"waits",5} {"bytes to",9} {"from",9}" : "";
        return $"{"method",-14} {"samples",9} {"solver",-11} {"s/it",8} {"paper",9} {"Krylov",6} | {"solve",5} | fwd R-op L-op  vec other %{counters}\n{new string('-', 98 + counters.Length)}\n";
    }

    public static string Legend(bool isOnGpu) =>
        $"""

        samples: minibatch + active set. paper: seconds per iteration on a {PaperTimes.Machine}, section 5.
        solve: the share of the step in the solver, with all products that it takes. The other columns are
        shares of the step that add up to 100 %: layers forward, R-op, L-op, vectors with the passes of
        MINRES-QLP, and the rest, such as Gram matrices and their factors.
        {(isOnGpu ? "launches: kernels and library calls, in graphs or not; nodes: of graphs; waits: of the host; bytes to\nthe device and from it. Shares come from steps in which every piece is waited for, s/it from steps without that.\n" : "")}
        """;

    public static string Row(MethodTimes row)
    {
        var name = $"{row.Method,-14} {$"{row.Minibatch} + {row.ActiveSamples}",9} {row.Solver ?? "",-11} ";
        if (row.Failure is not null) return name + row.Failure + "\n";
        return name
            + $"{Num.Short(row.SecondsPerIteration),8} {PaperTimes.Of(row.Method)?.ToString() ?? Num.Missing,9} {Num.Whole(row.KrylovIterations),6} | "
            + $"{100 * row.Solve,5:0} | {100 * row.Forward,3:0} {100 * row.Rop,4:0} {100 * row.Lop,4:0} {100 * row.Vectors,4:0} {100 * row.Other,5:0}"
            + (row.Counters is { } c ? $"   | {c.Launches,8} {c.GraphNodes,6} {c.HostWaits,5} {c.BytesToDevice,9} {c.BytesToHost,9}\n" : "\n");
    }
}
