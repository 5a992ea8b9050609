using PoseEngine.Cuda.Native;
using PoseEngine.Files;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>A device that takes part in a sweep.</summary>
/// <param name="Name">"cpu", or such as "cuda:1": the same for the same device, however the command line names it.</param>
/// <param name="Kind">"cpu" or "cuda": a cell is only continued on the kind that began it, which gives the same bits.</param>
/// <param name="Open">Opens it, on the thread that will use it.</param>
public sealed record SweepDevice<T>(string Name, string Kind, Func<ComputeDevice<T>> Open)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>Works on the cells of a sweep, one at a time on each device of this process, beside any number of other processes. A cell that
/// fails is tried once more and then given up; the others go on.</summary>
internal sealed class SweepRunner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly SweepDirectory _sweep;
    private readonly SweepPlan _plan;
    private readonly SweepSpec _spec;
    private readonly SweepCells _cells;
    private readonly SweepBoard _board;
    private readonly CancellationToken _user;
    private readonly List<string> _kinds;
    private readonly List<Exception> _ends = [];
    private readonly Lock _gate = new();

    /// <summary>A runner.</summary>
    /// <param name="sweep">The sweep's folder.</param>
    /// <param name="board">What the console shows.</param>
    /// <param name="user">Ctrl-C.</param>
    public SweepRunner(SweepDirectory sweep, SweepSpec spec, IReadOnlyList<SweepDevice<T>> devices, SweepBoard board, CancellationToken user)
    {
        (_sweep, _plan, _spec, _board, _user) = (sweep, sweep.ReadPlan(), spec, board, user);
        Devices = devices;
        _kinds = [.. devices.Select(device => device.Kind)];
        _cells = new SweepCells(sweep, spec) { Finished = board.Took };
    }

    public IReadOnlyList<SweepDevice<T>> Devices { get; }

    /// <summary>Whether any cell is neither done nor given up.</summary>
    public bool HasWork()
    {
        var cells = _cells.Look();
        _board.Show(cells);
        return SweepCells.Count(cells.Select(c => c.State)) is { Left: > 0 } or { Running: > 0 };
    }

    /// <summary>Works until every cell is done or given up, by this process or another.</summary>
    /// <exception cref="OperationCanceledException">The user stopped it; the cells in training have checkpoints.</exception>
    /// <exception cref="UserErrorException">Files cannot be written.</exception>
    /// <exception cref="CudaException">No device of this process works any more.</exception>
    public void Run(Problem problem)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_user);
        var threads = Devices.Select(device => new Thread(() => Work(device, problem, stop)) { Name = $"sweep on {device.Name}" }).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        _user.ThrowIfCancellationRequested();
        if (_ends.Find(e => e is not CudaException) is { } fault) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        if (_ends.Count == Devices.Count && _ends.Count > 0) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_ends[0]);
    }

    private void Work(SweepDevice<T> on, Problem problem, CancellationTokenSource stop)
    {
        var slot = _board.AddSlot(on.Name);
        try
        {
            using var device = on.Open();
            using var training = new CellTraining<T>(_sweep, _plan, _spec, device, problem);
            while (true)
            {
                stop.Token.ThrowIfCancellationRequested();
                if (Next(on, out var finished) is { } taken) Train(training, taken, on, slot, stop.Token);
                else if (finished) return;
                else stop.Token.WaitHandle.WaitOne(Poll);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The cell has its checkpoint and its lock is free.
        }
        catch (CudaException e)
        {
            // The device is of no more use to this process; the others go on.
            _board.Tell($"{on.Name} is given up: {e.Message.Split('\n')[0]}");
            lock (_gate)
            {
                _kinds.Remove(on.Kind);
                _ends.Add(e);
            }
        }
        catch (Exception e)
        {
            // A full disk, or a slip of this program: no fault of a cell, and nothing that the other devices would not meet.
            lock (_gate) _ends.Add(e);
            stop.Cancel();
        }
    }

    /// <summary>Takes the next cell that can be trained on a device; null where there is none at the moment.</summary>
    private (SweepCell Cell, FolderLock Lock, bool Fresh)? Next(SweepDevice<T> on, out bool finished)
    {
        var cells = _cells.Look();
        _board.Show(cells);
        finished = SweepCells.Count(cells.Select(c => c.State)) is { Left: 0, Running: 0 };
        var done = cells.Where(c => c.State == CellState.Done).Select(c => c.Cell.Name).ToHashSet();
        foreach (var (cell, state) in cells)
        {
            if (state != CellState.Left || (cell.Start is not null && !done.Contains(cell.Start))) continue;
            var folder = _sweep.FolderOf(cell);
            var begun = DeviceOf(folder);
            var fresh = begun is not null && begun != on.Kind;
            if (fresh && HasKind(begun!)) continue;
            if (FolderLock.TryTake(folder, on.Name) is not { } taken) continue;
            if (!IsStillOpen(folder, on, taken)) continue;
            _board.Show([.. cells.Select(c => c.Cell == cell ? (cell, CellState.Running) : c)]);
            return (cell, taken, fresh);
        }
        return null;
    }

    /// <summary>Between the look and the lock another process may have finished the cell, or died over it.</summary>
    private bool IsStillOpen(string folder, SweepDevice<T> on, FolderLock taken)
    {
        try
        {
            if (!File.Exists(Path.Combine(folder, "summary.json")))
            {
                if (taken.Stale is { } dead)
                {
                    var lines = RunLines(folder);
                    CellFailures.Add(folder, new CellFailure(
                        CellFailure.Lost, $"process {dead.Process} on {dead.Host.Split('/')[0]} ended without a word", DateTime.UtcNow, dead.Worker, lines));
                    _board.Tell($"{Path.GetFileName(folder)}: taken over on {on.Name} from process {dead.Process}, which is gone");
                }
                if (!CellFailures.AreFinal(CellFailures.Read(folder))) return true;
            }
        }
        catch
        {
            taken.Dispose();
            throw;
        }
        taken.Dispose();
        return false;
    }

    private void Train(CellTraining<T> training, (SweepCell Cell, FolderLock Lock, bool Fresh) taken, SweepDevice<T> on, SweepSlot slot, CancellationToken stop)
    {
        var (cell, held, fresh) = taken;
        slot.Take(cell);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, held.Lost);
        try
        {
            training.Train(cell, fresh, slot, either.Token);
            held.Clear();
        }
        catch (OperationCanceledException) when (held.Lost.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            _board.Tell($"{cell.Name}: another process has taken it over, this one was silent for too long");
        }
        catch (Exception e) when (e is not OperationCanceledException && !IsOfTheDisk(e))
        {
            if (Note(cell, on, e)) held.Clear();
            // A cell that is too large for the device is that cell's fault: its memory is free again for the next one.
            if (e is CudaException and not CudaOutOfMemoryException) throw;
        }
        finally
        {
            held.Dispose();
            slot.Leave();
            // The method's vectors are large; without this they would wait for a collection.
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>Writes down a failed attempt; true where the cell is given up.</summary>
    private bool Note(SweepCell cell, SweepDevice<T> on, Exception e)
    {
        var folder = _sweep.FolderOf(cell);
        var kind = e is DivergedException ? CellFailure.Diverged : CellFailure.Failed;
        var reason = e is DivergedException { InnerException: { } cause } ? cause.Message : e.Message.Split('\n')[0];
        CellFailures.Add(folder, new CellFailure(kind, reason, DateTime.UtcNow, on.Name, RunLines(folder)));
        var broken = CellFailures.AreFinal(CellFailures.Read(folder));
        _board.Tell($"{MethodClasses.Pretty(cell.Name)}: {kind}, {reason}; {(broken ? "given up" : "tried once more")}");
        // From a checkpoint that cannot be read no retry would get anywhere. Other files that fail say nothing against it.
        if (e is DamagedCheckpointException && Directory.Exists(Path.Combine(folder, "checkpoints"))) Directory.Delete(Path.Combine(folder, "checkpoints"), recursive: true);
        return broken;
    }

    private bool HasKind(string kind)
    {
        lock (_gate) return _kinds.Contains(kind);
    }

    private static bool IsOfTheDisk(Exception e) => e is UserErrorException { InnerException: IOException or UnauthorizedAccessException } or IOException or UnauthorizedAccessException;

    private static int RunLines(string folder)
    {
        var path = Path.Combine(folder, "metrics.jsonl");
        return File.Exists(path) ? File.ReadLines(path).Count() : 0;
    }

    /// <summary>The kind of device that began a cell, or null; "" where its config.json is damaged.</summary>
    private static string? DeviceOf(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "config.json"))) return null;
        try
        {
            return RunDirectory.Open(folder).ReadConfig().Device;
        }
        catch (UserErrorException)
        {
            return "";
        }
    }
}
