using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>An instantiated graph: work that one call launches.</summary>
internal sealed class CudaGraph : IDisposable
{
    private readonly CudaContext _context;
    private readonly string _name;
    private nint _executable;

    private CudaGraph(CudaContext context, string name, nint executable)
    {
        (_context, _name, _executable) = (context, name, executable);
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
        var graph = EndAfter(context, name, work);
        try
        {
            return Instantiate(context, name, graph);
        }
        finally
        {
            _ = Driver.cuGraphDestroy(graph);
        }
    }

    /// <summary>Adds the work of an action to a graph, before any other of its nodes.</summary>
    /// <exception cref="InvalidOperationException">Something in it works on the host; the message names it.</exception>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static unsafe void CaptureInto(nint graph, CudaContext context, string name, Action work)
    {
        context.MakeCurrent();
        Driver.Check(Driver.cuStreamBeginCaptureToGraph(context.Stream, graph, null, null, 0, CaptureMode.ThreadLocal));
        EndAfter(context, name, work);
    }

    /// <summary>Makes a graph ready to be launched; the graph itself may be destroyed afterwards.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static CudaGraph Instantiate(CudaContext context, string name, nint graph)
    {
        Driver.Check(Driver.cuGraphInstantiateWithFlags(out var executable, graph, 0), $"the instantiation of {name}");
        return new CudaGraph(context, name, executable);
    }

    /// <summary>Puts the graph on the device's stream.</summary>
    /// <exception cref="CudaException">The driver refuses, or work before it failed.</exception>
    public void Launch()
    {
        _context.MakeCurrent();
        var result = Driver.cuGraphLaunch(_executable, _context.Stream);
        if (result != 0) throw CudaException.OfDriver(result, $"the launch of the graph {_name}");
        _context.Launches.Add($"the graph {_name}");
    }

    public void Dispose()
    {
        _context.Destroy(_executable);
        _executable = 0;
        GC.SuppressFinalize(this);
    }

    /// <summary>Does the work of a capture that has begun and ends it, whatever happens.</summary>
    private static nint EndAfter(CudaContext context, string name, Action work)
    {
        context.IsCapturing = true;
        var result = 0;
        nint graph = 0;
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
            result = Driver.cuStreamEndCapture(context.Stream, out graph);
        }
        return result == 0 ? graph : throw Unrecordable(name, CudaException.OfDriver(result, "cuStreamEndCapture"));
    }

    private static InvalidOperationException Unrecordable(string name, CudaException failure) => new(
        $"cuda: {name} cannot be recorded ({failure.Message}); what works on the host must have CanRecord = false, and {CudaRecording.Variable}=0 turns recording off",
        failure);
}
