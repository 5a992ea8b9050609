using System.Diagnostics;
using System.Numerics;
using PoseEngine.Experiments.Reports;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Training;

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

    private const ulong WeightStream = 3;
    private const int SheetSamples = 8;

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
        var network = Network<T>.Paper(device);
        var evaluator = new Evaluator<T>(network, data.Poses.Validation, UnitMm);
        _run = new TrainingRun<T>(
            network, data.Poses.Train, evaluator, data.Settings, UnitMm, batch, (ulong)config.Seed, directory, observer,
            ResidentImages<T>.Create(device, data.Poses.Train));
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
        var w = start ?? _run.Network.InitializeHe(new RandomGenerator(_run.Seed, WeightStream));
        if (unconstrained is not null)
        {
            models.Add(Train(unconstrained, w, goesOn: false, cancellation));
            w = ModelFile<T>.Load(Path.Combine(_run.Directory.Path, models[0].Model), _run.Network.Device).Parameters;
        }
        var goesOn = models.Count + constrained.Count > 1;
        foreach (var plan in constrained) models.Add(Train(plan, w, goesOn, cancellation));

        var summary = Summarize(models);
        DrawSheet(models, cancellation);
        _run.Directory.WriteSummary(summary);
        ReportBuilder.Build(_run.Directory);
        return summary;
    }

    private ModelSummary Train(ModelPlan plan, Tensor<T> start, bool goesOn, CancellationToken cancellation)
    {
        using var trainer = new Trainer<T>(_run, plan, start);
        try
        {
            return trainer.Train(cancellation);
        }
        catch (DivergedException e) when (goesOn)
        {
            // The other models do not depend on this one.
            return trainer.SummarizeDiverged(e);
        }
    }

    private RunSummary Summarize(IReadOnlyList<ModelSummary> models)
    {
        var data = new DataSummary(
            _data.SourceName, _data.Train.Count, _data.Validation.Count, _run.Evaluator.ErrorOfConstant(_data.MeanTrainingPose));
        return new RunSummary(
            _config.Command, _config.Preset, _config.Seed, _config.Device, _config.Precision, _config.Version, data, models,
            _clock.Elapsed.TotalSeconds);
    }

    /// <summary>Validation images with true and predicted skeletons of the first, the best soft and the best hard model.</summary>
    private void DrawSheet(IReadOnlyList<ModelSummary> models, CancellationToken cancellation)
    {
        ModelSummary?[] shown =
        [
            models[0],
            models.Where(m => m.Method.StartsWith("soft", StringComparison.Ordinal)).OrderBy(m => m.ErrorMm).FirstOrDefault(m => double.IsFinite(m.ErrorMm)),
            models.Where(m => m.Method.StartsWith("hard", StringComparison.Ordinal)).OrderBy(m => m.ErrorMm).FirstOrDefault(m => double.IsFinite(m.ErrorMm)),
        ];
        var columns = new List<PredictionColumn>();
        foreach (var model in shown.OfType<ModelSummary>().DistinctBy(m => m.Name))
        {
            var w = ModelFile<T>.Load(Path.Combine(_run.Directory.Path, model.Model), _run.Network.Device).Parameters;
            columns.Add(new PredictionColumn(model.Name, _run.Evaluator.Predict(w, cancellation)));
        }
        PredictionSheet.Write(_run.Directory.SkeletonSheetPath, _data.Validation, columns, SheetSamples);
    }
}
