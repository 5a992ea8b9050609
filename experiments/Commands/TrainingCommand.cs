namespace PoseEngine.Experiments.Commands;

/// <summary>What <c>pose</c> and <c>train</c> have in common: folder, data, Ctrl-C, final table.</summary>
internal static class TrainingCommand
{
    /// <summary>Prepares a run, does it and prints what came out.</summary>
    public static int Run<T>(
        ComputeDevice<T> device, RunOptions options, ParseResult parsed, DataSettings data, int batch,
        IReadOnlyList<ModelPlan> plans, RunConfig config,
        Func<PoseRun<T>, CancellationToken, RunSummary> train)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var interruption = new Interruption();
        var folder = options.OutFolder(parsed, config);
        MemoryOption.Check(device, plans, batch, options.MemoryLimit(parsed));
        RunDirectory directory;
        RunSummary summary;
        using (var observer = LiveTable.ForConsole())
        {
            // The folder comes last: what can be wrong with the data must neither leave nor overwrite one.
            using var set = DataSet.Open(data, options.Cache(parsed), options.Device.Threads(parsed), observer, interruption.Token);
            CheckSizes(set.Poses.Train.Count, batch, plans);
            directory = RunDirectory.Create(folder, config, options.Existing(parsed));
            summary = train(new PoseRun<T>(device, set, config, batch, directory, observer), interruption.Token);
        }
        Console.WriteLine();
        FinalTable.Write(Console.Out, summary);
        Console.WriteLine();
        Console.WriteLine($"report: {directory.ReportPath}");
        var diverged = summary.Models.Where(model => model.Diverged is not null).ToList();
        if (diverged.Count == 0) return CommandLine.Done;
        Console.Error.WriteLine($"poseengine: diverged: {string.Join("; ", diverged.Select(model => $"{model.Name} ({model.Diverged!.Reason})"))}");
        return CommandLine.Failed;
    }

    /// <summary>Refuses batches and active sets that are larger than the training set.</summary>
    public static void CheckSizes(int images, int batch, IReadOnlyList<ModelPlan> plans)
    {
        if (batch > images)
        {
            throw new UserErrorException($"--batch {batch}: the training set has only {images} images; take a smaller batch or more images");
        }
        var large = plans.FirstOrDefault(plan => plan.Settings.Method != "unconstrained" && plan.Settings.ActiveSamples > images);
        if (large is not null)
        {
            throw new UserErrorException(
                $"{large.Settings.Label}: an active set of {large.Settings.ActiveSamples} samples is wanted, the training set has only {images} images; take a smaller --active or more images");
        }
    }

    /// <summary>What config.json says of a run.</summary>
    public static JsonObject Settings<T>(DataSettings data, int batch, IReadOnlyList<ModelPlan> plans)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new()
        {
            ["data"] = data.ToNode(),
            ["batch"] = batch,
            ["network"] = Layers.LayerSpec.PaperNetwork,
            ["unitMm"] = PoseRun<T>.UnitMm,
            ["models"] = Describe(plans),
        };

    private static JsonArray Describe(IEnumerable<ModelPlan> plans) => [.. plans.Select(plan =>
    {
        var node = JsonSerializer.SerializeToNode(plan.Settings.ToDictionary(), RunJson.Line)!.AsObject();
        node["method"] = plan.Settings.Method;
        node["iterations"] = plan.Iterations;
        node["evaluateEvery"] = plan.EvaluateEvery;
        return node;
    })];
}
