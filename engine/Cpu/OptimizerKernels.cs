using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IOptimizerKernels{T}"/> on the CPU, one fused pass in chunks.</summary>
internal sealed unsafe class OptimizerKernels<T>(CpuContext context) : IOptimizerKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Adam(
        Tensor<double> scalars, Tensor<double> watched, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> w, Tensor<double> square)
    {
        AdamStep.Check(scalars, gradient, m, v, w);
        Guard.Positive(square.Count, "adam: the square of the step");
        *square.Pointer() = 0;
        if (!AreFinite(watched)) return;
        var chunks = VectorKernels<T>.Chunks(w.Count);
        var sums = context.Scratch(chunks);
        var vectors = new AdamVectors<T>(gradient.Pointer(), m.Pointer(), v.Pointer(), w.Pointer(), w.Count, context.UseSimd);
        context.Pool.Run(new AdamWork<T>(new AdamNumbers<T>(scalars.Pointer()), vectors, sums), chunks);
        for (var i = 0; i < chunks; i++) *square.Pointer() += sums[i];
    }

    public void AdamMetric(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> s)
    {
        AdamStep.Check(scalars, gradient, m, v, s);
        var vectors = new AdamVectors<T>(gradient.Pointer(), m.Pointer(), v.Pointer(), s.Pointer(), s.Count, context.UseSimd);
        context.Pool.Run(new AdamMetricWork<T>(new AdamNumbers<T>(scalars.Pointer()), vectors), VectorKernels<T>.Chunks(s.Count));
    }

    public void Sgd(Tensor<double> scalars, Tensor<double> watched, Tensor<T> gradient, Tensor<T> w)
    {
        SgdStep.Check(scalars, gradient, w);
        if (!AreFinite(watched)) return;
        var rate = T.CreateTruncating(-scalars.Pointer()[0]);
        var work = new MapWork<T, AxpyOperation<T>>(rate, gradient.Pointer(), T.One, w.Pointer(), w.Pointer(), w.Count, context.UseSimd);
        context.Pool.Run(work, VectorKernels<T>.Chunks(w.Count));
    }

    public void Momentum(
        Tensor<double> scalars, Tensor<double> watched, Tensor<T> gradient, Tensor<T> velocity, Tensor<T> w, Tensor<double> square)
    {
        SgdStep.Check(scalars, gradient, w);
        Guard.Equal(velocity.Count, w.Count, "sgd: the velocity");
        Guard.Positive(square.Count, "sgd: the square of the velocity");
        *square.Pointer() = 0;
        if (!AreFinite(watched)) return;
        var chunks = VectorKernels<T>.Chunks(w.Count);
        var sums = context.Scratch(chunks);
        var (rate, momentum) = (T.CreateTruncating(-scalars.Pointer()[0]), T.CreateTruncating(scalars.Pointer()[1]));
        context.Pool.Run(
            new MomentumWork<T>(rate, momentum, gradient.Pointer(), velocity.Pointer(), w.Pointer(), w.Count, sums, context.UseSimd), chunks);
        for (var i = 0; i < chunks; i++) *square.Pointer() += sums[i];
    }

    public void MultiplierWeights(Tensor<T> multipliers, int samples, Tensor<T> weights)
    {
        Guard.Equal(weights.Count, multipliers.Count, "the weights of multipliers");
        for (var j = 0; j < weights.Count; j++)
        {
            weights.Pointer()[j] = T.CreateTruncating(2 * (double.CreateTruncating(multipliers.Pointer()[j]) / samples));
        }
    }

    public void MultiplierAscent(
        Tensor<double> scalars, Tensor<double> watched, Tensor<double> squares, Tensor<double> bounds, Tensor<T> multipliers, Tensor<T> averages)
    {
        MultiplierStep.Check(scalars, squares, bounds, multipliers, averages);
        if (!AreFinite(watched)) return;
        var numbers = scalars.Pointer();
        var step = new MultiplierStep(numbers[0], numbers[1], numbers[2], numbers[3] != 0);
        for (var j = 0; j < multipliers.Count; j++)
        {
            ref var multiplier = ref multipliers.Pointer()[j];
            ref var average = ref averages.Pointer()[j];
            var (nextMultiplier, nextAverage) = step.Next(
                double.CreateTruncating(multiplier), double.CreateTruncating(average), squares.Pointer()[j] - bounds.Pointer()[j]);
            (multiplier, average) = (T.CreateTruncating(nextMultiplier), T.CreateTruncating(nextAverage));
        }
    }

    private static bool AreFinite(Tensor<double> watched) => Simd.AreFinite(watched.Pointer(), watched.Count);
}

/// <summary>The numbers of one step in the vectors' precision.</summary>
internal readonly unsafe struct AdamNumbers<T>(double* scalars)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public readonly T Beta1 = T.CreateTruncating(scalars[0]);
    public readonly T Rest1 = T.CreateTruncating(scalars[1]);
    public readonly T Beta2 = T.CreateTruncating(scalars[2]);
    public readonly T Rest2 = T.CreateTruncating(scalars[3]);
    public readonly T Rate = T.CreateTruncating(scalars[4]);
    public readonly T Scale = T.CreateTruncating(scalars[5]);
    public readonly T Epsilon = T.CreateTruncating(scalars[6]);

    /// <summary>eta f of Eq. 12, where the rate is eta.</summary>
    public readonly T Weight = T.CreateTruncating(scalars[4] / scalars[5]);
}

