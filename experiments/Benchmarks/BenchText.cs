namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The figures of <c>bench</c> as tables for people.</summary>
internal static class BenchText
{
    private const int NameWidth = 28, ProductWidth = 33;
    private const string CountersHead = "   launches   nodes   waits   bytes to   bytes from";

    public static string Peak((FmaRate Own, FmaRate Float64) rates, string precision, int threads)
    {
        var (own, wide) = rates;
        var text = $"multiply-adds, {threads} threads".PadRight(NameWidth) + $"{own.Peak,8:0.0} GFLOP/s {precision} in {own.VectorBits}-bit vectors";
        if (precision != "float64") text += $", {wide.Peak:0.0} float64 in {wide.VectorBits}-bit ones";
        return $"{text}\n{Note(BusyMachine.Line(own) ?? BusyMachine.Line(wide))}";
    }

    public static string Machine(MachineFigures machine, Peaks peaks)
    {
        var text = new StringBuilder("walker images drawn".PadRight(NameWidth) + $"{machine.ImagesPerSecond,8:0} a second\n");
        text.Append(machine.OpenBlas is { } peer ? $"{peer}\n" : $"OpenBLAS is not installed ({OpenBlas.Remedy})\n");
        text.Append($"\n{"products of matrices",-ProductWidth}       ms   +- %   floor ms   % of peak{(machine.OpenBlas is null ? "" : "   OpenBLAS   +- %   % of peak")}\n");
        foreach (var product in machine.Products)
        {
            text.Append(Row($"{product.Product,-12} {product.Size}", product.Line, peaks, ProductWidth));
            if (product.OpenBlasLine is { } beside) text.Append($"   {Ms(beside.Milliseconds),8}   {Spread(beside)}   {beside.PercentOfPeak(peaks),9:0}");
            text.Append('\n');
        }
        return text.Append(Note(BusyMachine.Line(machine.Products.SelectMany(product => product.Lines)))).ToString();
    }

    /// <summary>The times of one batch size; without peaks (those of a GPU that is not known) without floors.</summary>
    public static string Batch(BatchTimes times, NetworkFlops flops, Peaks? peaks)
    {
        var title = $"batch {times.Batch}";
        var text = new StringBuilder($"\n{title,-NameWidth}       ms   +- %{(peaks is null ? "" : "   floor ms   % of peak")}{(times.Counters is null ? "" : CountersHead)}\n");
        var lines = times.Lines(flops);
        foreach (var line in lines) text.Append(Row(line.Name, line, peaks)).Append(Counters(line)).Append('\n');
        if (times.HardSgdStepMs > 0) text.Append(HardSteps(times));
        if (times.ProjectionMs > 0) text.Append($"  projecting the outputs takes {100 * times.ProjectionMs / times.ForwardMs:0.0} % of a forward pass\n");
        return text.Append(Note(BusyMachine.Line(lines))).ToString();
    }

    public static string Ms(double time) => time.ToString(time < 10 ? "0.000" : time < 1000 ? "0.0" : "0");

    private static string HardSteps(BatchTimes times)
    {
        var text = new StringBuilder($"  {"Krylov iterations",-26} {times.KrylovIterationsPerStep,8:0}, {times.LsqrIterationsPerStep:0} of lsqr\n");
        if (times.HardSgdUnconverged is { } unconverged) text.Append($"  its solve did not converge: {unconverged}\n");
        text.Append($"  {"peak memory of hard steps",-26} {times.PeakMemoryMb,8:0} MB\n");
        var gram = times.HardSgdGramStepMs is { } step ? $"{step / times.SoftSgdStepMs:0.00} soft-sgd steps by gram, " : "";
        return text.Append($"  a hard-sgd step costs {gram}{times.HardSgdLsqrStepMs / times.SoftSgdStepMs:0.0} by lsqr, {times.HardSgdStepMs / times.SoftSgdStepMs:0.0} by minres-qlp{(gram.Length > 0 ? "" : " (soft-sgd steps; too many rows for gram)")}\n").ToString();
    }

    private static string Row(string name, BenchLine line, Peaks? peaks, int width = NameWidth)
    {
        var row = $"  {name}".PadRight(width) + $" {(line.IsMeasured ? Ms(line.Milliseconds) : "-"),8}";
        if (line.IsMeasured) row += $"   {Spread(line)}";
        if (peaks is { } known && line.IsMeasured) row += $"   {Ms(known.FloorMs(line.Work)),8}   {line.PercentOfPeak(known),9:0}";
        return row;
    }

    /// <summary>What a run asks of the device: kernels and products, nodes of graphs, waits of the host, bytes to and from the device.</summary>
    private static string Counters(BenchLine line)
        => line.Counters is { } c ? $"   {c.Launches,8}   {c.GraphNodes,5}   {c.HostWaits,5}   {c.BytesToDevice,8}   {c.BytesToHost,9}" : "";

    private static string Spread(BenchLine line) => line.Spread is { } spread ? $"{100 * spread,4:0.0}" : "   -";

    private static string Note(string? line) => line is null ? "" : line + "\n";
}
