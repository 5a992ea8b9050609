using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// <see cref="IMinresQlpKernels{T}"/> on the CPU: chunks of a fixed length whose float64 partial sums are added in their
/// order. The scalars are a struct in host memory, so polling is free. Beside the operator an iteration passes over 13
/// vectors: z, previous and p read and p written with the product, current and p read and p written with the
/// normalisation, and wl, w and x2 read and written by the directions, whose Lanczos vector is in the cache.
/// </summary>
internal sealed unsafe class MinresQlpKernels<T>(CpuContext context, IVectorKernels<T> vectors) : IMinresQlpKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool RunsCycles => false;

    public IMinresQlpState CreateState(Tensor<T> wl, Tensor<T> w, Tensor<T> x2)
    {
        Guard.Equal(wl.Count, x2.Count, "minres-qlp: the last but one direction");
        Guard.Equal(w.Count, x2.Count, "minres-qlp: the last direction");
        return new MinresQlpState<T>(wl, w, x2);
    }

    public void Start(
        IMinresQlpState state, in MinresQlpSettings settings, in DiagonalWeights<T> weights, Tensor<T> b, Tensor<T> z)
    {
        var host = Host(state);
        Guard.Equal(b.Count, host.X2.Count, "minres-qlp: the right-hand side");
        Guard.Equal(z.Count, b.Count, "minres-qlp: the first Lanczos vector");
        host.Weights = weights;
        vectors.Fill(host.Wl, T.Zero);
        vectors.Fill(host.W, T.Zero);
        vectors.Fill(host.X2, T.Zero);
        ref var s = ref host.Scalars;
        s = MinresQlpRecurrence.Initial(settings);
        MinresQlpRecurrence.ChooseScale(ref s, vectors.MaxAbs(b));
        if (s.Stop != 0) return;
        RunWeighted(new StartPass<T>(b.Pointer(), z.Pointer(), T.CreateTruncating(1 / s.Scale)), host, b.Count);
    }

    public void LanczosProduct(IMinresQlpState state, Tensor<T> z, Tensor<T> previous, Tensor<T> p, bool withDirections)
    {
        Guard.Equal(p.Count, z.Count, "minres-qlp: the product");
        Guard.Equal(previous.Count, z.Count, "minres-qlp: the previous Lanczos vector");
        var host = Host(state);
        ref var s = ref host.Scalars;
        if (s.Stop != 0)
        {
            if (withDirections) UpdateDirections(state, previous);
        }
        else
        {
            // In the first iteration the coefficient is 0, and 0 times what memory holds need not be.
            var first = s.Iteration == 0;
            var pass = new ProductPass<T>(
                z.Pointer(), first ? z.Pointer() : previous.Pointer(), p.Pointer(), T.CreateTruncating(s.PassProduct),
                first ? T.Zero : T.CreateTruncating(-s.PassPrevious));
            if (withDirections && s.DirectionsDue != 0) RunWeighted(pass, host, z.Count, Directions(host, previous));
            else RunWeighted(pass, host, z.Count);
        }
        MinresQlpRecurrence.AcceptProduct(ref s);
    }

    public void LanczosNormalise(IMinresQlpState state, Tensor<T> current, Tensor<T> p)
    {
        Guard.Equal(p.Count, current.Count, "minres-qlp: the product");
        var host = Host(state);
        ref var s = ref host.Scalars;
        if (s.Stop != 0) return;
        var pass = new NormalisePass<T>(
            current.Pointer(), p.Pointer(), T.CreateTruncating(-s.PassCurrent), T.CreateTruncating(s.NextScale));
        RunWeighted(pass, host, p.Count);
    }

    public void PreconditionedNorm(IMinresQlpState state, Tensor<T> r, Tensor<T> z)
    {
        ref var s = ref Host(state).Scalars;
        if (s.Stop == 0) s.Sum0 = vectors.Dot(r, z);
    }

    public void Advance(IMinresQlpState state) => MinresQlpRecurrence.Advance(ref Host(state).Scalars);

    public void UpdateDirections(IMinresQlpState state, Tensor<T> z)
    {
        var host = Host(state);
        if (host.Scalars.DirectionsDue == 0) return;
        context.Pool.Run(Directions(host, z), VectorKernels<T>.Chunks(z.Count));
    }

    public void RunCycles(IMinresQlpState state, IRecording cycle, ISolveWatch watch)
    {
        var host = Host(state);
        while (host.Scalars.Stop == 0 && !watch.WantsToStop) cycle.Run();
    }

    public void FormSolution(IMinresQlpState state, Tensor<T> z, Tensor<T> x)
    {
        var host = Host(state);
        Guard.Equal(x.Count, host.X2.Count, "minres-qlp: the solution");
        if (host.Scalars.Exit == SolveExit.ZeroSolution)
        {
            vectors.Fill(x, T.Zero);
            return;
        }
        if (!z.IsAbsent) UpdateDirections(state, z);
        var work = new SolutionWork<T>(
            host.Scalars, host.X2.Pointer(), host.Wl.Pointer(), host.W.Pointer(), x.Pointer(), x.Count, context.UseSimd);
        context.Pool.Run(work, VectorKernels<T>.Chunks(x.Count));
    }

    public void Poll(IMinresQlpState state, out MinresQlpScalars scalars) => scalars = Host(state).Scalars;

    private static MinresQlpState<T> Host(IMinresQlpState state)
        => state as MinresQlpState<T>
            ?? throw new ArgumentException("cpu: the solver state lives on another device", nameof(state));

    /// <summary>The due step of the directions, which whoever asks for it does.</summary>
    private DirectionsWork<T> Directions(MinresQlpState<T> state, Tensor<T> z)
    {
        Guard.Equal(z.Count, state.X2.Count, "minres-qlp: the Lanczos vector");
        var work = new DirectionsWork<T>(
            state.Scalars, z.Pointer(), state.Wl.Pointer(), state.W.Pointer(), state.X2.Pointer(), z.Count, context.UseSimd);
        state.Scalars.DirectionsDue = 0;
        return work;
    }

    private void RunWeighted<TPass>(TPass pass, MinresQlpState<T> state, int count)
        where TPass : unmanaged, IWeightedPass<T>
        => RunWeighted(pass, state, count, default(NoWork));

    /// <summary>
    /// A pass with other work on the same chunks in front of it: a vector that both read comes from the cache the second
    /// time.
    /// </summary>
    private void RunWeighted<TPass, TBefore>(TPass pass, MinresQlpState<T> state, int count, TBefore before)
        where TPass : unmanaged, IWeightedPass<T>
        where TBefore : unmanaged, IParts
    {
        var weights = state.Weights;
        if (!weights.Diagonal.IsAbsent) Guard.Equal(weights.Diagonal.Count, count, "minres-qlp: the preconditioner");
        var chunks = VectorKernels<T>.Chunks(count);
        var sums = (WeightedSums*)context.Scratch(2 * chunks);
        var work = new WeightedWork<T, TPass>(pass, weights, count, sums, context.UseSimd);
        context.Pool.Run(new WorkPair<TBefore, WeightedWork<T, TPass>>(before, work), chunks);
        var total = default(WeightedSums);
        for (var i = 0; i < chunks; i++) total += sums[i];
        (state.Scalars.Sum0, state.Scalars.Sum1) = (total.Sum0, total.Sum1);
    }
}

