using System.Diagnostics;
using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// The training loop: draws minibatches and active sets, steps, evaluates at intervals, writes checkpoints, and continues
/// from one to the same bits as without the interruption. Files are written while the next steps run. It prints nothing; whoever
/// wants to know listens to its events.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Trainer<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Streams of the seed: minibatch and active set draw independently.</summary>
    private const ulong MinibatchStream = 1;
    private const ulong ActiveSetStream = 2;

    private readonly Workspace<T> _memory;
    private readonly TrainingMethod<T> _method;
    private readonly TrainerOptions _options;
    private readonly BatchFeed<T>? _minibatches;
    private readonly BatchFeed<T>? _activeSets;
    private readonly Tensor<T> _best;
    private readonly WeightAverage<T>? _average;
    private CheckpointWriter<T>? _writer;
    private StepReport? _owed;

    /// <summary>A trainer whose batches are drawn by whatever the caller gives.</summary>
    /// <param name="method">What makes the steps; it stays the caller's.</param>
    /// <param name="options">How long, and what beside.</param>
    /// <param name="minibatches">Draws minibatches; null where the risk depends on w alone. The trainer owns it.</param>
    /// <param name="activeSets">Draws active sets; null where the method wants none. The trainer owns it.</param>
    public Trainer(TrainingMethod<T> method, TrainerOptions options, BatchFeed<T>? minibatches, BatchFeed<T>? activeSets)
    {
        (_method, _options, _minibatches, _activeSets) = (method, options, minibatches, activeSets);
        _memory = new Workspace<T>(method.Device);
        if (minibatches is not null) _memory.Own(minibatches);
        if (activeSets is not null) _memory.Own(activeSets);
        try
        {
            Guard.Positive(options.EvaluateEvery, "the steps between evaluations");
            Guard.Positive(options.CheckpointEvery, "the steps between checkpoints");
            Guard.NotNegative(options.Average, "the decay of the average");
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.Average, 1);
            if (options.Average > 0) _average = _memory.Own(new WeightAverage<T>(method.Device, method.Parameters, options.Average));
            if (!options.KeepsBest) return;
            _best = _memory.Zeros(method.Parameters.Shape);
            method.Device.Vectors.Copy(method.Parameters, _best);
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    /// <summary>A trainer on samples: shuffled epochs of D, active sets out of C.</summary>
    /// <param name="method">What makes the steps; it stays the caller's.</param>
    /// <param name="data">The samples.</param>
    /// <param name="options">How long, and what beside.</param>
    public Trainer(TrainingMethod<T> method, TrainingData<T> data, TrainerOptions options)
        : this(method, options, Feeds(method, data))
    {
    }

    private Trainer(TrainingMethod<T> method, TrainerOptions options, (BatchFeed<T>? Minibatches, BatchFeed<T>? ActiveSets) feeds)
        : this(method, options, feeds.Minibatches, feeds.ActiveSets)
    {
    }

    /// <summary>
    /// Measures the model, whose parameters are <see cref="Model"/>, and returns the figure to minimise. Called between steps with
    /// the last step, null before the first.
    /// </summary>
    public Func<StepReport?, CancellationToken, double>? Evaluation { get; init; }

    /// <summary>The network that is trained, where there is one: checkpoints are then model files as well.</summary>
    public Network<T>? Network { get; init; }

    /// <summary>The unit of the network's outputs, as a model file states it.</summary>
    public double OutputScale { get; init; } = 1;

    /// <summary>The constraints that the network is trained under, as a model file states them, or null.</summary>
    public string? Constraints { get; init; }

    /// <summary>A step has been taken.</summary>
    public event EventHandler<StepReport>? Stepped;

    /// <summary>The model has been evaluated.</summary>
    public event EventHandler<TrainingEvaluation>? Evaluated;

    /// <summary>A checkpoint is on the disk: its path. That may be some steps behind its iteration.</summary>
    public event EventHandler<string>? Saved;

    /// <summary>Something that the user should know, such as a damaged checkpoint that was passed over.</summary>
    public event EventHandler<string>? Noted;

    /// <summary>What makes the steps.</summary>
    public TrainingMethod<T> Method => _method;

    /// <summary>Sums over all steps.</summary>
    public TrainerTotals Totals { get; private set; } = new();

    /// <summary>The steps behind the parameters that are kept: the best of all evaluations, or the last one; all steps where nothing evaluates.</summary>
    public long KeptIteration
    {
        get => Evaluation is null ? _method.Iteration : field;
        private set;
    }

    /// <summary>Their figure; positive infinity before the first evaluation.</summary>
    public double KeptFigure { get; private set; } = double.PositiveInfinity;

    /// <summary>The parameters that are evaluated: the average where one is asked for, else the method's own.</summary>
    public Tensor<T> Model => _average?.Value ?? _method.Parameters;

    /// <summary>The parameters that are kept: the best ones where those are asked for, else <see cref="Model"/>.</summary>
    public Tensor<T> Kept => _options.KeepsBest ? _best : Model;

    /// <summary>
    /// Restores the last whole checkpoint, if there is one; to be called before <see cref="Train"/>, once.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="OtherRunException">It is of another run.</exception>
    /// <exception cref="DamagedCheckpointException">There are checkpoints, and all are damaged.</exception>
    public bool Resume()
    {
        if (_options.Checkpoints?.Restore(Checkpoint(), text => Noted?.Invoke(this, text)) is not var (iteration, notes)) return false;
        _method.ResumeAt(Writer!.Latest = iteration);
        Totals = TrainerTotals.From(notes);
        (KeptIteration, KeptFigure) = ((long)notes.GetValueOrDefault("best_iteration"), notes.GetValueOrDefault("best_figure", double.PositiveInfinity));
        return true;
    }

    /// <summary>
    /// Steps until <see cref="TrainerOptions.Iterations"/>. Cancelled within a step, even within its solve, everything is as
    /// before that step and a checkpoint is written; the method and the trainer may go on from there. Cancelled within an
    /// evaluation no checkpoint is written: this trainer goes on with that evaluation, and a resumed run from the checkpoint
    /// before, to the same bits and the same evaluations.
    /// </summary>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="NonFiniteStepException">A step met a NaN or an infinity; the last checkpoint is a good one.</exception>
    /// <exception cref="UnconvergedStepException">A system was not solved, and the method stops then.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written; steps may have been taken since it was due.</exception>
    /// <exception cref="InvalidOperationException">The best parameters shall be kept, and nothing says which those are.</exception>
    public void Train(CancellationToken cancellation = default)
    {
        if (_options.KeepsBest && Evaluation is null)
        {
            throw new InvalidOperationException($"{_method.Name}: {nameof(TrainerOptions.KeepsBest)} is set and there is no {nameof(Evaluation)} to tell the best parameters by; set {nameof(Evaluation)}, or leave {nameof(TrainerOptions.KeepsBest)} false");
        }
        try
        {
            StepToEnd(cancellation);
        }
        catch
        {
            FinishQuietly();
            throw;
        }
        _writer?.Finish();
    }

    /// <summary>Gives back what draws batches, and the best parameters.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>What writes checkpoints; null where there shall be none.</summary>
    private CheckpointWriter<T>? Writer => _options.Checkpoints is not { } files
        ? null
        : _writer ??= _memory.Own(new CheckpointWriter<T>(files, Checkpoint(), _method.Device)
        {
            Saved = path => Saved?.Invoke(this, path),
            Noted = note => Noted?.Invoke(this, note),
        });

    private static (BatchFeed<T>? Minibatches, BatchFeed<T>? ActiveSets) Feeds(TrainingMethod<T> method, TrainingData<T> data)
    {
        var minibatches = Minibatches(method, data);
        try
        {
            return (minibatches, ActiveSets(method, data));
        }
        catch
        {
            minibatches?.Dispose();
            throw;
        }
    }

    private static BatchFeed<T>? Minibatches(TrainingMethod<T> method, TrainingData<T> data)
        => method.BatchSamples == 0 ? null : new BatchFeed<T>(
            new MinibatchSampler<T>(data.Labelled.Count, new RandomGenerator(data.Seed, MinibatchStream)),
            new BatchLoader<T>(method.Device, data.Labelled, method.BatchSamples, data.Unit, data.Images));

    private static BatchFeed<T>? ActiveSets(TrainingMethod<T> method, TrainingData<T> data)
    {
        if (method.ActiveSamples == 0) return null;
        var (source, generator) = (data.Unlabelled ?? data.Labelled, new RandomGenerator(data.Seed, ActiveSetStream));
        var images = ReferenceEquals(data.Images?.Source, source) ? data.Images : null;
        var sampler = data.ActiveSampler?.Invoke(generator) ?? Usual(source, generator);
        try
        {
            return new BatchFeed<T>(sampler, new BatchLoader<T>(method.Device, source, method.ActiveSamples, data.Unit, images));
        }
        catch
        {
            (sampler as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <summary>Random samples; of several groups where constraints compare samples within them.</summary>
    private static Sampler<T> Usual(ISampleSource source, RandomGenerator generator)
        => source.Groupings > 0 ? new GroupedActiveSet<T>(source, generator) : new RandomActiveSet<T>(source.Count, generator);

    private void StepToEnd(CancellationToken cancellation)
    {
        if (_method.Iteration == 0 && Writer is not { Latest: >= 0 })
        {
            Evaluate(null, cancellation);
            Save();
        }
        if (_owed is not null) EvaluateAndSave(_owed, cancellation);
        while (_method.Iteration < _options.Iterations)
        {
            _writer?.Poll();
            var report = StepOrSave(cancellation);
            // The step has waited for the device, and with it for the copies that were asked for before.
            _writer?.WriteArrived();
            Stepped?.Invoke(this, report);
            EvaluateAndSave(report, cancellation);
        }
        Save();
    }

    /// <summary>One step; where it is cancelled, the samplers go back to before it and a checkpoint is written.</summary>
    private StepReport StepOrSave(CancellationToken cancellation)
    {
        var (minibatches, activeSets) = (_minibatches?.Sampler.State, _activeSets?.Sampler.State);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            return Step(cancellation);
        }
        catch (OperationCanceledException)
        {
            if (minibatches is { } drawn) _minibatches!.Sampler.State = drawn;
            if (activeSets is { } chosen) _activeSets!.Sampler.State = chosen;
            Save();
            _writer?.Finish();
            throw;
        }
    }

    private StepReport Step(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        Batch<T>? active = _method.WantsActiveSet ? _activeSets?.Next(_method.Parameters, cancellation) : null;
        var batch = _minibatches?.Next(_method.Parameters, cancellation) ?? default;
        // The next samples come in while this step computes; a warm-up without active sets has none to come.
        _minibatches?.Prefetch();
        if (_method.WantsActiveSet) _activeSets?.Prefetch();
        var report = _method.Step(batch, active, cancellation);
        _average?.Add(report.Iteration);
        Totals = Totals.With(report, clock.Elapsed.TotalSeconds);
        return report;
    }

    /// <summary>What comes behind a step when it is time; an evaluation that is broken off stays owed.</summary>
    private void EvaluateAndSave(StepReport report, CancellationToken cancellation)
    {
        var isLast = report.Iteration == _options.Iterations;
        _owed = report;
        if (isLast || report.Iteration % _options.EvaluateEvery == 0) Evaluate(report, cancellation);
        _owed = null;
        if (report.Iteration % _options.CheckpointEvery == 0) Save();
    }

    private void Evaluate(StepReport? report, CancellationToken cancellation)
    {
        if (Evaluation is null) return;
        var figure = Evaluation(report, cancellation);
        var isKept = !_options.KeepsBest || figure < KeptFigure;
        if (isKept) (KeptIteration, KeptFigure) = (_method.Iteration, figure);
        if (isKept && _options.KeepsBest) _method.Device.Vectors.Copy(Model, _best);
        Evaluated?.Invoke(this, new TrainingEvaluation(_method.Iteration, report, figure, isKept));
    }

    /// <summary>Begins to write the present state, unless that was done already.</summary>
    private void Save()
    {
        if (Writer is not { } writer || writer.Latest == _method.Iteration) return;
        var notes = new Dictionary<string, double> { ["best_iteration"] = KeptIteration, ["best_figure"] = KeptFigure };
        Totals.WriteTo(notes);
        writer.Begin(_method.Iteration, notes);
    }

    /// <summary>Training has failed, which is what its caller must hear: the last checkpoint is brought to the disk if that can be.</summary>
    private void FinishQuietly()
    {
        try
        {
            _writer?.Finish();
        }
        catch (Exception e)
        {
            Noted?.Invoke(this, $"the checkpoint was lost: {e.Message}");
        }
    }

    private Checkpoint<T> Checkpoint()
    {
        var samplers = new List<(string, Sampler<T>)>();
        if (_minibatches is not null) samplers.Add(("minibatches", _minibatches.Sampler));
        if (_activeSets is not null) samplers.Add(("active_set", _activeSets.Sampler));
        var state = new List<(string, Tensor<T>)>(_method.State);
        if (!_best.IsAbsent) state.Add(("best", _best));
        if (_average is not null) state.Add(("average", _average.Value));
        return new Checkpoint<T>(_method.Name, _method.Parameters)
        {
            Network = Network,
            OutputScale = OutputScale,
            Constraints = Constraints,
            Settings = _options.Settings,
            State = state,
            Samplers = samplers,
        };
    }
}
