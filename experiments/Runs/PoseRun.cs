namespace PoseEngine.Experiments.Runs;

/// <summary>The experiment of section 5: the unconstrained model, then each constrained method from it, and the report.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class PoseRun<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Millimetres of one output unit. Joints are some hundred millimetres from the pelvis, so targets are of size 1 to
    /// 10, which He-initialised outputs reach soon.
    /// </summary>
    public const double UnitMm = 100;

    private const int SheetSamples = 8;

    private readonly TrainingProblem<T> _problem;
    private readonly TrainingRun<T> _run;
    private readonly PoseData _data;
    private readonly RunConfig _config;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>A run on a device.</summary>
    /// <param name="device">Where to train.</param>
    /// <param name="data">The training and the validation set.</param>
    /// <param name="config">All settings, as config.json has them.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <param name="directory">Where results go.</param>
    /// <param name="observer">Who watches.</param>
    public PoseRun(
        ComputeDevice<T> device, DataSet data, RunConfig config, int batch, RunDirectory directory, IRunObserver observer)
    {
        (_data, _config) = (data.Poses, config);
        _problem = new TrainingProblem<T>(device, data, batch);
        _run = _problem.Run((ulong)config.Seed, directory, observer);
    }

    /// <summary>Trains all models, skipping those that an interrupted run finished, and builds the report.</summary>
    /// <param name="unconstrained">The model that the others start from, or null where <paramref name="start"/> is given.</param>
    /// <param name="constrained">The other models.</param>
    /// <param name="start">Parameters to start from instead of an unconstrained model.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <returns>What the run found. A constrained model that diverged is among the others, unless it is the only one.</returns>
    /// <exception cref="DivergedException">The model that others start from diverged, or the only one.</exception>
    public RunSummary Run(
        ModelPlan? unconstrained, IReadOnlyList<ModelPlan> constrained, Tensor<T>? start, CancellationToken cancellation)
    {
        var models = new List<ModelSummary>();
        var w = start ?? _problem.InitialWeights(_run.Seed);
        if (unconstrained is not null)
        {
            models.Add(TrainingProblem<T>.Train(_run, unconstrained, w, goesOn: false, cancellation));
            w = _problem.Load(_run.Directory, models[0]);
        }
        var goesOn = models.Count + constrained.Count > 1;
        foreach (var plan in constrained) models.Add(TrainingProblem<T>.Train(_run, plan, w, goesOn, cancellation));

        var summary = _problem.Summarize(_config, models, _clock.Elapsed.TotalSeconds);
        DrawSheet(models, cancellation);
        _run.Directory.WriteSummary(summary);
        ReportBuilder.Build(_run.Directory);
        return summary;
    }

    /// <summary>Validation images with true and predicted skeletons of the first, the best soft and the best hard model.</summary>
    private void DrawSheet(IReadOnlyList<ModelSummary> models, CancellationToken cancellation)
    {
        ModelSummary?[] shown =
        [
            models[0],
            models.Where(m => m.Method.StartsWith("soft", StringComparison.Ordinal)).OrderBy(m => m.Error).FirstOrDefault(m => double.IsFinite(m.Error)),
            models.Where(m => m.Method.StartsWith("hard", StringComparison.Ordinal)).OrderBy(m => m.Error).FirstOrDefault(m => double.IsFinite(m.Error)),
        ];
        var columns = new List<PredictionColumn>();
        foreach (var model in shown.OfType<ModelSummary>().DistinctBy(m => m.Name))
        {
            var w = _problem.Load(_run.Directory, model);
            columns.Add(new PredictionColumn(model.Name, _run.Evaluator.Predict(w, cancellation: cancellation)));
        }
        PredictionSheet.Write(_run.Directory.SkeletonSheetPath, _data.Validation, columns, SheetSamples);
    }
}
