using System.Diagnostics;
using System.Numerics;
using System.Text.Json;
using PoseEngine.Experiments.Reports;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Runs;

/// <summary>What all models of a run share: data, network, seed and where results go.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Network">phi.</param>
/// <param name="Train">D, and C without its labels.</param>
/// <param name="Evaluator">The validation set.</param>
/// <param name="Data">What the samples are, for the model files.</param>
/// <param name="UnitMm">Millimetres of one output unit.</param>
/// <param name="Batch">Samples of a minibatch.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Directory">Where results go.</param>
/// <param name="Observer">Who watches.</param>
/// <param name="Images">The training images on the device, or null where it does not keep them.</param>
public sealed record TrainingRun<T>(
    Network<T> Network, ISampleSource Train, Evaluator<T> Evaluator, DataSettings Data, double UnitMm, int Batch, ulong Seed,
    RunDirectory Directory, IRunObserver Observer, ResidentImages<T>? Images = null)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>
/// Trains one model: draws minibatches and active sets, evaluates at intervals, writes metrics and checkpoints, and
/// continues from a checkpoint to the same bits as without the interruption.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Trainer<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Streams of the run's seed: minibatch and active set draw independently.</summary>
    private const ulong MinibatchStream = 1;
    private const ulong ActiveSetStream = 2;

    private readonly TrainingRun<T> _run;
    private readonly ModelPlan _plan;
    private readonly TrainingMethod<T> _method;
    private readonly Checkpoint<T> _checkpoint;
    private readonly RunCheckpoints<T> _checkpoints;
    private readonly BatchLoader<T> _loader;
    private readonly BatchLoader<T>? _activeLoader;
    private double _seconds;
    private double _solvedSeconds;
    private double _krylovIterations;
    private double _solves;
    private Evaluation? _last;
    private double _bestErrorMm = double.PositiveInfinity;
    private long _bestIteration;

    /// <summary>A trainer that starts at <paramref name="start"/>, which it copies.</summary>
    public Trainer(TrainingRun<T> run, ModelPlan plan, Tensor<T> start)
    {
        (_run, _plan) = (run, plan);
        var w = run.Network.Device.Zeros(start.Count);
        run.Network.Device.Vectors.Copy(start, w);
        _method = MethodFactory.Create(plan.Settings, run.Network, w, run.Batch);
        var minibatches = new MinibatchSampler(run.Train.Count, new RandomGenerator(run.Seed, MinibatchStream));
        _loader = new BatchLoader<T>(run.Network.Device, run.Train, run.Batch, run.UnitMm, run.Images);
        ActiveSet<T>? activeSet = null;
        if (_method.ActiveSamples > 0)
        {
            activeSet = MethodFactory.CreateActiveSet(
                plan.Settings, run.Network, run.Train, run.UnitMm, run.Images, new RandomGenerator(run.Seed, ActiveSetStream));
            _activeLoader = new BatchLoader<T>(run.Network.Device, run.Train, _method.ActiveSamples, run.UnitMm, run.Images);
        }
        _checkpoint = new Checkpoint<T>(run.Network, _method, minibatches, activeSet);
        _checkpoints = new RunCheckpoints<T>(
            _checkpoint, new CheckpointFiles(run.Directory.CheckpointsPath, RunDirectory.FileName(Label)), run.UnitMm, Settings(), run.Observer);
    }

    /// <summary>Only the unconstrained model is the one with the smallest validation error, as in the paper.</summary>
    private bool KeepsBest => _plan.Settings.Method == "unconstrained";

    private string Label => _plan.Settings.Label;

    private string ModelPath => _run.Directory.ModelPath(Label);

    /// <summary>Trains, or finishes what a checkpoint began, and returns the summary of the saved model.</summary>
    /// <exception cref="OperationCanceledException">The user stopped the run; a checkpoint was written.</exception>
    /// <exception cref="DivergedException">A step met a NaN or an infinity.</exception>
    public ModelSummary Train(CancellationToken cancellation)
    {
        var resumes = Resume();
        _run.Observer.Begin(Label, _plan.Iterations, (int)_method.Iteration);
        if (!resumes)
        {
            _run.Directory.TruncateAfter(Label, -1);
            Evaluate(null, cancellation);
            Save();
        }
        var minibatch = new int[_run.Batch];
        var active = new int[_method.ActiveSamples];
        while (_method.Iteration < _plan.Iterations)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save();
                cancellation.ThrowIfCancellationRequested();
            }
            var report = Step(minibatch, active);
            _run.Observer.Step((int)report.Iteration, report.Loss, _plan.Settings.UsesKrylov ? report.Solve?.Iterations : null);
            var isLast = report.Iteration == _plan.Iterations;
            if (isLast || report.Iteration % _plan.EvaluateEvery == 0) Evaluate(report, CancellationToken.None);
            if (isLast || report.Iteration % _plan.CheckpointEvery == 0) Save();
        }
        var summary = Summarize();
        _run.Observer.End(summary);
        return summary;
    }

    /// <summary>
    /// The summary of a model whose training met a NaN or an infinity: it has no figures at its end, its model file is that
    /// of the last evaluation before.
    /// </summary>
    public ModelSummary SummarizeDiverged(DivergedException diverged)
    {
        var summary = new ModelSummary(
            Label, _plan.Settings.Method, SummarySettings(), (int)_method.Iteration, double.NaN, double.NaN, double.NaN, [],
            SecondsPerIteration, MeanKrylovIterations, _run.Directory.Relative(ModelPath), [],
            new Divergence((int)diverged.Cause.Iteration, diverged.Cause.Message));
        _run.Observer.End(summary);
        return summary;
    }

    /// <summary>Gives the loaders' memory back.</summary>
    public void Dispose()
    {
        _loader.Dispose();
        _activeLoader?.Dispose();
        (_checkpoint.ActiveSet as IDisposable)?.Dispose();
    }

    private StepReport Step(int[] minibatch, int[] active)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            _checkpoint.Minibatches.Next(minibatch);
            Batch<T>? activeBatch = null;
            if (_activeLoader is not null && _method.WantsActiveSet)
            {
                _checkpoint.ActiveSet!.Select(_method.Parameters, active);
                activeBatch = _activeLoader.Load(active);
            }
            var batch = _loader.Load(minibatch);
            Prefetch(minibatch, active);
            var report = _method.Step(batch, activeBatch);
            if (report.Solve is { } solve)
            {
                _krylovIterations += solve.Iterations;
                _solvedSeconds += clock.Elapsed.TotalSeconds;
                _solves++;
            }
            return report;
        }
        catch (NonFiniteStepException e)
        {
            throw Diverged(e);
        }
        finally
        {
            _seconds += clock.Elapsed.TotalSeconds;
        }
    }

    /// <summary>Lets the loaders gather the next step's samples while this one computes.</summary>
    private void Prefetch(int[] minibatch, int[] active)
    {
        if (_loader.WantsPrefetch && _checkpoint.Minibatches.TryPeek(minibatch)) _loader.Prefetch(minibatch);
        if (_activeLoader is { WantsPrefetch: true } && _checkpoint.ActiveSet!.TryPeek(active)) _activeLoader.Prefetch(active);
    }

    private DivergedException Diverged(NonFiniteStepException cause)
        => new(Label, cause, _checkpoints.Newest);

    private void Evaluate(StepReport? report, CancellationToken cancellation)
    {
        var evaluation = _last = _run.Evaluator.Evaluate(_method.Parameters, cancellation);
        if (!double.IsFinite(evaluation.ErrorMm))
        {
            // Before anything is written: the last checkpoint stays a good one.
            throw Diverged(new NonFiniteStepException(_method.Iteration, "the validation error"));
        }
        var line = new MetricLine(
            Label, _plan.Settings.Method, (int)_method.Iteration, _seconds, report?.Loss ?? double.NaN, evaluation.ErrorMm,
            evaluation.MedianViolationMm, evaluation.P95ViolationMm, evaluation.PerConstraintMedianMm,
            _plan.Settings.UsesKrylov ? report?.Solve?.Iterations : null, report?.MultiplierNorm, report?.StepNorm ?? 0,
            report?.Solve?.Gram?.Rows, report?.Solve?.Gram?.Rank, report?.Solve?.Gram?.Gap, report?.Solve?.RemovedNorm,
            report?.Eta, report?.Solve is null ? null : (_method as HardAdam<T>)?.LowMomentShare());
        if (!KeepsBest || evaluation.ErrorMm < _bestErrorMm)
        {
            (_bestErrorMm, _bestIteration) = (evaluation.ErrorMm, _method.Iteration);
            SaveModel();
        }
        // Model and line come before the checkpoint of this iteration. Where the program dies between them, the resumed run
        // drops the line, comes here again and writes both with the same bits.
        _run.Directory.AppendMetrics(line);
        _run.Observer.Evaluated(line);
    }

    private void SaveModel()
    {
        var metadata = new Dictionary<string, string>
        {
            ["method"] = _plan.Settings.Method,
            ["label"] = Label,
            ["iteration"] = $"{_method.Iteration}",
            [DataSettings.ModelKey] = _run.Data.ToJson(),
            ["joints"] = "human36m-17, camera space minus pelvis",
        };
        OutputFile.Guard(ModelPath, () =>
            new ModelFile<T>(_run.Network, _method.Parameters, _run.UnitMm, metadata).Save(ModelPath));
    }

    private void Save() => _checkpoints.Save(new TrainerNotes(_seconds, _solvedSeconds, _krylovIterations, _solves, _bestIteration, _bestErrorMm));

    private bool Resume()
    {
        if (_checkpoints.Resume() is not { } notes) return false;
        (_seconds, _solvedSeconds, _krylovIterations, _solves, _bestIteration, _bestErrorMm) = notes;
        _run.Directory.TruncateAfter(Label, (int)_method.Iteration);
        return true;
    }

    /// <summary>Everything that a step's numbers depend on, as text.</summary>
    private Dictionary<string, string> Settings()
    {
        var settings = _plan.Settings.ToDictionary().ToDictionary(s => s.Key, s => JsonSerializer.Serialize(s.Value, RunJson.Line).Trim('"'));
        settings["batch"] = $"{_run.Batch}";
        settings["seed"] = $"{_run.Seed}";
        settings["data set"] = $"{_run.Data.Fingerprint} ({_run.Train.Count} images, split {_run.Data.Split})";
        return settings;
    }

    /// <summary>Of hard methods the steps that solve a system count: the warm-up of Hard-Adam has none. NaN where none did.</summary>
    private double SecondsPerIteration
        => _plan.Settings.IsHard ? (_solves > 0 ? _solvedSeconds / _solves : double.NaN) : _seconds / Math.Max(_method.Iteration, 1);

    private double? MeanKrylovIterations
        => _plan.Settings.UsesKrylov && _solves > 0 ? _krylovIterations / _solves : null;

    private Dictionary<string, object?> SummarySettings()
    {
        var settings = new Dictionary<string, object?>(_plan.Settings.ToDictionary());
        if (KeepsBest) settings["bestIteration"] = _bestIteration;
        settings["batch"] = _run.Batch;
        return settings;
    }

    private ModelSummary Summarize()
    {
        var kept = Kept();
        return new ModelSummary(
            Label, _plan.Settings.Method, SummarySettings(), (int)_method.Iteration, kept.ErrorMm, kept.MedianViolationMm,
            kept.P95ViolationMm, kept.PerConstraintMedianMm, SecondsPerIteration, MeanKrylovIterations,
            _run.Directory.Relative(ModelPath), kept.ShareCurve());
    }

    /// <summary>The evaluation of the saved model; measured once more where it was made before a resume or is not the last.</summary>
    private Evaluation Kept()
        => _last is not null && _bestIteration == _method.Iteration
            ? _last
            : _run.Evaluator.Evaluate(ModelFile<T>.Load(ModelPath, _run.Network.Device).Parameters);
}

/// <summary>Training met a NaN or an infinity and the run stopped.</summary>
/// <param name="model">The model that was trained.</param>
/// <param name="cause">The iteration and the tensor.</param>
/// <param name="checkpoint">The last good checkpoint, or null.</param>
public sealed class DivergedException(string model, NonFiniteStepException cause, string? checkpoint)
    : Exception($"{model}: {cause.Message}; {(checkpoint is null ? "there is no checkpoint yet" : $"the last good checkpoint is {checkpoint}")}; make the step smaller: poseengine train takes --eta (larger), --rate (smaller) and for hard-adam --epsilon (larger)", cause)
{
    /// <summary>The iteration and what was not finite there.</summary>
    public NonFiniteStepException Cause => cause;
}
