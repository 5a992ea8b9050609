using PoseEngine.Cuda;
using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Experiments.Commands;

/// <summary>Measures, prints tables and writes the JSON of <c>poseengine bench</c>.</summary>
internal sealed class BenchAction(Problem problem, int[] sizes, int runs, int maxKrylov, string? json, ulong seed, int threads) : IDeviceAction
{
    private readonly BenchProgress _progress = BenchProgress.ForConsole();
    private readonly int _threads = threads == 0 ? Environment.ProcessorCount : threads;
    private readonly List<BatchTimes> _batches = [];

    public int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var card = (device as CudaDevice<T>)?.Info.Name;
        Console.WriteLine($"{device.Name}, {card ?? $"{_threads} threads"}, {device.Precision}; medians");
        // A profiler wants nothing but the steps, and a card's peak is not the processor's.
        var (machine, peak) = card is null && runs == 0 ? Machine(device) : (null, (double?)null);
        var benchmark = new StepBenchmark<T>(device, problem, seed) { Runs = runs, MaxKrylovIterations = maxKrylov, Progress = _progress.Say };
        foreach (var size in sizes)
        {
            var times = benchmark.Run(size);
            _progress.Clear();
            Console.Write(BenchText.Batch(times, benchmark.Flops, peak));
            _batches.Add(peak is { } rate ? times.AtPeak(benchmark.Flops, rate) : times);
            if (json is not null) Write(json, device.Name, card, device.Precision, machine);
        }
        return CommandLine.Done;
    }

    private (MachineFigures Figures, double? Peak) Machine<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _progress.Say("what the machine can do");
        var rate = MachineBenchmark.Peak<T>(_threads);
        var figures = MachineBenchmark.Run(device, new MedianClock(device.Synchronize, runs), rate, _threads);
        _progress.Clear();
        Console.Write(BenchText.Machine(figures, rate, device.Precision, _threads));
        return (figures, rate.Peak);
    }

    /// <summary>After each batch size: what interrupts the measurement loses one size, not all.</summary>
    private void Write(string path, string device, string? card, string precision, MachineFigures? machine)
        => OutputFile.WriteText(path, JsonSerializer.Serialize(
            new
            {
                device,
                card,
                precision,
                threads = _threads,
                machine?.FmaPeakGflops,
                machine?.FmaPeakGflopsFloat64,
                machine?.GemmPercentOfPeak,
                machine?.OpenBlasPercentOfPeak,
                machine?.GeneratedImagesPerSecond,
                batches = _batches,
            },
            RunJson.Indented));
}
