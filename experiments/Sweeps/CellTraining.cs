namespace PoseEngine.Experiments.Sweeps;

/// <summary>Trains cells on one device; data, network and evaluators are made once for all of them.</summary>
internal sealed class CellTraining<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Training samples that the constraints are measured on; those of C where it is a part of them.</summary>
    private const int TrainingSamples = 2000;

    private readonly SweepDirectory _sweep;
    private readonly SweepPlan _plan;
    private readonly string _device;
    private readonly ProblemDevice<T> _on;
    private readonly SampleSet _trainingSamples;
    private readonly int _batch;
    private readonly Evaluator<T> _onTraining;

    public CellTraining(SweepDirectory sweep, SweepPlan plan, SweepSpec spec, ComputeDevice<T> device, Problem problem)
    {
        (_sweep, _plan, _device, _batch) = (sweep, plan, device.Name, spec.Batch);
        _on = new ProblemDevice<T>(device, problem);
        _trainingSamples = (problem.Data.Settings.Constrained is null ? problem.Data.Labelled : problem.Data.Constrained).Some(TrainingSamples);
        _onTraining = new Evaluator<T>(_on.Network, _trainingSamples.Source);
    }

    /// <summary>Trains a cell from its checkpoint or anew, measures it and writes its files; summary.json comes last. The caller holds the
    /// cell's lock.</summary>
    /// <param name="fresh">Whether what is there of it is thrown away.</param>
    /// <param name="observer">Who watches.</param>
    /// <param name="cancellation">Ctrl-C, or the lock was lost.</param>
    public RunSummary Train(SweepCell cell, bool fresh, IRunObserver observer, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var config = Config(cell);
        var directory = RunDirectory.Create(_sweep.FolderOf(cell), config, fresh ? ExistingRun.Overwrite : ExistingRun.Resume);
        var run = new TrainingRun<T>(_on, _batch, (ulong)cell.Seed, directory, observer);
        var model = run.Train(cell.Plan, StartOf(cell), goesOn: false, cancellation);
        var w = _on.Load(directory, model);
        var constraints = new CellConstraints(
            ConstraintStatistics.Of(_on.Measure(_onTraining, _trainingSamples, w, cancellation)), ConstraintStatistics.Of(_on.Measure(w, cancellation)));
        cancellation.ThrowIfCancellationRequested();
        constraints.Write(directory.Path);
        var summary = _on.Summarize(config, [model], clock.Elapsed.TotalSeconds);
        directory.WriteSummary(summary);
        // A cell that is done needs no checkpoint, which takes as much room as several models.
        foreach (var path in Directory.EnumerateFiles(directory.CheckpointsPath)) File.Delete(path);
        return summary;
    }

    /// <summary>Gives the memory of images and evaluations back.</summary>
    public void Dispose()
    {
        _onTraining.Dispose();
        _on.Dispose();
    }

    private Tensors.Tensor<T> StartOf(SweepCell cell)
    {
        if (cell.Start is null) return _on.InitialWeights((ulong)cell.Seed);
        var directory = RunDirectory.Open(_sweep.FolderOf(_plan.Cells.Single(c => c.Name == cell.Start)));
        return _on.Load(directory, directory.ReadSummary()!.Models[0]);
    }

    private RunConfig Config(SweepCell cell)
    {
        var settings = _plan.Settings.DeepClone().AsObject();
        settings["model"] = cell.Plan.ToNode();
        settings["start"] = cell.Start;
        return new RunConfig(
            "sweep", _plan.CommandLine, _plan.Preset, cell.Seed, _device, _plan.Precision, _plan.Version, DateTimeOffset.Now, settings, [$"A cell of the sweep {_plan.Name}."]);
    }
}
