using System.Collections.Concurrent;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>What a process knows of its sweep, for the console. Several threads write and read it.</summary>
internal sealed class SweepBoard
{
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<SweepSlot> _slots = [];
    private readonly Dictionary<string, (double Seconds, int Count)> _times = [];
    private CellCounts _counts = new(0, 0, 0, 0);
    private Dictionary<string, int> _open = [];
    private readonly PhasePace _pace = new();
    private string _phase = "";

    public Elapsed Clock { get; } = new();

    /// <summary>Hears of what is worth a line of its own.</summary>
    public Action<string>? Told { get; set; }

    /// <summary>Hears of every training step of this process.</summary>
    public Action? Stepped { get; set; }

    public IReadOnlyCollection<SweepSlot> Slots => _slots;

    public SweepSlot AddSlot(string device)
    {
        var slot = new SweepSlot(this, device);
        _slots.Enqueue(slot);
        return slot;
    }

    /// <summary>What a look at the cells found.</summary>
    public void Show(IReadOnlyList<(SweepCell Cell, CellState State)> cells)
    {
        lock (_gate)
        {
            _counts = SweepCells.Count(cells.Select(c => c.State));
            _open = cells.Where(c => c.State is CellState.Left or CellState.Running)
                .GroupBy(c => c.Cell.Plan.Settings.Method.Name).ToDictionary(g => g.Key, g => g.Count());
        }
    }

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
        lock (_gate) _phase = PhasePace.HasEnded(done, total) ? "" : $"{_pace.Text(name, done, total, Clock.Seconds)}; ";
    }

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

    /// <summary>The open cells at the mean time of the done ones of their method, or of all where there are none, shared by the cells that
    /// run at once; what the cells of this process have behind them is taken off.</summary>
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

    public string Device { get; } = device;

    /// <summary>The method in training, "" for none.</summary>
    public string Method => _cell?.Plan.Settings.Method.Name ?? "";

    public double Share => _progress?.Share ?? 0;

    public void Take(SweepCell cell)
    {
        lock (_gate) (_cell, _progress) = (cell, null);
    }

    public void Leave()
    {
        lock (_gate) (_cell, _progress) = (null, null);
    }

    /// <summary>What it trains, "" while it waits, how far that is, and the cells of its row.</summary>
    public (string Name, string Place, IReadOnlyList<string> Cells) Row()
    {
        lock (_gate) return (_cell is null ? "" : Name, _progress?.Place ?? "", _progress?.Cells ?? [.. ModelProgress.Heads.Select(_ => "")]);
    }

    public void PhaseProgress(string name, long done, long total) => board.Phase(name, done, total);

    public void Begin(string model, int totalIterations, int startIteration = 0)
    {
        var progress = new ModelProgress(Name, totalIterations, startIteration, board.Clock.Seconds);
        lock (_gate) _progress = progress;
        board.Tell(progress.Started($" on {Device}"));
    }

    public void Step(int iteration, double loss, double? krylovIterations = null)
    {
        lock (_gate) _progress?.Step(iteration, loss, krylovIterations, board.Clock.Seconds);
        board.Stepped?.Invoke();
    }

    public void Evaluated(MetricLine line)
    {
        lock (_gate) _progress?.Evaluated(line);
    }

    public void End(ModelSummary summary)
    {
        lock (_gate) _progress?.End(summary);
        board.Tell(ModelProgress.Finished(Name, summary));
    }

    public void Dispose()
    {
    }

    private string Name => MethodClasses.Pretty(_cell!.Name);
}
