using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;

namespace PoseEngine.Cuda;

/// <summary>What the host sends at the start of a solve: MinresState of kernels/minres_qlp.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DeviceSolve
{
    public MinresQlpScalars Scalars;
    public double First;
    public double Second;
    public double InverseFirst;
    public double InverseSecond;
    public ulong Diagonal;
    public int Split;
    public int Unused;
}

/// <summary>
/// Pinned memory by which host and device write to each other during a solve without waiting: the start goes out, scalars
/// come in, and one word asks the device to stop.
/// </summary>
internal sealed unsafe class SolveMailbox : IDisposable
{
    /// <summary>How many letters may be under way at once.</summary>
    public const int Slots = 3;

    private readonly CudaContext _context;
    private readonly PinnedMemory _memory;
    private readonly nint[] _arrived = new nint[Slots];
    private readonly StreamMark[] _fetched = new StreamMark[Slots];
    private readonly nint _sent;
    private bool _disposed;

    public SolveMailbox(CudaContext context)
    {
        _context = context;
        _memory = new PinnedMemory(context, SlotsOffset + (Slots * sizeof(MinresQlpScalars)));
        Driver.Check(Driver.cuEventCreate(out _sent, EventKind.Untimed));
        for (var i = 0; i < Slots; i++) Driver.Check(Driver.cuEventCreate(out _arrived[i], EventKind.Untimed));
        context.Opened(this);
    }

    ~SolveMailbox()
    {
        nint[] events = [_sent, .. _arrived];
        _context.ReleaseLater(() => DestroyEvents(events));
    }

    /// <summary>The word that asks the device to stop, for kernels.</summary>
    public ulong StopAddress => _memory.Device;

    /// <summary>The scalars of a slot, as they were when the stream came to its copy.</summary>
    public ref readonly MinresQlpScalars this[int slot]
        => ref Unsafe.AsRef<MinresQlpScalars>(_memory.Host + SlotsOffset + (slot * sizeof(MinresQlpScalars)));

    private static int SendOffset => 16;

    private static int SlotsOffset => SendOffset + sizeof(DeviceSolve);

    /// <summary>Sends the start of a solve.</summary>
    public void Send(ulong target, in DeviceSolve solve)
    {
        _context.MakeCurrent();

        // The solve before is over, so its letter has arrived; only one that was given up by an exception may be late.
        _context.AwaitCopy(_sent);
        *(DeviceSolve*)(_memory.Host + SendOffset) = solve;
        Driver.Check(Driver.cuMemcpyHtoDAsync(target, _memory.Host + SendOffset, (nuint)sizeof(DeviceSolve), _context.Stream));
        _context.Counter.ToDevice(sizeof(DeviceSolve));
        Driver.Check(Driver.cuEventRecord(_sent, _context.Stream));
    }

    /// <summary>Asks for the scalars behind all work given to the device so far.</summary>
    public void Fetch(int slot, ulong source)
    {
        _context.MakeCurrent();
        fixed (MinresQlpScalars* target = &this[slot])
        {
            Driver.Check(Driver.cuMemcpyDtoHAsync(target, source, (nuint)sizeof(MinresQlpScalars), _context.Stream));
        }
        _context.Counter.ToHost(sizeof(MinresQlpScalars));
        Driver.Check(Driver.cuEventRecord(_arrived[slot], _context.Stream));
        _fetched[slot] = _context.Mark();
    }

    /// <summary>Whether the last fetch into a slot is done. Who asks until it is has waited.</summary>
    /// <exception cref="CudaException">The device failed meanwhile.</exception>
    public bool HasArrived(int slot)
    {
        var result = Driver.cuEventQuery(_arrived[slot]);
        if (result == Driver.NotReady) return false;
        Driver.Check(result, "the iterations of minres-qlp");
        _context.Reached(_fetched[slot]);
        _context.Counter.Wait();
        return true;
    }

    /// <summary>Waits for the last fetch into a slot.</summary>
    public void Await(int slot)
    {
        Driver.Check(Driver.cuEventSynchronize(_arrived[slot]), "the iterations of minres-qlp");
        _context.Reached(_fetched[slot]);
        _context.Counter.Wait();
    }

    /// <summary>Asks the device to stop at the end of a cycle; from any thread.</summary>
    public void AskToStop() => Volatile.Write(ref *(int*)_memory.Host, 1);

    /// <summary>Takes the wish back; nothing may be running that looks at it.</summary>
    public void LetRun() => Volatile.Write(ref *(int*)_memory.Host, 0);

    /// <summary>Gives the memory back when no letter is under way any more.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _context.Settle();
        DestroyEvents([_sent, .. _arrived]);
        _memory.Dispose();
        _context.Closed(this);
        GC.SuppressFinalize(this);
    }

    private static void DestroyEvents(nint[] events)
    {
        foreach (var one in events) _ = Driver.cuEventDestroy(one);
    }
}
