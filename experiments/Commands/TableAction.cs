using PoseEngine.Cuda;
using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Experiments.Commands;

/// <summary>Measures and prints the table of <c>poseengine bench --table</c> and writes its JSON.</summary>
internal sealed class TableAction(Problem problem, int runs, int maxKrylov, string? json, ulong seed, int threads) : IDeviceAction
{
    private readonly BenchProgress _progress = BenchProgress.ForConsole();
    private readonly int _threads = threads == 0 ? Environment.ProcessorCount : threads;

    public int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var card = (device as CudaDevice<T>)?.Info.Name;
        Console.WriteLine($"{device.Name}, {card ?? $"{_threads} threads"}, {device.Precision}; medians of one iteration");
        Console.WriteLine();
        Console.Write(MethodTable.Head);
        var benchmark = new MethodBenchmark<T>(device, problem, seed) { Runs = runs };
        var rows = new List<MethodTimes>();
        foreach (var settings in MethodCases.All(problem.Spec.ConstraintNames, maxKrylov))
        {
            _progress.Say($"{settings.Label}{(settings.UsedSolver is { } solver ? $", {Setting.Solver.Text(solver)}" : "")}");
            rows.Add(benchmark.Run(settings));
            _progress.Clear();
            Console.Write(MethodTable.Row(rows[^1]));
            // After each row: what interrupts the measurement loses one, not all.
            if (json is not null) Write(json, device.Name, card, device.Precision, rows);
        }
        Console.WriteLine(MethodTable.Legend(card is not null));
        return CommandLine.Done;
    }

    private void Write(string path, string device, string? card, string precision, List<MethodTimes> methods)
        => OutputFile.WriteText(path, JsonSerializer.Serialize(
            new { device, card, precision, threads = _threads, paperMachine = PaperTimes.Machine, methods }, RunJson.Indented));
}
