using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;

namespace PoseEngine.Cuda;

/// <summary>An instantiated graph: work that one call launches.</summary>
internal sealed class CudaGraph : IDisposable
{
    private readonly CudaContext _context;
    private readonly string _title;
    private readonly DeviceCounters _work;
    private readonly DeviceCounters _round;
    private nint _executable;

    private CudaGraph(CudaContext context, string name, nint executable, in DeviceCounters work, in DeviceCounters round)
    {
        (_context, _title, _executable) = (context, LaunchHistory.GraphTitle + name, executable);
        (_work, _round) = (work with { GraphLaunches = 1 }, round);
        context.Opened(executable);
    }

    ~CudaGraph() => _context.DestroyLater(_executable);

    /// <summary>Makes a graph of the work that an action gives to the device's stream; nothing runs yet.</summary>
    /// <exception cref="InvalidOperationException">Something in it works on the host; the message names it.</exception>
    /// <exception cref="CudaException">The driver refuses the graph.</exception>
    public static CudaGraph Capture(CudaContext context, string name, Action work)
    {
        context.MakeCurrent();
        Driver.Check(Driver.cuStreamBeginCapture(context.Stream, CaptureMode.ThreadLocal));
        var (graph, recorded) = EndAfter(context, name, work);
        try
        {
            return Instantiate(context, name, graph, recorded);
        }
        finally
        {
            _ = Driver.cuGraphDestroy(graph);
        }
    }

    /// <summary>Adds the work of an action to an empty graph, and tells what it is.</summary>
    /// <exception cref="InvalidOperationException">Something in it works on the host; the message names it.</exception>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static unsafe DeviceCounters CaptureInto(nint graph, CudaContext context, string name, Action work)
    {
        context.MakeCurrent();
        Driver.Check(Driver.cuStreamBeginCaptureToGraph(context.Stream, graph, null, null, 0, CaptureMode.ThreadLocal));
        return EndAfter(context, name, work).Recorded;
    }

    /// <summary>Makes a graph ready to be launched; the graph itself may be destroyed afterwards.</summary>
    /// <param name="context">The device.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="work">What a launch of it does, without the body of a loop.</param>
    /// <param name="round">What the body of its loop does each time, where it has one.</param>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static CudaGraph Instantiate(CudaContext context, string name, nint graph, in DeviceCounters work, in DeviceCounters round = default)
    {
        Driver.Check(Driver.cuGraphInstantiateWithFlags(out var executable, graph, 0), $"the instantiation of {name}");
        return new CudaGraph(context, name, executable, work, round);
    }

    /// <summary>Puts the graph on the device's stream.</summary>
    /// <exception cref="CudaException">The driver refuses, or work before it failed.</exception>
    public void Launch()
    {
        _context.MakeCurrent();
        var result = Driver.cuGraphLaunch(_executable, _context.Stream);
        if (result != 0) throw CudaException.OfDriver(result, $"the launch of {_title}");
        _context.Launches.Add(_title);
        _context.Counter.Add(_work);
    }

    /// <summary>Counts the rounds of its loop, for whoever learns how many a launch ran: the driver does not tell.</summary>
    public void CountRounds(long rounds) => _context.Counter.Add(_round * rounds);

    public void Dispose()
    {
        _context.Destroy(_executable);
        _executable = 0;
        GC.SuppressFinalize(this);
    }

    /// <summary>Does the work of a capture that has begun and ends it, whatever happens.</summary>
    private static (nint Graph, DeviceCounters Recorded) EndAfter(CudaContext context, string name, Action work)
    {
        context.IsCapturing = true;
        context.Counter.BeginRecording();
        var (result, graph, recorded) = (0, (nint)0, default(DeviceCounters));
        try
        {
            work();
        }
        catch (CudaException failure)
        {
            throw Unrecordable(name, failure);
        }
        finally
        {
            context.IsCapturing = false;
            recorded = context.Counter.EndRecording();
            result = Driver.cuStreamEndCapture(context.Stream, out graph);
        }
        if (result != 0) throw Unrecordable(name, CudaException.OfDriver(result, "cuStreamEndCapture"));
        return (graph, recorded with { GraphNodes = CountNodes(graph) });
    }

    private static unsafe long CountNodes(nint graph)
    {
        nuint count = 0;
        Driver.Check(Driver.cuGraphGetNodes(graph, null, ref count));
        return (long)count;
    }

    private static InvalidOperationException Unrecordable(string name, CudaException failure) => new(
        $"cuda: {name} cannot be recorded ({failure.Message}); what works on the host must have CanRecord = false, and {CudaRecording.Variable}=0 turns recording off",
        failure);
}