/// <summary>A solve: the scalars in host memory, the preconditioner's diagonal and the vectors that move along.</summary>
internal sealed class MinresQlpState<T>(Tensor<T> wl, Tensor<T> w, Tensor<T> x2) : IMinresQlpState
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public MinresQlpScalars Scalars;

    public DiagonalWeights<T> Weights = DiagonalWeights<T>.Identity;

    public Tensor<T> Wl => wl;

    public Tensor<T> W => w;

    public Tensor<T> X2 => x2;

    public void Dispose()
    {
    }
}

/// <summary>Nothing in front of a pass.</summary>
internal readonly struct NoWork : IParts
{
    public void Run(int part)
    {
    }
}

/// <summary>Two pieces of work, part by part.</summary>
internal readonly struct WorkPair<TFirst, TSecond>(TFirst first, TSecond second) : IParts
    where TFirst : unmanaged, IParts
    where TSecond : unmanaged, IParts
{
    public void Run(int part)
    {
        first.Run(part);
        second.Run(part);
    }
}

/// <summary>(wl, w, x2) of <see cref="IMinresQlpKernels{T}.UpdateDirections"/>: four reads and three writes.</summary>
internal readonly unsafe struct DirectionsWork<T>(
    in MinresQlpScalars s, T* z, T* wl, T* w, T* x2, int count, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _c1 = T.CreateTruncating(s.PassC1);
    private readonly T _s1 = T.CreateTruncating(s.PassS1);
    private readonly T _c2 = T.CreateTruncating(s.PassC2);
    private readonly T _s2 = T.CreateTruncating(s.PassS2);
    private readonly T _mu2 = T.CreateTruncating(s.PassMu2);
    private readonly T _v = T.CreateTruncating(s.PassV);

    public void Run(int part)
    {
        var i = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(i + VectorKernels<T>.ChunkLength, count);
        if (useSimd) i = RunVectors(i, end);
        for (; i < end; i++)
        {
            var v = z[i] * _v;
            var last = w[i];
            var final = T.FusedMultiplyAdd(_c2, wl[i], _s2 * v);
            var a = T.FusedMultiplyAdd(_s2, wl[i], -(_c2 * v));
            x2[i] = T.FusedMultiplyAdd(_mu2, final, x2[i]);
            wl[i] = T.FusedMultiplyAdd(_c1, last, _s1 * a);
            w[i] = T.FusedMultiplyAdd(_s1, last, -(_c1 * a));
        }
    }

    private int RunVectors(int i, int end)
    {
        var c1 = new Vector<T>(_c1);
        var s1 = new Vector<T>(_s1);
        var c2 = new Vector<T>(_c2);
        var s2 = new Vector<T>(_s2);
        var mu2 = new Vector<T>(_mu2);
        for (; i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var v = Vector.Load(z + i) * _v;
            var last = Vector.Load(w + i);
            var lastL = Vector.Load(wl + i);
            var final = Simd.MultiplyAdd(c2, lastL, s2 * v);
            var a = Simd.MultiplyAdd(s2, lastL, -(c2 * v));
            Simd.MultiplyAdd(mu2, final, Vector.Load(x2 + i)).Store(x2 + i);
            Simd.MultiplyAdd(c1, last, s1 * a).Store(wl + i);
            Simd.MultiplyAdd(s1, last, -(c1 * a)).Store(w + i);
        }
        return i;
    }
}

/// <summary>x = scale (x2 + mu1 wl + mu0 w).</summary>
internal readonly unsafe struct SolutionWork<T>(
    in MinresQlpScalars s, T* x2, T* wl, T* w, T* x, int count, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _mu1 = T.CreateTruncating(s.Mu1);
    private readonly T _mu0 = T.CreateTruncating(s.Mu0);
    private readonly T _scale = T.CreateTruncating(s.Scale);

    public void Run(int part)
    {
        var i = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(i + VectorKernels<T>.ChunkLength, count);
        if (useSimd)
        {
            var mu1 = new Vector<T>(_mu1);
            var mu0 = new Vector<T>(_mu0);
            for (; i <= end - Vector<T>.Count; i += Vector<T>.Count)
            {
                var partial = Simd.MultiplyAdd(mu1, Vector.Load(wl + i), Vector.Load(x2 + i));
                (Simd.MultiplyAdd(mu0, Vector.Load(w + i), partial) * _scale).Store(x + i);
            }
        }
        for (; i < end; i++)
        {
            x[i] = T.FusedMultiplyAdd(_mu0, w[i], T.FusedMultiplyAdd(_mu1, wl[i], x2[i])) * _scale;
        }
    }
}
