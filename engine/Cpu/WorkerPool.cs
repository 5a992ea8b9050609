namespace PoseEngine.Cpu;

/// <summary>Work that is cut into parts; parts may run on any thread in any order and must not share results.</summary>
internal interface IParts
{
    /// <summary>Does one part.</summary>
    void Run(int part);
}

/// <summary>
/// Threads that stay alive between kernels and share the parts of one piece of work. How work is cut never depends on
/// the number of threads, which is why results do not either. Running allocates nothing: the work is a value on the
/// caller's stack.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    /// <summary>How often an idle worker looks for work before it sleeps: kernels follow each other in microseconds.</summary>
    private const int SpinsBeforeSleep = 2000;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _runLock = new();
    private void* _work;
    private delegate*<void*, int, void> _invoke;
    private int _partCount;

    /// <summary>
    /// The number of the work in the high half, parts that nobody has taken in the low half. Who takes a part changes both
    /// at once, so a late thread never takes a part of work that is over, and nobody waits for threads that took none.
    /// </summary>
    private long _ticket;
    private int _finished;
    private int _epoch;
    private int _sleeping;
    private volatile bool _stopped;
    private Exception? _failure;

    public WorkerPool(int threads)
    {
        Guard.Positive(threads, "the number of threads");
        ThreadCount = threads;
        _threads = new Thread[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(WorkerLoop) { IsBackground = true, Name = $"PoseEngine worker {i + 1}" };
            _threads[i].Start();
        }
    }

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
        _partCount = parts;
        _failure = null;
        _finished = 0;
        Volatile.Write(ref _ticket, ((long)(_epoch + 1) << 32) | (uint)parts);
        Interlocked.Increment(ref _epoch);
        var sleepers = Interlocked.Exchange(ref _sleeping, 0);
        if (sleepers > 0) _wake.Release(sleepers);
        TakeParts();
        var spinner = default(SpinWait);
        while (Volatile.Read(ref _finished) < parts) spinner.SpinOnce(sleep1Threshold: -1);
        if (_failure is { } failure) throw Failed(failure);
    }

    private void TakeParts()
    {
        var ticket = Volatile.Read(ref _ticket);
        while ((int)ticket > 0)
        {
            var seen = Interlocked.CompareExchange(ref _ticket, ticket - 1, ticket);
            if (seen == ticket) RunPart(_partCount - (int)ticket);
            ticket = seen == ticket ? Volatile.Read(ref _ticket) : seen;
        }
    }

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
        finally
        {
            Interlocked.Increment(ref _finished);
        }
    }

    private void WorkerLoop()
    {
        var seen = 0;
        while (true)
        {
            seen = AwaitWork(seen);
            if (_stopped) return;
            TakeParts();
        }
    }

    /// <summary>Returns the epoch of the next work; spins for a while, then sleeps.</summary>
    private int AwaitWork(int seen)
    {
        for (var spins = 0; ; spins++)
        {
            var epoch = Volatile.Read(ref _epoch);
            if (epoch != seen || _stopped) return epoch;
            if (spins < SpinsBeforeSleep)
            {
                Thread.SpinWait(20);
                continue;
            }
            Interlocked.Increment(ref _sleeping);
            if (Volatile.Read(ref _epoch) == seen && !_stopped) _wake.Wait();
            spins = 0;
        }
    }
}
