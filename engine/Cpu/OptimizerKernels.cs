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
        Guard.Equal(scalars.Count, AdamStep.ScalarCount, "adam: the numbers of a step");
        Guard.Equal(gradient.Count, w.Count, "adam: the gradient");
        Guard.Equal(m.Count, w.Count, "adam: the first moment");
        Guard.Equal(v.Count, w.Count, "adam: the second moment");
        var work = new AdamWork<T>(
            scalars.Pointer(), gradient.Pointer(), m.Pointer(), v.Pointer(), w.Pointer(), w.Count, context.UseSimd);
        context.Pool.Run(work, VectorKernels<T>.Chunks(w.Count));
    }
}

internal readonly unsafe struct AdamWork<T> : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* _g;
    private readonly T* _m;
    private readonly T* _v;
    private readonly T* _w;
    private readonly int _count;
    private readonly bool _useSimd;
    private readonly T _beta1;
    private readonly T _rest1;
    private readonly T _beta2;
    private readonly T _rest2;
    private readonly T _rate;
    private readonly T _scale;
    private readonly T _epsilon;

    public AdamWork(double* scalars, T* g, T* m, T* v, T* w, int count, bool useSimd)
    {
        _g = g;
        _m = m;
        _v = v;
        _w = w;
        _count = count;
        _useSimd = useSimd;
        _beta1 = T.CreateTruncating(scalars[0]);
        _rest1 = T.CreateTruncating(scalars[1]);
        _beta2 = T.CreateTruncating(scalars[2]);
        _rest2 = T.CreateTruncating(scalars[3]);
        _rate = T.CreateTruncating(scalars[4]);
        _scale = T.CreateTruncating(scalars[5]);
        _epsilon = T.CreateTruncating(scalars[6]);
    }

    public void Run(int part)
    {
        var i = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(i + VectorKernels<T>.ChunkLength, _count);
        if (_useSimd) i = RunVectors(i, end);
        for (; i < end; i++)
        {
            var g = _g[i];
            var m = (_beta1 * _m[i]) + (_rest1 * g);
            var v = (_beta2 * _v[i]) + (_rest2 * g * g);
            _m[i] = m;
            _v[i] = v;
            _w[i] -= _rate * m / ((T.Sqrt(v) * _scale) + _epsilon);
        }
    }

    private int RunVectors(int i, int end)
    {
        for (; i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var g = Vector.Load(_g + i);
            var m = (Vector.Load(_m + i) * _beta1) + (g * _rest1);
            var v = (Vector.Load(_v + i) * _beta2) + (g * _rest2 * g);
            m.Store(_m + i);
            v.Store(_v + i);
            var step = m * _rate / ((Vector.SquareRoot(v) * _scale) + new Vector<T>(_epsilon));
            (Vector.Load(_w + i) - step).Store(_w + i);
        }
        return i;
    }
}
