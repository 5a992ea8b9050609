using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>
/// A solve as one graph: a kernel that sets the condition, and a conditional WHILE node whose body is a cycle of
/// iterations and the same kernel. One launch runs until the scalars or the host say stop.
/// </summary>
internal static unsafe class SolveLoop
{
    /// <summary>Builds the graph.</summary>
    /// <param name="context">The device.</param>
    /// <param name="goOn">minres_go_on.</param>
    /// <param name="cycle">The body, which must have run before.</param>
    /// <param name="scalars">The device address of the scalars.</param>
    /// <param name="stop">The device address of the host's word.</param>
    /// <exception cref="CudaException">The driver refuses.</exception>
    /// <exception cref="InvalidOperationException">Something in the cycle works on the host.</exception>
    public static CudaGraph Create(CudaContext context, CudaKernel goOn, CudaRecording cycle, ulong scalars, ulong stop)
    {
        context.MakeCurrent();
        Driver.Check(Driver.cuGraphCreate(out var graph, 0));
        try
        {
            Driver.Check(Driver.cuCtxGetCurrent(out var current));
            Driver.Check(Driver.cuGraphConditionalHandleCreate(out var handle, graph, current, 0, 0));
            var condition = CudaGraph.CaptureInto(graph, context, "the loop's condition", Decide);
            var round = CudaGraph.CaptureInto(AddLoop(graph, handle, current), context, cycle.Name, () =>
            {
                cycle.Work();
                Decide();
            });
            var whole = condition with { GraphNodes = condition.GraphNodes + 1 };
            return CudaGraph.Instantiate(context, $"{cycle.Name} in a loop", graph, whole, round);

            void Decide()
            {
                var arguments = new KernelArguments();
                arguments.Add(scalars);
                arguments.Add(stop);
                arguments.Add(handle);
                goOn.Launch(new LaunchShape(1, 1, 1, 1), arguments);
            }
        }
        finally
        {
            _ = Driver.cuGraphDestroy(graph);
        }
    }

    /// <summary>Adds a WHILE node behind the graph's only node and returns its empty body.</summary>
    private static nint AddLoop(nint graph, ulong handle, nint current)
    {
        nint condition;
        nuint count = 1;
        Driver.Check(Driver.cuGraphGetNodes(graph, &condition, ref count));
        var parameters = new GraphNodeParameters
        {
            NodeType = GraphNodeParameters.Conditional,
            Handle = handle,
            ConditionType = GraphNodeParameters.While,
            Size = 1,
            Context = current,
        };
        Driver.Check(Driver.cuGraphAddNode(out _, graph, &condition, count, &parameters));
        return parameters.Bodies[0];
    }
}
