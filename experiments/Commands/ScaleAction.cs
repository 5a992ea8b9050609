using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Experiments.Commands;

/// <summary>Measures, prints and draws the growth of <c>poseengine bench --scale</c>.</summary>
internal sealed class ScaleAction(Problem problem, ScaleSizes sizes, string folder, ulong seed) : IDeviceAction
{
    private readonly BenchProgress _progress = BenchProgress.ForConsole();

    /// <summary>The sizes that a word names.</summary>
    public static ScaleSizes Sizes(string? name) => name switch
    {
        null or "full" => ScaleSizes.Full,
        "quick" => ScaleSizes.Quick,
        _ => throw new UserErrorException($"--scale {name}: choose full or quick"),
    };

    public int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OutputFile.Guard(folder, () => Directory.CreateDirectory(folder));
        Console.WriteLine($"{device.Name}, {device.Precision}; growth of medians; slope over the larger half of the sizes:");
        Console.WriteLine("1 is linear, less is linear with a fixed part still in sight, 2 quadratic, 3 cubic");
        var benchmark = new ScaleBenchmark<T>(device, problem, seed, _progress.Say);
        var (batch, rows) = benchmark.OverBatches(sizes.Batches);
        Print(batch, rows);
        var parameters = benchmark.OverParameters(sizes.Widths);
        Print(parameters);
        Write(device.Name, device.Precision, [batch, rows, parameters]);
        return CommandLine.Done;
    }

    private void Print(params ReadOnlySpan<ScaleSweep> sweeps)
    {
        _progress.Clear();
        foreach (var sweep in sweeps) Console.Write(ScaleText.Table(sweep));
    }

    private void Write(string device, string precision, ScaleSweep[] sweeps)
    {
        OutputFile.WriteText(Path.Combine(folder, "scale.json"), JsonSerializer.Serialize(new { device, precision, sweeps }, RunJson.Indented));
        var tables = new StringBuilder();
        foreach (var sweep in sweeps)
        {
            tables.Append(ScaleText.Table(sweep));
            ScaleFigure.Draw(sweep, folder);
        }
        OutputFile.WriteText(Path.Combine(folder, "scale.txt"), tables.ToString());
        Console.WriteLine($"\n{folder}: scale.json, scale.txt and {string.Join(", ", sweeps.Select(s => s.Key))} as PNG and SVG");
    }
}
