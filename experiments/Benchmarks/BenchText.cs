namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The figures of <c>bench</c> as tables for people.</summary>
internal static class BenchText
{
    public static string Machine(MachineFigures machine, FmaRate rate, string precision, int threads)
    {
        var text = new StringBuilder();
        text.Append($"multiply-adds, {threads} threads         {machine.FmaPeakGflops,7:0.0} GFLOP/s float32, {machine.FmaPeakGflopsFloat64:0.0} float64\n");
        text.Append($"matrix product 128x1024x1024  {machine.GemmPercentOfPeak,7:0} % of the {precision} peak (x W^T {machine.GemmForwardPercentOfPeak:0}, u W and u^T x {machine.GemmLopPercentOfPeak:0})\n");
        text.Append(machine.OpenBlasPercentOfPeak is { } peer
            ? $"  the same by OpenBLAS        {peer,7:0} %\n"
            : $"  the same by OpenBLAS              not installed ({OpenBlas.Remedy})\n");
        text.Append($"walker images drawn           {machine.GeneratedImagesPerSecond,7:0} a second\n");
        if (MachineFigures.IsBusy(rate)) text.Append($"The machine is not idle: the median rate is {rate.Median:0.0} GFLOP/s of {rate.Peak:0.0}. Times and shares mean little.\n");
        return text.ToString();
    }

    /// <summary>The times of one batch size; without a peak (a GPU's is not measured) without floors.</summary>
    public static string Batch(BatchTimes times, NetworkFlops flops, double? peak)
    {
        var title = $"batch {times.Batch}";
        var text = new StringBuilder($"\n{title,-28}       ms{(peak is null ? "" : "   floor ms   % of peak")}\n");
        foreach (var line in times.Lines(flops))
        {
            text.Append($"  {line.Name,-26} {(line.Milliseconds > 0 ? Ms(line.Milliseconds) : "-"),8}");
            if (peak is { } rate && line.Milliseconds > 0) text.Append($"   {Ms(line.FloorMs(rate)),8}   {line.PercentOfPeak(rate),9:0}");
            text.Append('\n');
        }
        text.Append($"  {"its Krylov iterations",-26} {times.KrylovIterationsPerStep,8:0}\n");
        if (times.HardSgdUnconverged is { } unconverged) text.Append($"  its solve did not converge: {unconverged}\n");
        text.Append($"  {"peak memory of hard steps",-26} {times.PeakMemoryMb,8:0} MB\n");
        if (times.ProjectionMs > 0) text.Append($"  projecting the outputs takes {100 * times.ProjectionMs / times.ForwardMs:0.0} % of a forward pass\n");
        var gram = times.HardSgdGramStepMs is { } step ? $"{step / times.SoftSgdStepMs:0.00} soft-sgd steps by gram, " : "";
        text.Append($"  a hard-sgd step costs {gram}{times.HardSgdStepMs / times.SoftSgdStepMs:0.0} by minres-qlp{(gram.Length > 0 ? "" : " (soft-sgd steps; too many rows for gram)")}\n");
        return text.ToString();
    }

    private static string Ms(double time) => time.ToString(time < 10 ? "0.000" : time < 1000 ? "0.0" : "0");
}
