using System.CommandLine;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Runs;
using PoseEngine.Kernels;

namespace PoseEngine.Experiments.Commands;

/// <summary>What <c>pose</c> and <c>train</c> have in common: folder, data, Ctrl-C, final table.</summary>
internal static class TrainingCommand
{
    /// <summary>Prepares a run, does it and prints what came out.</summary>
    public static int Run<T>(
        ComputeDevice<T> device, RunOptions options, ParseResult parsed, DataSettings data, int batch, RunConfig config,
        Func<PoseRun<T>, CancellationToken, RunSummary> train)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var interruption = new Interruption();
        var folder = options.OutFolder(parsed, config);
        var isNew = !Directory.Exists(folder);
        var directory = RunDirectory.Create(folder, config, options.Existing(parsed));
        RunSummary summary;
        using (var observer = LiveTable.ForConsole())
        {
            var (set, run) = Prepare();
            using (set) summary = train(run, interruption.Token);

            (DataSet Set, PoseRun<T> Run) Prepare()
            {
                try
                {
                    var set = DataSet.Open(data, options.Cache(parsed), options.Device.Threads(parsed), observer, interruption.Token);
                    return (set, new PoseRun<T>(device, set, config, batch, directory, observer));
                }
                catch when (isNew)
                {
                    // Nothing was trained: a folder that only says so would be in the way of the corrected command.
                    Directory.Delete(folder, recursive: true);
                    throw;
                }
            }
        }
        Console.WriteLine();
        FinalTable.Write(Console.Out, summary);
        Console.WriteLine();
        Console.WriteLine($"report: {directory.ReportPath}");
        return CommandLine.Done;
    }

    /// <summary>The planned models for config.json.</summary>
    public static JsonArray Describe(IEnumerable<ModelPlan> plans) => [.. plans.Select(plan =>
    {
        var node = JsonSerializer.SerializeToNode(plan.Settings.ToDictionary(), RunJson.Line)!.AsObject();
        node["method"] = plan.Settings.Method;
        node["iterations"] = plan.Iterations;
        node["evaluateEvery"] = plan.EvaluateEvery;
        return node;
    })];
}
