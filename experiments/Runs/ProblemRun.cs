namespace PoseEngine.Experiments.Runs;

/// <summary>The experiment of section 5 on a problem: the unconstrained model, then each constrained method from it, and the report.</summary>
internal sealed class ProblemRun<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int SheetSamples = 8;
    private readonly ProblemDevice<T> _on;
    private readonly TrainingRun<T> _run;
    private readonly RunConfig _config;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public ProblemRun(ComputeDevice<T> device, Problem problem, RunConfig config, int batch, RunDirectory directory, IRunObserver observer)
    {
        (_config, _on) = (config, new ProblemDevice<T>(device, problem));
        _run = new TrainingRun<T>(_on, batch, (ulong)config.Seed, directory, observer);
    }

    /// <summary>Trains all models, skipping those that an interrupted run finished, and builds the report.</summary>
    /// <param name="first">The model that the others start from, or null where <paramref name="start"/> is given.</param>
    /// <param name="start">Parameters to start from instead of a first model.</param>
    /// <returns>What the run found. A constrained model that diverged is among the others, unless it is the only one.</returns>
    /// <exception cref="DivergedException">The model that others start from diverged, or the only one.</exception>
    public RunSummary Run(ModelPlan? first, IReadOnlyList<ModelPlan> others, Tensor<T>? start, CancellationToken cancellation)
    {
        var models = new List<ModelSummary>();
        var w = start ?? _on.InitialWeights(_run.Seed);
        if (first is not null)
        {
            models.Add(_run.Train(first, w, goesOn: false, cancellation));
            w = _on.Load(_run.Directory, models[0]);
        }
        var goesOn = models.Count + others.Count > 1;
        foreach (var plan in others) models.Add(_run.Train(plan, w, goesOn, cancellation));
        var summary = _on.Summarize(_config, models, _clock.Elapsed.TotalSeconds);
        if (_on.Problem.IsPose) DrawSheet(models, cancellation);
        _run.Directory.WriteSummary(summary);
        ReportBuilder.Build(_run.Directory);
        return summary;
    }

    public void Dispose() => _on.Dispose();

    /// <summary>Validation images with true and predicted skeletons of the first, the best soft and the best hard model.</summary>
    private void DrawSheet(IReadOnlyList<ModelSummary> models, CancellationToken cancellation)
    {
        ModelSummary? Best(MethodClass kind) => models.Where(m => MethodClasses.Of(m.Method) == kind).OrderBy(m => m.Error).FirstOrDefault(m => double.IsFinite(m.Error));
        var columns = new List<PredictionColumn>();
        foreach (var model in new[] { models[0], Best(MethodClass.Soft), Best(MethodClass.Hard) }.OfType<ModelSummary>().DistinctBy(m => m.Name))
        {
            columns.Add(new PredictionColumn(model.Name, _on.Measure(_on.Load(_run.Directory, model), cancellation).Predictions));
        }
        PredictionSheet.Write(_run.Directory.SkeletonSheetPath, ((PackSamples)_on.Problem.Data.Validation).Pack, columns, SheetSamples);
    }
}
