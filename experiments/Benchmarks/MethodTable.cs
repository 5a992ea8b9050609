namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The timing table for people, at most 100 columns wide.</summary>
internal static class MethodTable
{
    /// <summary>The names of the columns.</summary>
    public static string Head { get; } =
        $"{"method",-14} {"samples",9} {"solver",-11} {"s/it",8} {"paper",9} {"Krylov",6} | {"solve",5} | fwd R-op L-op  vec other %\n"
        + new string('-', 98) + "\n";

    /// <summary>How to read it.</summary>
    public static string Legend(bool isOnGpu) =>
        $"""

        samples: minibatch + active set. paper: seconds per iteration on a {PaperTimes.Machine}, section 5.
        solve: the share of the step in the solver, with all products that it takes. The other columns are
        shares of the step that add up to 100 %: layers forward, R-op, L-op, vectors with the passes of
        MINRES-QLP, and the rest, such as Gram matrices and their factors.
        {(isOnGpu ? "Shares come from steps in which every piece is waited for, s/it from steps without that.\n" : "")}
        """;

    /// <summary>A line of the table.</summary>
    public static string Row(MethodTimes row)
    {
        var text = new StringBuilder();
        text.Append(Invariant($"{row.Method,-14} {$"{row.Minibatch} + {row.ActiveSamples}",9} {row.Solver ?? "",-11} "));
        if (row.Failure is not null) return text.Append(row.Failure).Append('\n').ToString();
        text.Append(Invariant($"{Num.Short(row.SecondsPerIteration),8} {PaperTimes.Of(row.Method)?.ToString() ?? Num.Missing,9} {Num.Whole(row.KrylovIterations),6} | "))
            .Append(Invariant($"{100 * row.Solve,5:0} | {100 * row.Forward,3:0} {100 * row.Rop,4:0} {100 * row.Lop,4:0} {100 * row.Vectors,4:0} {100 * row.Other,5:0}\n"));
        return text.ToString();
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
