namespace PoseEngine.Experiments.Sweeps;

/// <summary>Trains cells on one device; data, network and evaluators are made once for all of them.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class CellTraining<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Training samples that the constraints are measured on.</summary>
    private const int TrainingSamples = 2000;

    private readonly SweepDirectory _sweep;
    private readonly SweepPlan _plan;
    private readonly string _device;
    private readonly TrainingProblem<T> _problem;
    private readonly Evaluator<T> _onTraining;

    /// <summary>Cells of a sweep on a device.</summary>
    public CellTraining(SweepDirectory sweep, SweepPlan plan, SweepSpec spec, ComputeDevice<T> device, DataSet data)
    {
        (_sweep, _plan, _device) = (sweep, plan, device.Name);
        _problem = new TrainingProblem<T>(device, data, spec.Batch);
        _onTraining = new Evaluator<T>(_problem.Network, new SomeSamples(data.Poses.Train, TrainingSamples), PoseRun<T>.UnitMm);
    }

    /// <summary>
    /// Trains a cell from its checkpoint or anew, measures it and writes its files; summary.json comes last. The caller holds
    /// the cell's lock.
    /// </summary>
    /// <param name="cell">The cell.</param>
    /// <param name="fresh">Whether what is there of it is thrown away.</param>
    /// <param name="observer">Who watches.</param>
    /// <param name="cancellation">Ctrl-C, or the lock was lost.</param>
    public RunSummary Train(SweepCell cell, bool fresh, IRunObserver observer, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var config = Config(cell);
        var directory = RunDirectory.Create(_sweep.FolderOf(cell), config, fresh ? ExistingRun.Overwrite : ExistingRun.Resume);
        var run = _problem.Run((ulong)cell.Seed, directory, observer);
        var model = TrainingProblem<T>.Train(run, cell.Plan, StartOf(cell), goesOn: false, cancellation);
        var w = _problem.Load(directory, model);
        var constraints = new CellConstraints(
            ConstraintStatistics.Of(_onTraining.Measure(w, cancellation: cancellation)), ConstraintStatistics.Of(_problem.Evaluator.Measure(w, cancellation: cancellation)));
        cancellation.ThrowIfCancellationRequested();
        constraints.Write(directory.Path);
        var summary = _problem.Summarize(config, [model], clock.Elapsed.TotalSeconds);
        directory.WriteSummary(summary);
        // A cell that is done needs no checkpoint, which takes as much room as several models.
        foreach (var path in Directory.EnumerateFiles(directory.CheckpointsPath)) File.Delete(path);
        return summary;
    }

    /// <summary>Gives the memory of the evaluation on training samples back.</summary>
    public void Dispose() => _onTraining.Dispose();

    private Tensors.Tensor<T> StartOf(SweepCell cell)
    {
        if (cell.Start is null) return _problem.InitialWeights((ulong)cell.Seed);
        var directory = RunDirectory.Open(_sweep.FolderOf(_plan.Cells.Single(c => c.Name == cell.Start)));
        return _problem.Load(directory, directory.ReadSummary()!.Models[0]);
    }

    private RunConfig Config(SweepCell cell)
    {
        var model = JsonSerializer.SerializeToNode(cell.Plan.Settings.ToDictionary(), RunJson.Line)!.AsObject();
        model["method"] = cell.Plan.Settings.Method;
        model["iterations"] = cell.Plan.Iterations;
        model["evaluateEvery"] = cell.Plan.EvaluateEvery;
        var settings = _plan.Settings.DeepClone().AsObject();
        settings["model"] = model;
        settings["start"] = cell.Start;
        return new RunConfig(
            "sweep", _plan.CommandLine, _plan.Preset, cell.Seed, _device, _plan.Precision, _plan.Version, DateTimeOffset.Now, settings, [$"A cell of the sweep {_plan.Name}."]);
    }
}
