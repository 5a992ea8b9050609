using PoseEngine.Files;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>Where a cell stands.</summary>
public enum CellState
{
    /// <summary>Nobody works on it; it may have a checkpoint.</summary>
    Left,

    /// <summary>A process holds its lock.</summary>
    Running,

    /// <summary>It has a summary.json.</summary>
    Done,

    /// <summary>It failed as often as it is tried.</summary>
    Broken,

    /// <summary>The model that it starts from is broken.</summary>
    Blocked,
}

/// <summary>How many cells stand where.</summary>
/// <param name="Running">With a process working on them.</param>
/// <param name="Left">Neither, and not given up.</param>
/// <param name="Broken">Given up, or never to start.</param>
public sealed record CellCounts(int Done, int Running, int Left, int Broken)
{
    public int Total => Done + Running + Left + Broken;
}

/// <summary>Looks at the folders of all cells; what is final is remembered. Several threads may look.</summary>
internal sealed class SweepCells(SweepDirectory sweep, SweepSpec spec)
{
    private readonly Dictionary<string, CellState> _final = [];
    private readonly Lock _gate = new();

    /// <summary>Heard of each cell once when it is first seen done, with the seconds that it took.</summary>
    public Action<SweepCell, double>? Finished { get; set; }

    /// <summary>The state of each cell, in the order of training.</summary>
    public IReadOnlyList<(SweepCell Cell, CellState State)> Look()
    {
        lock (_gate)
        {
            var states = new Dictionary<string, CellState>();
            var cells = new List<(SweepCell, CellState)>();
            foreach (var cell in spec.Cells)
            {
                var state = StateOf(cell, states);
                states[cell.Name] = state;
                cells.Add((cell, state));
            }
            return cells;
        }
    }

    public static CellCounts Count(IEnumerable<CellState> cells)
    {
        var states = cells.ToLookup(state => state);
        int Of(CellState state) => states[state].Count();
        return new(Of(CellState.Done), Of(CellState.Running), Of(CellState.Left), Of(CellState.Broken) + Of(CellState.Blocked));
    }

    public static CellState StateOf(string folder)
    {
        if (File.Exists(Path.Combine(folder, "summary.json"))) return CellState.Done;
        if (CellFailures.AreFinal(CellFailures.Read(folder))) return CellState.Broken;
        return FolderLock.HolderOf(folder) is null ? CellState.Left : CellState.Running;
    }

    private CellState StateOf(SweepCell cell, Dictionary<string, CellState> states)
    {
        if (_final.TryGetValue(cell.Name, out var final)) return final;
        var blocked = cell.Start is not null && states[cell.Start] is CellState.Broken or CellState.Blocked;
        var state = blocked ? CellState.Blocked : StateOf(sweep.FolderOf(cell));
        if (state == CellState.Done) Finished?.Invoke(cell, SecondsOf(cell));
        if (state is CellState.Done or CellState.Broken) _final[cell.Name] = state;
        return state;
    }

    private double SecondsOf(SweepCell cell)
    {
        try
        {
            return RunDirectory.Open(sweep.FolderOf(cell)).ReadSummary()?.SecondsTotal ?? double.NaN;
        }
        catch (UserErrorException)
        {
            // A damaged summary is the report's to complain about.
            return double.NaN;
        }
    }
}
