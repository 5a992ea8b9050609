namespace PoseEngine.Experiments.Sweeps;

/// <summary>What a process knows of its sweep, for the console. Several threads write and read it.</summary>
internal sealed class SweepBoard
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly List<SweepSlot> _slots = [];
    private readonly Dictionary<string, (double Seconds, int Count)> _times = [];
    private CellCounts _counts = new(0, 0, 0, 0);
    private Dictionary<string, int> _open = [];
    private string _phase = "";

    public SweepBoard(TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _start = _clock.GetTimestamp();
    }

    /// <summary>Hears of what is worth a line of its own.</summary>
    public Action<string>? Told { get; set; }

    /// <summary>Hears of every training step of this process.</summary>
    public Action? Stepped { get; set; }

    /// <summary>Seconds since the start.</summary>
    public double Now => _clock.GetElapsedTime(_start).TotalSeconds;

    /// <summary>The devices of this process.</summary>
    public IReadOnlyList<SweepSlot> Slots
    {
        get
        {
            lock (_gate) return [.. _slots];
        }
    }

    /// <summary>A device that works on cells.</summary>
    public SweepSlot AddSlot(string device)
    {
        lock (_gate)
        {
            var slot = new SweepSlot(this, device);
            _slots.Add(slot);
            return slot;
        }
    }

    /// <summary>What a look at the cells found.</summary>
    public void Show(IReadOnlyList<(SweepCell Cell, CellState State)> cells)
    {
        lock (_gate)
        {
            _counts = SweepCells.Count(cells);
            _open = cells.Where(c => c.State is CellState.Left or CellState.Running)
                .GroupBy(c => c.Cell.Plan.Settings.Method.Name).ToDictionary(g => g.Key, g => g.Count());
        }
    }

    /// <summary>A cell took some seconds.</summary>
    public void Took(SweepCell cell, double seconds)
    {
        if (!double.IsFinite(seconds)) return;
        lock (_gate)
        {
            var (sum, count) = _times.GetValueOrDefault(cell.Plan.Settings.Method.Name);
            _times[cell.Plan.Settings.Method.Name] = (sum + seconds, count + 1);
        }
    }

    /// <summary>The making of data has progressed.</summary>
    public void Phase(string name, long done, long total)
    {
        lock (_gate) _phase = done >= total && total > 0 ? "" : total > 0 ? $"{name}: {done:N0} of {total:N0}; " : $"{name}: {done:N0}; ";
    }

    /// <summary>Passes a line on.</summary>
    public void Tell(string line) => Told?.Invoke(line);

    /// <summary>"12 of 28 cells done, 2 running, 13 left, 1 broken; about 3:10 left".</summary>
    public string Status()
    {
        lock (_gate)
        {
            if (_counts.Total == 0) return _phase.TrimEnd(' ', ';');
            var broken = _counts.Broken > 0 ? $", {_counts.Broken} broken" : "";
            return $"{_phase}{_counts.Done} of {_counts.Total} cells done, {_counts.Running} running, {_counts.Left} left{broken}{(_open.Count > 0 ? $"; {TimeLeft()}" : "")}";
        }
    }

    /// <summary>
    /// The open cells at the mean time of the done ones of their method, or of all where there are none, shared by the
    /// cells that run at once; what the cells of this process have behind them is taken off.
    /// </summary>
    internal double SecondsLeft()
    {
        lock (_gate)
        {
            var count = _times.Values.Sum(t => t.Count);
            if (count == 0) return double.NaN;
            var mean = _times.Values.Sum(t => t.Seconds) / count;
            double MeanOf(string method) => _times.TryGetValue(method, out var t) ? t.Seconds / t.Count : mean;
            var work = _open.Sum(open => open.Value * MeanOf(open.Key));
            work -= _slots.Sum(slot => slot.Share * MeanOf(slot.Method));
            return Math.Max(work, 0) / Math.Max(1, Math.Max(_counts.Running, _slots.Count));
        }
    }

    private string TimeLeft() => SecondsLeft() is var left && double.IsFinite(left) ? $"about {Num.Duration(left)} left" : "time left not known yet";
}

/// <summary>One device of the process, and the observer of the cell that it trains.</summary>
internal sealed class SweepSlot(SweepBoard board, string device) : IRunObserver
{
    private readonly Lock _gate = new();
    private SweepCell? _cell;
    private ModelProgress? _progress;

    /// <summary>The device's name.</summary>
    public string Device { get; } = device;

    /// <summary>The method in training, "" for none.</summary>
    public string Method => _cell?.Plan.Settings.Method.Name ?? "";

    /// <summary>How much of the cell is done, 0 to 1.</summary>
    public double Share
    {
        get
        {
            lock (_gate) return _progress is { Total: > 0 } p ? (double)p.Iteration / p.Total : 0;
        }
    }

    /// <summary>A cell is taken.</summary>
    public void Take(SweepCell cell)
    {
        lock (_gate) (_cell, _progress) = (cell, null);
    }

    /// <summary>The cell is given back.</summary>
    public void Leave()
    {
        lock (_gate) (_cell, _progress) = (null, null);
    }

    /// <summary>What it trains and how far it is, as cells of a table; null while it waits.</summary>
    public (string Name, string Iteration, string Error, string Violation, string Rate, string Left)? Row()
    {
        lock (_gate)
        {
            if (_cell is null) return null;
            var name = MethodClasses.Pretty(_cell.Name);
            return _progress is { } p
                ? (name, $"{p.Iteration:N0}/{p.Total:N0}", Num.Mm(p.Error, 1), Num.Mm(p.MedianViolation), Num.Short(p.Rate), Num.Duration(p.SecondsLeft))
                : (name, "", "", "", "", "");
        }
    }

    /// <inheritdoc/>
    public void PhaseProgress(string name, long done, long total) => board.Phase(name, done, total);

    /// <inheritdoc/>
    public void Begin(string model, int totalIterations, int startIteration = 0)
    {
        lock (_gate) _progress = new ModelProgress(model, totalIterations, startIteration, board.Now);
        var from = startIteration > 0 ? $", resumed after {startIteration:N0}" : "";
        board.Tell($"{MethodClasses.Pretty(_cell!.Name)}: {totalIterations:N0} iterations on {Device}{from}");
    }

    /// <inheritdoc/>
    public void Step(int iteration, double loss, double? krylovIterations = null)
    {
        lock (_gate) _progress?.Step(iteration, loss, krylovIterations, board.Now);
        board.Stepped?.Invoke();
    }

    /// <inheritdoc/>
    public void Evaluated(MetricLine line)
    {
        lock (_gate) _progress?.Evaluated(line);
    }

    /// <inheritdoc/>
    public void End(ModelSummary summary)
    {
        lock (_gate) _progress?.End(summary);
        board.Tell($"{MethodClasses.Pretty(_cell!.Name)}: done, error {Num.Mm(summary.Error, 1)} mm, "
            + $"median |C| {Num.Mm(summary.MedianViolation)} mm, {Num.Short(summary.SecondsPerIteration)} s/iteration");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
