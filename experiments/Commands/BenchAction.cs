using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Experiments.Commands;

/// <summary>An older file to hold the times against.</summary>
/// <param name="Bound">A ratio above 1: more than this many times slower fails.</param>
internal sealed record BenchBaseline(string Path, BenchFile File, double Bound);

/// <summary>The machine, and the operators and steps at some batch sizes.</summary>
internal sealed class BenchAction(BenchRequest request, int[] sizes, BenchBaseline? baseline) : IDeviceAction
{
    private const int ManyProjections = 10_000;

    public int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var empty = Empty(device);
        if (baseline is not null) BenchComparison.Check(baseline.Path, baseline.File, empty);
        request.PrintHead(device, "medians; +- is half the distance between the quartiles");
        // A profiler wants nothing but the steps, and a card's peak is not the processor's.
        var machine = empty.Card is null && request.Runs == 0 ? Measure(device) : null;
        var card = CardPeaks.Of(empty.Card, device.Precision);
        var benchmark = new StepBenchmark<T>(device, request.Problem, request.Seed)
        {
            Runs = request.Runs,
            MaxKrylovIterations = request.MaxKrylov,
            Progress = request.Progress.Say,
        };
        var batches = new List<BatchTimes>();
        var file = empty;
        foreach (var size in sizes)
        {
            batches.Add(benchmark.Run(size));
            if (machine is not null) Hold(machine.Peak, device.Precision, batches[^1].Lines(benchmark.Flops));
            request.Progress.Clear();
            Console.Write(BenchText.Batch(batches[^1], benchmark.Flops, machine?.Peak.Peaks ?? card));
            file = card is { } peaks
                ? empty with { Batches = [.. batches.Select(times => times.AtFloor(benchmark.Flops, peaks))] }
                : Filled(empty, machine, batches, benchmark.Flops);
            request.Write(file);
        }
        if (request.Runs == 0 && request.Problem.Constraints.IsProjectable)
        {
            var many = benchmark.ProjectionMs(ManyProjections);
            request.Progress.Clear();
            Console.WriteLine($"\n{ManyProjections:N0} projections {many:0.0} ms, {1000 * many / ManyProjections:0.00} us each");
        }
        if (baseline is null) return CommandLine.Done;
        Console.Write(BenchComparison.Text(baseline.Path, baseline.File, file, baseline.Bound));
        return BenchComparison.Rows(baseline.File, file).Any(row => row.IsSlower(baseline.Bound)) ? CommandLine.Failed : CommandLine.Done;
    }

    /// <summary>What the file says before anything is measured; its batch sizes have no times.</summary>
    private BenchFile Empty<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new()
        {
            Device = device.Name,
            Card = BenchRequest.Card(device),
            Precision = device.Precision,
            Threads = request.UsedThreads,
            Problem = request.Problem.Spec.Name,
            Network = request.Problem.Spec.Layers,
            Seed = request.Seed,
            Batches = [.. sizes.Select(size => new BatchTimes { Batch = size, ForwardMs = 0, ForwardLopMs = 0, RopMs = 0, LopMs = 0 })],
        };

    /// <summary>All shares by the peak as it is known now.</summary>
    private static BenchFile Filled(BenchFile empty, Machine? machine, IReadOnlyList<BatchTimes> batches, NetworkFlops flops)
    {
        if (machine is null) return empty with { Batches = batches };
        var (peaks, rates) = (machine.Peak.Peaks, machine.Peak.Rates);
        var (single, wide) = (machine.Single ?? rates.Own, rates.Float64);
        return empty with
        {
            FmaPeakGflops = single.Peak,
            FmaPeakGflopsFloat64 = wide.Peak,
            FmaVectorBits = single.VectorBits,
            FmaVectorBitsFloat64 = wide.VectorBits,
            FmaIsSteady = rates.Own.IsSteady && wide.IsSteady,
            GemmPercentOfPeak = machine.Figures.PercentOfPeak(peaks),
            OpenBlasPercentOfPeak = machine.Figures.OpenBlasPercentOfPeak(peaks),
            OpenBlas = machine.Figures.OpenBlas,
            GeneratedImagesPerSecond = machine.Figures.ImagesPerSecond,
            Products = [.. machine.Figures.Products.Select(product => product.AtPeak(peaks))],
            Batches = [.. batches.Select(times => times.AtPeak(flops, peaks))],
        };
    }

    private Machine Measure<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        request.Progress.Say("multiply-adds");
        var peak = MachinePeak.Of<T>(request.UsedThreads);
        var single = typeof(T) == typeof(float) ? (FmaRate?)null : FmaPeak.Measure<float>(request.UsedThreads);
        request.Progress.Clear();
        Console.Write(BenchText.Peak(peak.Rates, device.Precision, request.UsedThreads));
        request.Progress.Say("products of matrices, walker images");
        var figures = MachineBenchmark.Run(device, new MedianClock(device.Synchronize, request.Runs), request.UsedThreads);
        Hold(peak, device.Precision, figures.Products.SelectMany(product => product.Lines));
        request.Progress.Clear();
        Console.Write(BenchText.Machine(figures, peak.Peaks));
        return new Machine(peak, single, figures);
    }

    /// <summary>A peak that a time has shown to be too low is measured again before any share is printed.</summary>
    private void Hold(MachinePeak peak, string precision, IEnumerable<BenchLine> lines)
    {
        if (!peak.Hold(lines)) return;
        request.Progress.Clear();
        Console.Write($"\nA time was below its floor: the peak, measured again, is higher, and shares from here on are of\n{BenchText.Peak(peak.Rates, precision, request.UsedThreads)}");
    }

    /// <param name="Single">The peak in float32 where the device computes in float64.</param>
    private sealed record Machine(MachinePeak Peak, FmaRate? Single, MachineFigures Figures);
}
