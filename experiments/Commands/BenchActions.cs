using PoseEngine.Cuda;
using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Experiments.Commands;

/// <summary>What the measurements of <c>poseengine bench</c> are asked for.</summary>
/// <param name="Runs">Runs of each measurement after one to warm up; 0 for as many as give a steady median.</param>
internal sealed record BenchRequest(Problem Problem, ulong Seed, int Threads, int Runs, int MaxKrylov, string? Json)
{
    public BenchProgress Progress { get; } = BenchProgress.ForConsole();
    public int UsedThreads => Threads == 0 ? Environment.ProcessorCount : Threads;

    public static string? Card<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => (device as CudaDevice<T>)?.Info.Name;

    public void PrintHead<T>(ComputeDevice<T> device, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Console.WriteLine($"{device.Name}, {Card(device) ?? $"{UsedThreads} threads"}, {device.Precision}; {what}");

    /// <summary>After each row of a table: what interrupts the measurement loses one, not all.</summary>
    public void Write(object content)
    {
        if (Json is not null) OutputFile.WriteText(Json, JsonSerializer.Serialize(content, RunJson.Indented));
    }
}

internal sealed class TableAction(BenchRequest request) : IDeviceAction
{
    public int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        request.PrintHead(device, "medians of one iteration");
        Console.WriteLine();
        Console.Write(MethodTable.Head(device.Counters is not null));
        var (benchmark, card) = (new MethodBenchmark<T>(device, request.Problem, request.Seed) { Runs = request.Runs }, BenchRequest.Card(device));
        var methods = new List<MethodTimes>();
        foreach (var settings in MethodCases.All(request.Problem.Spec.ConstraintNames, request.MaxKrylov))
        {
            request.Progress.Say($"{settings.Label}{(settings.UsedSolver is { } solver ? $", {Setting.Solver.Text(solver)}" : "")}");
            methods.Add(benchmark.Run(settings));
            request.Progress.Clear();
            Console.Write(MethodTable.Row(methods[^1]));
            request.Write(new { device = device.Name, card, precision = device.Precision, threads = request.UsedThreads, paperMachine = PaperTimes.Machine, methods });
        }
        Console.WriteLine(MethodTable.Legend(card is not null));
        return CommandLine.Done;
    }
}

internal sealed class ScaleAction(BenchRequest request, ScaleSizes sizes, string folder) : IDeviceAction
{
    public int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OutputFile.Guard(folder, () => Directory.CreateDirectory(folder));
        Console.WriteLine($"{device.Name}, {device.Precision}; growth of medians; slope over the larger half of the sizes:");
        Console.WriteLine("1 is linear, less is linear with a fixed part still in sight, 2 quadratic, 3 cubic");
        var benchmark = new ScaleBenchmark<T>(device, request.Problem, request.Seed, request.Progress.Say);
        var (batch, rows) = benchmark.OverBatches(sizes.Batches);
        Print(batch, rows);
        var parameters = benchmark.OverParameters(sizes.Widths);
        Print(parameters);
        ScaleSweep[] sweeps = [batch, rows, parameters];
        OutputFile.WriteText(Path.Combine(folder, "scale.json"), JsonSerializer.Serialize(new { device = device.Name, precision = device.Precision, sweeps }, RunJson.Indented));
        foreach (var sweep in sweeps) ScaleFigure.Draw(sweep, folder);
        OutputFile.WriteText(Path.Combine(folder, "scale.txt"), string.Concat(sweeps.Select(ScaleText.Table)));
        Console.WriteLine($"\n{folder}: scale.json, scale.txt and {string.Join(", ", sweeps.Select(s => s.Key))} as PNG and SVG");
        return CommandLine.Done;
    }

    private void Print(params ReadOnlySpan<ScaleSweep> sweeps)
    {
        request.Progress.Clear();
        foreach (var sweep in sweeps) Console.Write(ScaleText.Table(sweep));
    }
}
