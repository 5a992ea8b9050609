using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IOptimizerKernels{T}"/> on the CPU, one fused pass in chunks.</summary>
internal sealed unsafe class OptimizerKernels<T>(CpuContext context) : IOptimizerKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Adam(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> w)
    {
        AdamStep.Check(scalars, gradient, m, v, w);
        var vectors = new AdamVectors<T>(gradient.Pointer(), m.Pointer(), v.Pointer(), w.Pointer(), w.Count, context.UseSimd);
        context.Pool.Run(new AdamWork<T>(new AdamNumbers<T>(scalars.Pointer()), vectors), VectorKernels<T>.Chunks(w.Count));
    }

    public void AdamMetric(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> s)
    {
        AdamStep.Check(scalars, gradient, m, v, s);
        var vectors = new AdamVectors<T>(gradient.Pointer(), m.Pointer(), v.Pointer(), s.Pointer(), s.Count, context.UseSimd);
        context.Pool.Run(new AdamMetricWork<T>(new AdamNumbers<T>(scalars.Pointer()), vectors), VectorKernels<T>.Chunks(s.Count));
    }
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

internal readonly unsafe struct AdamWork<T>(AdamNumbers<T> s, AdamVectors<T> vectors) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var (i, end) = vectors.Chunk(part);
        var w = vectors.Result;
        for (; vectors.UseSimd && i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var (m, v) = vectors.MoveVector(i, s);
            var step = m * s.Rate / ((Vector.SquareRoot(v) * s.Scale) + new Vector<T>(s.Epsilon));
            (Vector.Load(w + i) - step).Store(w + i);
        }
        for (; i < end; i++)
        {
            var (m, v) = vectors.Move(i, s);
            w[i] -= s.Rate * m / ((T.Sqrt(v) * s.Scale) + s.Epsilon);
        }
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
