namespace PoseEngine.Experiments.Runs;

/// <summary>What all models of a run share.</summary>
internal sealed record TrainingRun<T>(ProblemDevice<T> On, int Batch, ulong Seed, RunDirectory Directory, IRunObserver Observer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Trains a model from given parameters, or finishes what a checkpoint began.</summary>
    /// <param name="goesOn">Whether a model that diverges is summarized as such: others do not depend on it.</param>
    /// <exception cref="DivergedException">It diverged, and <paramref name="goesOn"/> is false.</exception>
    public ModelSummary Train(ModelPlan plan, Tensor<T> start, bool goesOn, CancellationToken cancellation)
    {
        using var training = new ModelTraining<T>(this, plan, start);
        try
        {
            return training.Train(cancellation);
        }
        catch (DivergedException e) when (goesOn)
        {
            return training.SummarizeDiverged(e);
        }
    }
}

/// <summary>Trains one model of a run: configures the engine's trainer, measures poses, and writes metrics and model files when it hears of
/// evaluations.</summary>
internal sealed class ModelTraining<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TrainingRun<T> _run;
    private readonly ModelPlan _plan;
    private readonly Tensor<T> _w;
    private readonly TrainingMethod<T> _method;
    private readonly CheckpointFiles _checkpoints;
    private readonly Trainer<T> _trainer;
    private Measured? _last;

    /// <summary>A training that starts at <paramref name="start"/>, which it copies.</summary>
    public ModelTraining(TrainingRun<T> run, ModelPlan plan, Tensor<T> start)
    {
        (_run, _plan) = (run, plan);
        _w = run.On.Device.Zeros(start.Count);
        run.On.Device.Vectors.Copy(start, _w);
        _method = run.On.Parts.Method(plan.Settings, _w, run.Batch);
        _checkpoints = new CheckpointFiles(run.Directory.CheckpointsPath, RunDirectory.FileName(Label));
        var options = new TrainerOptions(plan.Iterations)
        {
            EvaluateEvery = plan.EvaluateEvery,
            Checkpoints = _checkpoints,
            CheckpointEvery = plan.CheckpointEvery,
            Settings = Settings(),
            // Only the unconstrained model is the one with the smallest validation error, as in the paper.
            KeepsBest = KeepsBest,
            Average = plan.Settings.Get(Setting.Average),
        };
        _trainer = new Trainer<T>(_method, run.On.TrainingData(plan.Settings, run.Seed), options)
        {
            Evaluation = Evaluate,
            Network = run.On.Network,
            OutputScale = OutputUnit,
            Constraints = Constraints,
        };
        _trainer.Stepped += (_, step) => _run.Observer.Step((int)step.Iteration, step.Loss, plan.Settings.UsesKrylov ? step.Solve?.Iterations : null);
        _trainer.Evaluated += (_, evaluation) => Write(evaluation);
        _trainer.Noted += (_, note) => _run.Observer.Note(note);
    }

    /// <summary>The constraints of the problem, which the unconstrained model is measured by too.</summary>
    private string Constraints => Problem.Constraints.ToJson();

    /// <summary>Units of the targets in one unit of the outputs, where all have the same.</summary>
    private double OutputUnit => Problem.Scale.Outputs.Unit ?? 1;

    private Problem Problem => _run.On.Problem;
    private bool KeepsBest => _plan.Settings.Method.Class == Methods.MethodClass.Unconstrained;
    private string Label => _plan.Settings.Label;
    private string ModelPath => _run.Directory.ModelPath(Label);

    /// <summary>Trains, or finishes what a checkpoint began, and returns the summary of the saved model.</summary>
    /// <exception cref="OperationCanceledException">The user stopped the run; a checkpoint was written, unless within an evaluation: then the one before counts.</exception>
    /// <exception cref="DivergedException">A step met a NaN or an infinity.</exception>
    /// <exception cref="UserErrorException">A solve did not converge and the run shall stop then.</exception>
    public ModelSummary Train(CancellationToken cancellation)
    {
        // Metrics behind the checkpoint are written once more, with the same bits.
        _run.Directory.TruncateAfter(Label, _trainer.Resume() ? (int)_method.Iteration : -1);
        _run.Observer.Begin(Label, _plan.Iterations, (int)_method.Iteration);
        try
        {
            _trainer.Train(cancellation);
        }
        catch (NonFiniteStepException e)
        {
            throw new DivergedException(Label, e, _checkpoints.Newest);
        }
        catch (UnconvergedStepException e)
        {
            throw new UserErrorException($"{Label}: {e.Message} --on-unconverged is stop; {UnconvergedSolves.Remedy(_plan.Settings)}", e);
        }
        if (UnconvergedSolves.Warning(_plan.Settings, _trainer.Totals) is { } warning) _run.Observer.Note(warning);
        return Summarize(Kept(cancellation), null);
    }

    /// <summary>The summary of a model whose training met a NaN or an infinity: it has no figures at its end, its model file is that of the
    /// last evaluation before.</summary>
    public ModelSummary SummarizeDiverged(DivergedException diverged)
        => Summarize(null, new Divergence((int)diverged.Cause.Iteration, diverged.Cause.Message));

    public void Dispose()
    {
        _trainer.Dispose();
        _method.Dispose();
        _w.Storage.Dispose();
    }

    private double Evaluate(StepReport? step, CancellationToken cancellation)
    {
        _last = _run.On.Measure(_trainer.Model, cancellation);
        var error = _last.Value("error");
        // Before anything is written: the last checkpoint stays a good one.
        return double.IsFinite(error) ? error : throw new NonFiniteStepException(_method.Iteration, "the validation error");
    }

    /// <summary>Model and line come before the checkpoint of this iteration. Where the program dies between them, the resumed run drops the
    /// line, comes here again and writes both with the same bits.</summary>
    private void Write(TrainingEvaluation at)
    {
        var (measured, step) = (_last!, at.Step);
        var line = new MetricLine(
            Label, _plan.Settings.Method.Name, (int)at.Iteration, _trainer.Totals.Seconds, step?.Loss ?? double.NaN,
            _plan.Settings.UsesKrylov ? step?.Solve?.Iterations : null, step?.MultiplierNorm, step?.StepNorm ?? 0,
            step?.Solve?.Gram?.Rows, step?.Solve?.Gram?.Rank, step?.Solve?.Gram?.Gap, step?.Solve?.RemovedNorm,
            step?.Eta, step?.Solve is null ? null : _plan.Settings.Method.LowMomentShare(_method))
        {
            Metrics = MetricFigures.Of(measured, Problem),
            Delta = step?.Delta,
        };
        if (at.IsKept) SaveModel();
        _run.Directory.AppendMetrics(line);
        _run.Observer.Evaluated(line);
    }

    private void SaveModel()
    {
        var metadata = Problem.Metadata();
        (metadata["method"], metadata["label"], metadata["iteration"]) = (_plan.Settings.Method.Name, Label, $"{_method.Iteration}");
        var model = new ModelFile<T>(_run.On.Network, _trainer.Model, OutputUnit, metadata).WithConstraints(Constraints);
        OutputFile.Guard(ModelPath, () => model.Save(ModelPath));
    }

    /// <summary>Everything that a step's numbers depend on, as text.</summary>
    private Dictionary<string, string> Settings()
    {
        var settings = _plan.Settings.ToDictionary().ToDictionary(s => s.Key, s => JsonSerializer.Serialize(s.Value, RunJson.Line).Trim('"'));
        settings["batch"] = $"{_run.Batch}";
        settings["seed"] = $"{_run.Seed}";
        settings["data set"] = $"{Problem.Data.Settings.Fingerprint} ({Problem.Data.Labelled.Count} images, split {Problem.Data.Settings.Split})";
        if (!ReferenceEquals(Problem.Data.Constrained, Problem.Data.Labelled)) settings["constrained"] = $"{Problem.Data.Constrained.Count}";
        return settings;
    }

    private ModelSummary Summarize(Measured? kept, Divergence? divergence)
    {
        var (settings, totals) = (new Dictionary<string, object?>(_plan.Settings.ToDictionary()), _trainer.Totals);
        if (KeepsBest && kept is not null) settings["bestIteration"] = _trainer.KeptIteration;
        settings["batch"] = _run.Batch;
        // Of hard methods the steps that solve a system count: the warm-up of Hard-Adam has none. NaN where none did.
        var secondsPerIteration = !_plan.Settings.IsHard ? totals.Seconds / Math.Max(_method.Iteration, 1)
            : totals.Solves > 0 ? totals.SolvedSeconds / totals.Solves : double.NaN;
        var summary = new ModelSummary(
            Label, _plan.Settings.Method.Name, settings, (int)_method.Iteration, secondsPerIteration,
            _plan.Settings.UsesKrylov && totals.Solves > 0 ? totals.KrylovIterations / (double)totals.Solves : null,
            _run.Directory.Relative(ModelPath), kept?.ShareCurve() ?? [], divergence)
        {
            Metrics = MetricFigures.Of(kept, Problem),
            Solves = _plan.Settings.IsHard ? totals.Solves : null,
            UnconvergedSolves = _plan.Settings.IsHard ? totals.Unconverged : null,
            RejectedSteps = _plan.Settings.Get(Setting.Reject) == Rejection.Merit ? totals.Rejected : null,
        };
        _run.Observer.End(summary);
        return summary;
    }

    /// <summary>The evaluation of the saved model; measured once more where it was made before a resume or is not the last.</summary>
    private Measured Kept(CancellationToken cancellation)
        => _last is not null && _trainer.KeptIteration == _method.Iteration ? _last : _run.On.Measure(_trainer.Kept, cancellation);
}

/// <summary>Training met a NaN or an infinity and the run stopped.</summary>
/// <param name="checkpoint">The last good checkpoint, or null.</param>
public sealed class DivergedException(string model, NonFiniteStepException cause, string? checkpoint)
    : Exception($"{model}: {cause.Message}; {(checkpoint is null ? "there is no checkpoint yet" : $"the last good checkpoint is {checkpoint}")}; make the step smaller: poseengine train takes --eta (larger), --rate (smaller) for hard methods --delta (larger) and for hard-adam --epsilon (larger)", cause)
{
    public NonFiniteStepException Cause => cause;
}
