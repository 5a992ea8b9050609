namespace PoseEngine.Experiments.Commands;

/// <summary>What <c>pose</c> and <c>train</c> have in common: folder, data, Ctrl-C, final table.</summary>
internal static class TrainingCommand
{
    /// <summary>What is trained: the models, of which the first may be where the others start, and what else config.json says.</summary>
    public sealed record Plan(ModelPlan? First, IReadOnlyList<ModelPlan> Others, string? Start = null)
    {
        public IReadOnlyList<ModelPlan> All => First is null ? Others : [First, .. Others];
    }

    /// <summary>Prepares a run, does it and prints what came out.</summary>
    public static int Run<T>(ComputeDevice<T> device, RunOptions options, ParseResult parsed, ProblemSpec spec, Preset preset, Plan plan)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MetricColumns.Use(ProblemWords.Of(spec));
        using var interruption = new Interruption();
        var folder = options.OutFolder(parsed, spec, preset.Name);
        RunDirectory directory;
        RunSummary summary;
        using (var observer = RunConsole.ForConsole())
        {
            // The folder comes last: what can be wrong with the data must neither leave nor overwrite one.
            var settings = options.Problem.Data(parsed, spec, preset, options.Seed(parsed));
            using var problem = Problem.Open(spec, settings, new DataAccess(options.Problem.Cache(parsed), options.Device.Threads(parsed), observer.Phase, interruption.Token));
            var (batch, plans) = Fitted(problem, preset.Batch, options.HasBatch(parsed), plan);
            MemoryOption.Check(device, problem, plans.All, batch, options.MemoryLimit(parsed));
            var start = plan.Start is { } path ? StartModel(path, problem, device) : (Tensor<T>?)null;
            var config = options.Config(parsed, preset, spec, device.Precision, Settings(problem, batch, plans));
            directory = RunDirectory.Create(folder, config, options.Existing(parsed));
            using var run = new ProblemRun<T>(device, problem, config, batch, directory, observer);
            summary = run.Run(plans.First, plans.Others, start, interruption.Token);
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

    /// <summary>Refuses batches and active sets that were asked for and are larger than the sets that they are drawn from; usual sizes
    /// become smaller on small data.</summary>
    public static (int Batch, Plan Plan) Fitted(Problem problem, int batch, bool isAsked, Plan plan)
    {
        var (labelled, constrained) = (problem.Data.Labelled.Count, problem.Data.Constrained.Count);
        var word = problem.Data.Numbers is null ? "images" : "samples";
        if (batch > labelled && (problem.Spec.IsBuiltIn || isAsked)) throw new UserErrorException($"--batch {batch}: the training set has only {labelled} {word}; take a smaller batch or more {word}");
        ModelPlan Fit(ModelPlan model)
        {
            CheckGroups(problem, model.Settings);
            if (model.Settings.ActiveSamples <= constrained) return model;
            if (!problem.Spec.IsBuiltIn && !model.Settings.IsGiven(Setting.Active)) return model with { Settings = model.Settings.With(Setting.Active, constrained) };
            throw new UserErrorException(
                $"{model.Settings.Label}: an active set of {model.Settings.ActiveSamples} samples is wanted, the training set has only {constrained} {word}; take a smaller --active or more {word}");
        }
        return (Math.Min(batch, labelled), plan with { First = plan.First is null ? null : Fit(plan.First), Others = [.. plan.Others.Select(Fit)] });
    }

    /// <summary>Refuses active sets that do not go with constraints across samples, or only with those.</summary>
    private static void CheckGroups(Problem problem, MethodSettings settings)
    {
        var row = problem.Constraints.Rows.FirstOrDefault(row => row.Group is not null);
        if (row is null && settings.IsGiven(Setting.PerGroup)) throw settings.Source(Setting.PerGroup).Wrong($"no constraint of {problem.Spec.Name} is the same within groups of samples; leave it out");
        if (row is not null && settings.IsMined) throw settings.Source(Setting.ActiveSet).Wrong($"mining looks at samples one by one, and {row.Name} is the same within {row.Group}; take random, which draws by groups");
    }

    private static JsonObject Settings(Problem problem, int batch, Plan plan)
    {
        var spec = problem.Spec;
        var settings = spec.Settings(problem.Data.Settings, batch);
        if (spec.Name != BuiltInProblems.Pose || !spec.IsBuiltIn)
        {
            settings["problem"] = new JsonObject
            {
                ["name"] = spec.Name,
                ["constraints"] = new JsonObject(spec.Constraints.Select(row => KeyValuePair.Create(row.Name, (JsonNode?)row.Text))),
                ["units"] = new JsonObject(problem.Measured.Rows.Select(row => KeyValuePair.Create(row.Name, (JsonNode?)row.Unit))),
                ["objective"] = spec.Objective,
                ["outputs"] = new JsonArray([.. problem.OutputNames.Select(name => (JsonNode?)name)]),
            };
        }
        ProblemWords.Of(problem.Spec).WriteTo(settings);
        settings["models"] = new JsonArray([.. plan.All.Select(model => model.ToNode())]);
        if (plan.First is null) settings["start"] = plan.Start;
        return settings;
    }

    private static Tensor<T> StartModel<T>(string path, Problem problem, ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var model = ModelFile<T>.Load(path, device);
        var unit = problem.Scale.Outputs.Unit ?? 1;
        if (model.Network.Text == problem.Spec.Layers && model.Network.Input.ToString() == problem.Input && model.OutputScale == unit) return model.Parameters;
        throw new UserErrorException(
            $"--start {path}: its network is {model.Network.Text} for inputs of {model.Network.Input} in units of {model.OutputScale} {problem.Spec.Unit}, training needs {problem.Spec.Layers} for {problem.Input} in units of {unit} {problem.Spec.Unit}".TrimEnd());
    }
}
