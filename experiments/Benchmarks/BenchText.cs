namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The figures of <c>bench</c> as tables for people.</summary>
internal static class BenchText
{
    /// <summary>What the machine can do.</summary>
    public static string Machine(MachineFigures machine, FmaRate rate, string precision, int threads)
    {
        var text = new StringBuilder();
        text.Append(Invariant($"multiply-adds, {threads} threads         {machine.FmaPeakGflops,7:0.0} GFLOP/s float32, {machine.FmaPeakGflopsFloat64:0.0} float64\n"));
        text.Append(Invariant($"matrix product 128x1024x1024  {machine.GemmPercentOfPeak,7:0} % of the {precision} peak (x W^T {machine.GemmForwardPercentOfPeak:0}, u W and u^T x {machine.GemmLopPercentOfPeak:0})\n"));
        text.Append(machine.OpenBlasPercentOfPeak is { } peer
            ? Invariant($"  the same by OpenBLAS        {peer,7:0} %\n")
            : $"  the same by OpenBLAS              not installed ({OpenBlas.Remedy})\n");
        text.Append(Invariant($"walker images drawn           {machine.GeneratedImagesPerSecond,7:0} a second\n"));
        if (MachineFigures.IsBusy(rate))
        {
            text.Append(Invariant($"The machine is not idle: the median rate is {rate.Median:0.0} GFLOP/s of {rate.Peak:0.0}. Times and shares mean little.\n"));
        }
        return text.ToString();
    }

    /// <summary>The times of one batch size; without a peak (a GPU's is not measured) without floors.</summary>
    public static string Batch(BatchTimes times, NetworkFlops flops, double? peak)
    {
        var title = $"batch {times.Batch}";
        var text = new StringBuilder();
        text.Append(Invariant($"\n{title,-28}       ms{(peak is null ? "" : "   floor ms   % of peak")}\n"));
        foreach (var line in times.Lines(flops))
        {
            text.Append(Invariant($"  {line.Name,-26} {(line.Milliseconds > 0 ? Ms(line.Milliseconds) : "-"),8}"));
            if (peak is { } rate && line.Milliseconds > 0) text.Append(Invariant($"   {Ms(line.FloorMs(rate)),8}   {line.PercentOfPeak(rate),9:0}"));
            text.Append('\n');
        }
        text.Append(Invariant($"  {"its Krylov iterations",-26} {times.KrylovIterationsPerStep,8:0}\n"));
        if (times.HardSgdUnconverged is { } unconverged) text.Append($"  its solve did not converge: {unconverged}\n");
        text.Append(Invariant($"  {"peak memory of hard steps",-26} {times.PeakMemoryMb,8:0} MB\n"));
        var krylov = times.HardSgdStepMs / times.SoftSgdStepMs;
        var gram = times.HardSgdGramStepMs is { } step ? Invariant($"{step / times.SoftSgdStepMs:0.00} soft-sgd steps by gram, ") : "";
        text.Append(Invariant($"  a hard-sgd step costs {gram}{krylov:0.0} by minres-qlp{(gram.Length > 0 ? "" : " (soft-sgd steps; too many rows for gram)")}\n"));
        return text.ToString();
    }

    private static string Ms(double time)
        => time.ToString(time < 10 ? "0.000" : time < 1000 ? "0.0" : "0", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
