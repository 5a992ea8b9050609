using System.Runtime.InteropServices;

namespace PoseEngine.Cuda.Native;

/// <summary>Stream capture and graphs of the CUDA driver API; the conditional nodes need a driver of CUDA 12.4.</summary>
internal static unsafe partial class Driver
{
    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    public static partial int cuStreamBeginCapture(nint stream, CaptureMode mode);

    [LibraryImport(Library)]
    public static partial int cuStreamBeginCaptureToGraph(
        nint stream, nint graph, nint* dependencies, void* edges, nuint count, CaptureMode mode);

    [LibraryImport(Library)]
    public static partial int cuStreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library)]
    public static partial int cuGraphCreate(out nint graph, uint flags);

    [LibraryImport(Library)]
    public static partial int cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    public static partial int cuGraphGetNodes(nint graph, nint* nodes, ref nuint count);

    [LibraryImport(Library)]
    public static partial int cuGraphInstantiateWithFlags(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library)]
    public static partial int cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(Library)]
    public static partial int cuGraphExecDestroy(nint executable);

    [LibraryImport(Library)]
    public static partial int cuGraphConditionalHandleCreate(
        out ulong handle, nint graph, nint context, uint defaultValue, uint flags);

    /// <summary>CUDA 12.3 to 12.x; a driver of CUDA 13 keeps the symbol for programs built before.</summary>
    [LibraryImport(Library)]
    public static partial int cuGraphAddNode(
        out nint node, nint graph, nint* dependencies, nuint count, GraphNodeParameters* parameters);
}

/// <summary>CUstreamCaptureMode: which calls of which threads are forbidden meanwhile.</summary>
internal enum CaptureMode
{
    Global = 0,
    ThreadLocal = 1,
    Relaxed = 2,
}

/// <summary>
/// CUgraphNodeParams as it is for a conditional node: 256 bytes, the type at 0, the node's own parameters from 16 on.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal unsafe struct GraphNodeParameters
{
    /// <summary>CU_GRAPH_NODE_TYPE_CONDITIONAL.</summary>
    public const int Conditional = 13;

    /// <summary>CU_GRAPH_COND_TYPE_WHILE.</summary>
    public const int While = 1;

    [FieldOffset(0)]
    public int NodeType;

    [FieldOffset(16)]
    public ulong Handle;

    [FieldOffset(24)]
    public int ConditionType;

    /// <summary>The number of body graphs.</summary>
    [FieldOffset(28)]
    public uint Size;

    /// <summary>Out: the body graphs, in memory of the driver.</summary>
    [FieldOffset(32)]
    public nint* Bodies;

    [FieldOffset(40)]
    public nint Context;
}
