using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// <see cref="IMinresQlpKernels{T}"/> by the kernels of minres_qlp.cu. All scalars stay on the device; the host issues
/// launches whose arguments never change, and cycles of them are recorded.
/// </summary>
internal sealed class MinresQlpKernels<T> : IMinresQlpKernels<T>, ISolvesAhead<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CudaContext _context;
    private readonly Lazy<Kernels> _kernels;

    public MinresQlpKernels(CudaContext context)
    {
        _context = context;
        _kernels = new Lazy<Kernels>(() => new Kernels(context.Compiler.LoadUnfused<T>("minres_qlp.cu")));
        Loops = new LoopSupport<T>(context, new LoopTrial<T>(context, this));
    }

    /// <summary>How solves loop on the device.</summary>
    public LoopSupport<T> Loops { get; }

    public bool RunsCycles => true;

    public IMinresQlpState CreateState(Tensor<T> wl, Tensor<T> w, Tensor<T> x2)
    {
        Guard.Equal(wl.Count, x2.Count, "minres-qlp: the last but one direction");
        Guard.Equal(w.Count, x2.Count, "minres-qlp: the last direction");
        foreach (var vector in new[] { wl, w, x2 }) Packed(vector);

        // What must be compiled or tried out is, before a solve is under way.
        _ = _kernels.Value;
        Loops.Prepare();
        return NewState(wl, w, x2);
    }

    /// <summary>The same with nothing tried out.</summary>
    public MinresQlpState<T> NewState(Tensor<T> wl, Tensor<T> w, Tensor<T> x2) => new(_context, Loops, wl, w, x2);

    public void Start(
        IMinresQlpState state, in MinresQlpSettings settings, in DiagonalWeights<T> weights, Tensor<T> b, Tensor<T> z)
    {
        var solve = Own(state);
        if (!weights.Diagonal.IsAbsent) Guard.Equal(weights.Diagonal.Count, solve.Count, "minres-qlp: the preconditioner");
        solve.Send(settings, weights);
        Start(solve, b, z);
    }

    public void Start(
        IMinresQlpState state, in MinresQlpSettings settings, in TraceWeights weights, Tensor<T> b, Tensor<T> z)
    {
        var solve = Own(state);
        solve.Send(settings, new DiagonalWeights<T>(weights.Split, 1, 1));
        var arguments = new KernelArguments();
        arguments.Add(solve.Address);
        arguments.Add(weights.Probes.DevicePointer());
        arguments.Add(weights.Probes.Count);
        arguments.Add(weights.Rows);
        arguments.Add(weights.Weight);
        arguments.Add(weights.Curvature.DevicePointerOrNull());
        arguments.Add(weights.Gradient.DevicePointerOrNull());
        arguments.Add(weights.Spread);
        _kernels.Value.Weigh.Launch(new LaunchShape(1, 1, 1, 1), arguments);
        Start(solve, b, z);
    }

    public bool CanLaunch(IMinresQlpState state, IRecording cycle) => Own(state).CanLoop(Own(cycle));

    public void Launch(IMinresQlpState state, IRecording cycle, ISolveWatch watch)
    {
        if (!CanLaunch(state, cycle)) throw new InvalidOperationException("cuda: the cycle cannot be repeated by one launch");
        Own(state).LaunchLoop(watch);
    }

    public void Await(IMinresQlpState state, ISolveWatch watch) => Own(state).AwaitLoop(watch);

    private void Start(MinresQlpState<T> solve, Tensor<T> b, Tensor<T> z)
    {
        Guard.Equal(b.Count, solve.Count, "minres-qlp: the right-hand side");
        Guard.Equal(z.Count, solve.Count, "minres-qlp: the first Lanczos vector");
        var greatest = new KernelArguments();
        greatest.Add(b.DevicePointer());
        greatest.Add(solve.Partial);
        greatest.Add(solve.Count);
        Pass(_kernels.Value.MaxAbs, solve, greatest);
        Scalars(_kernels.Value.ChooseScale, solve);
        var start = new KernelArguments();
        start.Add(solve.Address);
        start.Add(b.DevicePointer());
        start.Add(z.DevicePointer());
        AddDirections(ref start, solve);
        AddSums(ref start, solve);
        Pass(_kernels.Value.Start, solve, start);
    }

    public void LanczosProduct(IMinresQlpState state, Tensor<T> z, Tensor<T> previous, Tensor<T> p, bool withDirections)
    {
        var solve = Own(state);
        Guard.Equal(z.Count, solve.Count, "minres-qlp: the Lanczos vector");
        Guard.Equal(previous.Count, solve.Count, "minres-qlp: the previous Lanczos vector");
        Guard.Equal(p.Count, solve.Count, "minres-qlp: the product");
        var arguments = new KernelArguments();
        arguments.Add(solve.Address);
        arguments.Add(Packed(z));
        arguments.Add(Packed(previous));
        arguments.Add(Packed(p));
        if (withDirections) AddDirections(ref arguments, solve);
        AddSums(ref arguments, solve);
        Pass(withDirections ? _kernels.Value.Product : _kernels.Value.BareProduct, solve, arguments);
        Scalars(_kernels.Value.Accept, solve);
    }

    public void LanczosNormalise(IMinresQlpState state, Tensor<T> current, Tensor<T> p)
    {
        var solve = Own(state);
        Guard.Equal(current.Count, solve.Count, "minres-qlp: the Lanczos vector");
        Guard.Equal(p.Count, solve.Count, "minres-qlp: the product");
        var arguments = new KernelArguments();
        arguments.Add(solve.Address);
        arguments.Add(Packed(current));
        arguments.Add(Packed(p));
        AddSums(ref arguments, solve);
        Pass(_kernels.Value.Normalise, solve, arguments);
    }

    public void PreconditionedNorm(IMinresQlpState state, Tensor<T> r, Tensor<T> z)
    {
        var solve = Own(state);
        Guard.Equal(r.Count, solve.Count, "minres-qlp: the residual");
        Guard.Equal(z.Count, solve.Count, "minres-qlp: the preconditioned residual");
        var arguments = new KernelArguments();
        arguments.Add(solve.Address);
        arguments.Add(r.DevicePointer());
        arguments.Add(z.DevicePointer());
        AddSums(ref arguments, solve);
        Pass(_kernels.Value.Inner, solve, arguments);
    }

    public void Advance(IMinresQlpState state)
    {
        var solve = Own(state);
        Scalars(_kernels.Value.Advance, solve);
        solve.Advances++;
    }

    public void UpdateDirections(IMinresQlpState state, Tensor<T> z)
    {
        var solve = Own(state);
        Guard.Equal(z.Count, solve.Count, "minres-qlp: the Lanczos vector");
        var arguments = new KernelArguments();
        arguments.Add(solve.Address);
        arguments.Add(Packed(z));
        AddDirections(ref arguments, solve);
        arguments.Add(solve.Count);
        Pass(_kernels.Value.Directions, solve, arguments);
    }

    public void RunCycles(IMinresQlpState state, IRecording cycle, ISolveWatch watch)
        => Own(state).RunCycles(Own(cycle), watch);

    public void FormSolution(IMinresQlpState state, Tensor<T> z, Tensor<T> x)
    {
        var solve = Own(state);
        Guard.Equal(x.Count, solve.Count, "minres-qlp: the solution");
        var arguments = new KernelArguments();
        arguments.Add(solve.Address);
        arguments.Add(z.DevicePointerOrNull());
        AddDirections(ref arguments, solve);
        arguments.Add(x.DevicePointer());
        arguments.Add(solve.Count);
        Pass(_kernels.Value.Solution, solve, arguments);
    }

    public void Poll(IMinresQlpState state, out MinresQlpScalars scalars) => Own(state).Poll(out scalars);

    private static MinresQlpState<T> Own(IMinresQlpState state)
        => state as MinresQlpState<T>
            ?? throw new ArgumentException("cuda: the solver state lives on another device", nameof(state));

    private static CudaRecording Own(IRecording cycle)
        => cycle as CudaRecording ?? throw new ArgumentException("cuda: the cycle was recorded on another device", nameof(cycle));

    /// <summary>The address of a vector that kernels read in packs of 16 bytes.</summary>
    private static ulong Packed(Tensor<T> vector)
    {
        var address = vector.DevicePointer();
        return address % 16 == 0
            ? address
            : throw new ArgumentException("cuda: a vector of minres-qlp must begin on a 16-byte boundary, as whole storages do", nameof(vector));
    }

    private static void AddDirections(ref KernelArguments arguments, MinresQlpState<T> solve)
    {
        arguments.Add(solve.Wl.DevicePointer());
        arguments.Add(solve.W.DevicePointer());
        arguments.Add(solve.X2.DevicePointer());
    }

    private static void AddSums(ref KernelArguments arguments, MinresQlpState<T> solve)
    {
        arguments.Add(solve.Partial);
        arguments.Add(solve.Count);
    }

    /// <summary>A pass over the vectors, on the grid that fixes the order of its sums.</summary>
    private static void Pass(CudaKernel kernel, MinresQlpState<T> solve, in KernelArguments arguments)
        => kernel.Launch(new LaunchShape(solve.Blocks, 1, 1, ElementLaunch.Threads), arguments);

    /// <summary>A step of the scalar recurrence behind the sums of a pass.</summary>
    private static void Scalars(CudaKernel kernel, MinresQlpState<T> solve)
    {
        var arguments = new KernelArguments();
        arguments.Add(solve.Address);
        arguments.Add(solve.Partial);
        arguments.Add(solve.Blocks);
        kernel.Launch(new LaunchShape(1, 1, 1, ElementLaunch.Threads), arguments);
        solve.Changes();
    }

    /// <summary>The kernels, looked up once.</summary>
    private sealed class Kernels(CudaModule module)
    {
        public CudaKernel Weigh { get; } = module["minres_weigh"];

        public CudaKernel MaxAbs { get; } = module["minres_max_abs"];

        public CudaKernel ChooseScale { get; } = module["minres_choose_scale"];

        public CudaKernel Start { get; } = module["minres_start"];

        public CudaKernel Product { get; } = module["minres_product"];

        public CudaKernel BareProduct { get; } = module["minres_bare_product"];

        public CudaKernel Accept { get; } = module["minres_accept"];

        public CudaKernel Normalise { get; } = module["minres_normalise"];

        public CudaKernel Inner { get; } = module["minres_inner"];

        public CudaKernel Advance { get; } = module["minres_advance"];

        public CudaKernel Directions { get; } = module["minres_directions"];

        public CudaKernel Solution { get; } = module["minres_solution"];
    }
}
