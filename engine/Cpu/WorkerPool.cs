using System.Diagnostics;

namespace PoseEngine.Cpu;

/// <summary>
/// Threads that stay alive between kernels and share the parts of one piece of work. How work is cut never depends on
/// the number of threads, which is why results do not either. Running allocates nothing: the work is a value on the
/// caller's stack.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    /// <summary>How often an idle worker looks for work at once, some 50 us: kernels follow each other in microseconds.</summary>
    private const int Spins = 70;

    /// <summary>How long it then offers its processor to others between two looks before it sleeps.</summary>
    private static readonly long PatienceTicks = Stopwatch.Frequency / 1000;

    /// <summary>An offer that took so long was accepted: somebody else needs the processor more.</summary>
    private static readonly long TakenTicks = Stopwatch.Frequency / 20_000;

    /// <summary>Distance of the ranges in <see cref="_ranges"/>: two cache lines, so that taking a part disturbs nobody else.</summary>
    private const int RangeStride = 16;

    [ThreadStatic]
    private static int _slot;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _runLock = new();
    private void* _work;
    private delegate*<void*, int, void> _invoke;

    /// <summary>
    /// The parts not yet taken, a range for each thread: its first part in the low half of a number, its end in the high half. Only the
    /// caller widens them, when every part of the work before is done; who narrows one has taken a part, so the work cannot be replaced
    /// under him. A thread that comes late finds them empty and touches nothing.
    /// </summary>
    private readonly long[] _ranges;
    private int _done;
    private int _sleeping;
    private volatile bool _stopped;
    private Exception? _failure;

    public WorkerPool(int threads)
    {
        Guard.Positive(threads, "the number of threads");
        ThreadCount = threads;
        _ranges = new long[threads * RangeStride];
        _threads = new Thread[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var slot = i + 1;
            _threads[i] = new Thread(() => WorkerLoop(slot)) { IsBackground = true, Name = $"PoseEngine worker {i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>
    /// The running thread's number among those of its pool, the caller's is 0: which piece of scratch memory it may use.
    /// Results must not depend on it.
    /// </summary>
    public static int CurrentSlot => _slot;

    public int ThreadCount { get; }

    /// <summary>Runs parts 0 to <paramref name="parts"/> - 1 and returns when all are done.</summary>
    /// <exception cref="ObjectDisposedException">The threads have ended.</exception>
    /// <exception cref="InvalidOperationException">A part failed; its exception is the inner one.</exception>
    public void Run<TWork>(in TWork work, int parts)
        where TWork : unmanaged, IParts
    {
        var copy = work;
        if (parts <= 1 || _threads.Length == 0)
        {
            RunHere(ref copy, parts);
            return;
        }
        ObjectDisposedException.ThrowIf(_stopped, this);
        lock (_runLock) Share(&copy, &Invoke<TWork>, parts);
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_stopped) return;
        _stopped = true;
        _wake.Release(Math.Max(_threads.Length, 1));
        foreach (var thread in _threads) thread.Join();
        _wake.Dispose();
    }

    private static void RunHere<TWork>(ref TWork work, int parts)
        where TWork : unmanaged, IParts
    {
        try
        {
            for (var part = 0; part < parts; part++) work.Run(part);
        }
        catch (Exception exception)
        {
            throw Failed(exception);
        }
    }

    private static InvalidOperationException Failed(Exception failure)
        => new($"cpu: a kernel failed: {failure.Message}", failure);

    private static void Invoke<TWork>(void* work, int part)
        where TWork : unmanaged, IParts
        => ((TWork*)work)->Run(part);

    private void Share(void* work, delegate*<void*, int, void> invoke, int parts)
    {
        _work = work;
        _invoke = invoke;
        _failure = null;
        _done = 0;
        for (var slot = 0; slot < ThreadCount; slot++)
        {
            Interlocked.Exchange(ref _ranges[slot * RangeStride], Range((int)((long)parts * slot / ThreadCount), (int)((long)parts * (slot + 1) / ThreadCount)));
        }
        var sleepers = Interlocked.Exchange(ref _sleeping, 0);
        if (sleepers > 0) _wake.Release(sleepers);
        TakeParts();
        var spinner = default(SpinWait);
        while (Volatile.Read(ref _done) < parts) spinner.SpinOnce(sleep1Threshold: -1);
        if (_failure is { } failure) throw Failed(failure);
    }

    /// <summary>
    /// Takes the parts of this thread, the last first, then those that others have not come to, the first first. The parts of the same
    /// samples, or of the same columns of a matrix, thus meet the same thread in one kernel after the other: they still lie in its cache.
    /// </summary>
    private void TakeParts()
    {
        var own = _slot < ThreadCount ? _slot : 0;
        for (var i = 0; i < ThreadCount; i++)
        {
            ref var range = ref _ranges[(own + i) % ThreadCount * RangeStride];
            while (TryTake(ref range, fromEnd: i == 0, out var part)) RunPart(part);
        }
    }

    private static bool TryTake(ref long range, bool fromEnd, out int part)
    {
        while (true)
        {
            var seen = Volatile.Read(ref range);
            var (first, end) = ((int)seen, (int)(seen >> 32));
            part = fromEnd ? end - 1 : first;
            if (first >= end) return false;
            if (Interlocked.CompareExchange(ref range, fromEnd ? Range(first, end - 1) : Range(first + 1, end), seen) == seen) return true;
        }
    }

    private static long Range(int first, int end) => ((long)end << 32) | (uint)first;

    private void RunPart(int part)
    {
        try
        {
            _invoke(_work, part);
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
        Interlocked.Increment(ref _done);
    }

    private bool HasParts()
    {
        for (var slot = 0; slot < ThreadCount; slot++)
        {
            var range = Volatile.Read(ref _ranges[slot * RangeStride]);
            if ((int)range < (int)(range >> 32)) return true;
        }
        return false;
    }

    private void WorkerLoop(int slot)
    {
        _slot = slot;
        while (!_stopped)
        {
            TakeParts();
            AwaitWork();
        }
    }

    /// <summary>
    /// Returns when there may be work: looks for a while, then looks and yields, then sleeps. On a machine with more
    /// threads than processors the wait would cost others their time, so it sleeps as soon as a yield says so.
    /// </summary>
    private void AwaitWork()
    {
        for (var spins = 0; spins < Spins; spins++)
        {
            if (HasParts() || _stopped) return;
            Thread.SpinWait(20);
        }
        var now = Stopwatch.GetTimestamp();
        for (var (start, last) = (now, now); now - start < PatienceTicks && now - last < TakenTicks;)
        {
            last = now;
            Thread.Yield();
            if (HasParts() || _stopped) return;
            now = Stopwatch.GetTimestamp();
        }
        Interlocked.Increment(ref _sleeping);
        if (!HasParts() && !_stopped) _wake.Wait();
    }
}
