using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// A solve on the device: MinresState of kernels/minres_qlp.cu with the partial sums behind it, the vectors that move
/// along, and the ways to run its iterations without waiting for them.
/// </summary>
internal sealed unsafe class MinresQlpState<T> : IMinresQlpState
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements of a block before it takes more than one pass of its threads.</summary>
    private const int BlockElements = 2048;

    private const int MostBlocks = 1024;

    /// <summary>Cycles given to the device before the first of them is seen to be done.</summary>
    private const int CyclesAhead = 2;

    private readonly LoopSupport<T> _loops;
    private readonly CudaStorage<byte> _memory;
    private readonly SolveMailbox _mailbox;
    private CudaRecording? _loopOf;
    private CudaGraph? _loop;
    private int _iterationsOfRound;
    private int _latest = None;
    private CancellationTokenRegistration _stopping;

    public MinresQlpState(CudaContext context, LoopSupport<T> loops, Tensor<T> wl, Tensor<T> w, Tensor<T> x2)
    {
        _loops = loops;
        (Wl, W, X2) = (wl, w, x2);
        Blocks = Math.Clamp((Count + BlockElements - 1) / BlockElements, 1, MostBlocks);
        _memory = new CudaStorage<byte>(context, PartialOffset + (2 * sizeof(double) * Blocks));
        _mailbox = new SolveMailbox(context);
    }

    /// <summary>The vectors that move along.</summary>
    public Tensor<T> Wl { get; }

    public Tensor<T> W { get; }

    public Tensor<T> X2 { get; }

    /// <summary>The number of unknowns.</summary>
    public int Count => X2.Count;

    /// <summary>The blocks of every vector pass: they depend on the number of unknowns alone, and so do all bits.</summary>
    public int Blocks { get; }

    /// <summary>The address of the state.</summary>
    public ulong Address => _memory.Pointer;

    /// <summary>The address of two partial sums for each block.</summary>
    public ulong Partial => _memory.Pointer + (ulong)PartialOffset;

    /// <summary>Steps of the recurrence that were given to the device or recorded, one an iteration.</summary>
    public int Advances { get; set; }

    /// <summary>M, whose vector must live as long as passes read it.</summary>
    public DiagonalWeights<T> Weights { get; private set; }

    private static int None => -1;

    private static int PartialOffset => (sizeof(DeviceSolve) + 255) / 256 * 256;

    /// <summary>Sends settings and M of a new solve.</summary>
    public void Send(in MinresQlpSettings settings, in DiagonalWeights<T> weights)
    {
        Weights = weights;
        _latest = None;
        _mailbox.Send(Address, new DeviceSolve
        {
            Scalars = MinresQlpRecurrence.Initial(settings),
            First = weights.First,
            Second = weights.Second,
            InverseFirst = 1 / weights.First,
            InverseSecond = 1 / weights.Second,
            Diagonal = weights.Diagonal.DevicePointerOrNull(),
            Split = weights.Split,
        });
    }

    /// <summary>The scalars behind all work given to the device, for which this call waits unless they have come by themselves.</summary>
    public void Poll(out MinresQlpScalars scalars)
    {
        if (_latest == None)
        {
            _mailbox.Fetch(0, Address);
            _mailbox.Await(0);
        }
        scalars = _mailbox[Math.Max(_latest, 0)];
    }

    /// <summary>Says that work was given to the device that changes the scalars.</summary>
    public void Changes() => _latest = None;

    /// <summary>Repeats a cycle until the solve is over or the watch wants to stop. No driver call in here waits.</summary>
    public void RunCycles(CudaRecording cycle, ISolveWatch watch)
    {
        if (watch.WantsToStop) return;
        if (CanLoop(cycle))
        {
            LaunchLoop(watch);
            AwaitLoop(watch);
        }
        else
        {
            RunAhead(cycle, watch);
        }
    }

    /// <summary>Whether a cycle can be repeated by one launch; the graph for it is there then.</summary>
    public bool CanLoop(CudaRecording cycle)
    {
        if (_loopOf != cycle)
        {
            _loop?.Dispose();
            (_loop, _loopOf) = (null, null);
            if (cycle.CanCapture) (_loop, _loopOf) = (TryBuildLoop(cycle), cycle);
        }
        return _loop is not null && cycle.CanCapture;
    }

    /// <summary>Gives the device the repetition of the cycle that <see cref="CanLoop"/> was asked for last.</summary>
    /// <remarks>A driver that is told to block returns from the launch at the end: who wants to stop must be heard before.</remarks>
    public void LaunchLoop(ISolveWatch watch)
    {
        using var range = CudaRange.Begin("minres-qlp.solve");
        _stopping.Dispose();
        _mailbox.LetRun();
        _stopping = watch.Token.UnsafeRegister(static mailbox => ((SolveMailbox)mailbox!).AskToStop(), _mailbox);
        if (watch.WantsToStop) _mailbox.AskToStop();
        _loop!.Launch();
    }

    /// <summary>Waits for it and for what was given to the device behind it.</summary>
    public void AwaitLoop(ISolveWatch watch)
    {
        _mailbox.Fetch(0, Address);
        var spin = default(SpinWait);
        while (!_mailbox.HasArrived(0))
        {
            if (watch.WantsToStop) _mailbox.AskToStop();
            spin.SpinOnce(sleep1Threshold: -1);
        }
        _stopping.Dispose();
        _latest = 0;
        _loop!.CountRounds((_mailbox[0].Iteration + _iterationsOfRound - 1) / _iterationsOfRound);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _loop?.Dispose();
        _mailbox.Dispose();
        _memory.Dispose();
    }

    private CudaGraph? TryBuildLoop(CudaRecording cycle)
    {
        var before = Advances;
        var loop = _loops.TryBuild(cycle, Address, _mailbox.StopAddress);
        _iterationsOfRound = Advances - before;
        return loop;
    }

    /// <summary>
    /// Keeps a few cycles with the device. Those that come after the end of the solve change nothing; their letters go to
    /// other slots than the one that told.
    /// </summary>
    private void RunAhead(CudaRecording cycle, ISolveWatch watch)
    {
        using var range = CudaRange.Begin("minres-qlp.solve");
        var (issued, seen) = (0, 0);
        var latest = None;
        var spin = default(SpinWait);
        while (latest == None || _mailbox[latest].Stop == 0)
        {
            while (issued - seen < CyclesAhead && !watch.WantsToStop)
            {
                cycle.Run();
                _mailbox.Fetch(issued++ % SolveMailbox.Slots, Address);
            }
            if (seen == issued) break;
            if (_mailbox.HasArrived(seen % SolveMailbox.Slots))
            {
                latest = seen++ % SolveMailbox.Slots;
                spin.Reset();
            }
            else
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
        _latest = latest;
    }
}