/// <summary>The gradient, the moments and a fourth vector that an update writes.</summary>
internal readonly unsafe struct AdamVectors<T>(T* g, T* m, T* v, T* result, int count, bool useSimd)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public readonly T* G = g;
    public readonly T* M = m;
    public readonly T* V = v;
    public readonly T* Result = result;
    public readonly bool UseSimd = useSimd;

    /// <summary>The elements of a chunk.</summary>
    public (int Begin, int End) Chunk(int part)
    {
        var begin = part * VectorKernels<T>.ChunkLength;
        return (begin, Math.Min(begin + VectorKernels<T>.ChunkLength, count));
    }

    /// <summary>Updates both moments of an element.</summary>
    public (T M, T V) Move(int i, in AdamNumbers<T> s)
    {
        var m = M[i] = (s.Beta1 * M[i]) + (s.Rest1 * G[i]);
        var v = V[i] = (s.Beta2 * V[i]) + (s.Rest2 * G[i] * G[i]);
        return (m, v);
    }

    /// <summary>Updates both moments of as many elements as a vector has.</summary>
    public (Vector<T> M, Vector<T> V) MoveVector(int i, in AdamNumbers<T> s)
    {
        var g = Vector.Load(G + i);
        var m = (Vector.Load(M + i) * s.Beta1) + (g * s.Rest1);
        var v = (Vector.Load(V + i) * s.Beta2) + (g * s.Rest2 * g);
        m.Store(M + i);
        v.Store(V + i);
        return (m, v);
    }
}

/// <summary>The parts of Adam: one float64 sum of squares a chunk, of what w moved by behind rounding.</summary>
internal readonly unsafe struct AdamWork<T>(AdamNumbers<T> s, AdamVectors<T> vectors, double* sums) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var (i, end) = vectors.Chunk(part);
        var w = vectors.Result;
        var sum0 = Vector<double>.Zero;
        var sum1 = Vector<double>.Zero;
        for (; vectors.UseSimd && i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var (m, v) = vectors.MoveVector(i, s);
            var step = m * s.Rate / ((Vector.SquareRoot(v) * s.Scale) + new Vector<T>(s.Epsilon));
            var before = Vector.Load(w + i);
            var after = before - step;
            after.Store(w + i);
            Simd.AddProducts(before - after, before - after, ref sum0, ref sum1);
        }
        var total = Vector.Sum(sum0 + sum1);
        for (; i < end; i++)
        {
            var (m, v) = vectors.Move(i, s);
            var before = w[i];
            w[i] -= s.Rate * m / ((T.Sqrt(v) * s.Scale) + s.Epsilon);
            var moved = double.CreateTruncating(before - w[i]);
            total += moved * moved;
        }
        sums[part] = total;
    }
}

internal readonly unsafe struct AdamMetricWork<T>(AdamNumbers<T> s, AdamVectors<T> vectors) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var (i, end) = vectors.Chunk(part);
        for (; vectors.UseSimd && i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var v = vectors.MoveVector(i, s).V;
            var root = Vector.SquareRoot((Vector.SquareRoot(v) + new Vector<T>(s.Epsilon)) * s.Weight);
            (Vector<T>.One / root).Store(vectors.Result + i);
        }
        for (; i < end; i++)
        {
            var v = vectors.Move(i, s).V;
            vectors.Result[i] = T.One / T.Sqrt((T.Sqrt(v) + s.Epsilon) * s.Weight);
        }
    }
}

/// <summary>
/// The parts of gradient descent with momentum, whose rate comes with a minus sign: one float64 sum of squares of the velocity a
/// chunk.
/// </summary>
internal readonly unsafe struct MomentumWork<T>(T rate, T momentum, T* g, T* u, T* w, int count, double* sums, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var i = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(i + VectorKernels<T>.ChunkLength, count);
        var sum0 = Vector<double>.Zero;
        var sum1 = Vector<double>.Zero;
        var (rates, momenta) = (new Vector<T>(rate), new Vector<T>(momentum));
        for (; useSimd && i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var velocity = (momenta * Vector.Load(u + i)) + Vector.Load(g + i);
            velocity.Store(u + i);
            Simd.MultiplyAdd(rates, velocity, Vector.Load(w + i)).Store(w + i);
            Simd.AddProducts(velocity, velocity, ref sum0, ref sum1);
        }
        var total = Vector.Sum(sum0 + sum1);
        for (; i < end; i++)
        {
            u[i] = (momentum * u[i]) + g[i];
            w[i] = T.FusedMultiplyAdd(rate, u[i], w[i]);
            var velocity = double.CreateTruncating(u[i]);
            total += velocity * velocity;
        }
        sums[part] = total;
    }
}
