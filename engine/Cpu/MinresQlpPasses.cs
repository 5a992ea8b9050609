using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>The partial sums of one chunk.</summary>
internal readonly record struct WeightedSums(double Sum0, double Sum1)
{
    public static WeightedSums operator +(WeightedSums a, WeightedSums b) => new(a.Sum0 + b.Sum0, a.Sum1 + b.Sum1);

    public static WeightedSums operator *(double a, WeightedSums b) => new(a * b.Sum0, a * b.Sum1);
}

/// <summary>Elements begin to end of a vector pass under weights m.</summary>
internal interface IWeightedPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Returns the sums over the elements, still without <see cref="IWeights{T}.Factor"/>.</summary>
    WeightedSums Run<TWeights>(TWeights weights, int begin, int end, bool useSimd)
        where TWeights : struct, IWeights<T>;
}

/// <summary>How a pass multiplies with m_i and divides by it.</summary>
internal interface IWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What all sums are multiplied with afterwards.</summary>
    double Factor { get; }

    bool ArePositive(int begin, int end);

    T Divide(T x, int i);

    Vector<T> Divide(Vector<T> x, int i);

    T Weigh(T x, int i);

    Vector<T> Weigh(Vector<T> x, int i);
}

/// <summary>m_i = m: sums are weighed once, at their end.</summary>
internal readonly struct ConstantWeights<T>(double m) : IWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _inverse = T.CreateTruncating(1 / m);

    public double Factor => m;

    public bool ArePositive(int begin, int end) => m > 0;

    public T Divide(T x, int i) => x * _inverse;

    public Vector<T> Divide(Vector<T> x, int i) => x * _inverse;

    public T Weigh(T x, int i) => x;

    public Vector<T> Weigh(Vector<T> x, int i) => x;
}

/// <summary>m_i from memory: one more read a pass.</summary>
internal readonly unsafe struct DiagonalVectorWeights<T>(T* m) : IWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public double Factor => 1;

    public bool ArePositive(int begin, int end)
    {
        foreach (var value in new ReadOnlySpan<T>(m + begin, end - begin))
        {
            if (!(value > T.Zero)) return false;
        }
        return true;
    }

    public T Divide(T x, int i) => x / m[i];

    public Vector<T> Divide(Vector<T> x, int i) => x / Vector.Load(m + i);

    public T Weigh(T x, int i) => x * m[i];

    public Vector<T> Weigh(Vector<T> x, int i) => x * Vector.Load(m + i);
}

/// <summary>The chunks of a pass; a chunk across the border of two blocks is done in two pieces.</summary>
internal readonly unsafe struct WeightedWork<T, TPass>(
    TPass pass, in DiagonalWeights<T> weights, int count, WeightedSums* sums, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TPass : unmanaged, IWeightedPass<T>
{
    private readonly T* _diagonal = weights.Diagonal.PointerOrNull();
    private readonly int _split = weights.Split;
    private readonly double _first = weights.First;
    private readonly double _second = weights.Second;

    public void Run(int part)
    {
        var begin = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(begin + VectorKernels<T>.ChunkLength, count);
        var border = Math.Clamp(_split, begin, end);
        sums[part] = _diagonal is not null
            ? Piece(new DiagonalVectorWeights<T>(_diagonal), begin, end)
            : Piece(new ConstantWeights<T>(_first), begin, border) + Piece(new ConstantWeights<T>(_second), border, end);
    }

    private WeightedSums Piece<TWeights>(TWeights weights, int begin, int end)
        where TWeights : struct, IWeights<T>
        => begin == end ? default : weights.Factor * pass.Run(weights, begin, end, useSimd);
}

/// <summary>z = M^-1 (b scale); sum m z^2, or -infinity where M is not positive.</summary>
internal readonly unsafe struct StartPass<T>(T* b, T* z, T scale) : IWeightedPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public WeightedSums Run<TWeights>(TWeights weights, int begin, int end, bool useSimd)
        where TWeights : struct, IWeights<T>
    {
        if (!weights.ArePositive(begin, end)) return new WeightedSums(double.NegativeInfinity, 0);
        var sums = default(PassSums);
        var i = begin;
        for (; useSimd && i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var value = weights.Divide(Vector.Load(b + i) * scale, i);
            value.Store(z + i);
            sums.Add0(weights.Weigh(value, i), value);
        }
        for (; i < end; i++)
        {
            z[i] = weights.Divide(b[i] * scale, i);
            sums.Add0(weights.Weigh(z[i], i), z[i]);
        }
        return sums.Total;
    }
}

/// <summary>p = product M^-1 p + previousFactor previous; sum m z p and sum m p^2.</summary>
internal readonly unsafe struct ProductPass<T>(T* z, T* previous, T* p, T product, T previousFactor) : IWeightedPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public WeightedSums Run<TWeights>(TWeights weights, int begin, int end, bool useSimd)
        where TWeights : struct, IWeights<T>
    {
        var sums = default(PassSums);
        var factor = new Vector<T>(previousFactor);
        var i = begin;
        for (; useSimd && i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var scaled = weights.Divide(Vector.Load(p + i), i) * product;
            var value = Simd.MultiplyAdd(factor, Vector.Load(previous + i), scaled);
            value.Store(p + i);
            var weighed = weights.Weigh(value, i);
            sums.Add0(Vector.Load(z + i), weighed);
            sums.Add1(value, weighed);
        }
        for (; i < end; i++)
        {
            var value = T.FusedMultiplyAdd(previousFactor, previous[i], weights.Divide(p[i], i) * product);
            p[i] = value;
            var weighed = weights.Weigh(value, i);
            sums.Add0(z[i], weighed);
            sums.Add1(value, weighed);
        }
        return sums.Total;
    }
}

/// <summary>p = scale (p + factor current); sum m p^2.</summary>
internal readonly unsafe struct NormalisePass<T>(T* current, T* p, T factor, T scale) : IWeightedPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public WeightedSums Run<TWeights>(TWeights weights, int begin, int end, bool useSimd)
        where TWeights : struct, IWeights<T>
    {
        var sums = default(PassSums);
        var factors = new Vector<T>(factor);
        var i = begin;
        for (; useSimd && i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var value = Simd.MultiplyAdd(factors, Vector.Load(current + i), Vector.Load(p + i)) * scale;
            value.Store(p + i);
            sums.Add0(weights.Weigh(value, i), value);
        }
        for (; i < end; i++)
        {
            p[i] = T.FusedMultiplyAdd(factor, current[i], p[i]) * scale;
            sums.Add0(weights.Weigh(p[i], i), p[i]);
        }
        return sums.Total;
    }
}

/// <summary>Two sums of products in float64, for vectors and for single elements.</summary>
internal struct PassSums
{
    private Vector<double> _low0;
    private Vector<double> _high0;
    private Vector<double> _low1;
    private Vector<double> _high1;
    private double _rest0;
    private double _rest1;

    public readonly WeightedSums Total
        => new(Vector.Sum(_low0 + _high0) + _rest0, Vector.Sum(_low1 + _high1) + _rest1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add0<T>(Vector<T> x, Vector<T> y)
        where T : unmanaged
        => Simd.AddProducts(x, y, ref _low0, ref _high0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add1<T>(Vector<T> x, Vector<T> y)
        where T : unmanaged
        => Simd.AddProducts(x, y, ref _low1, ref _high1);

    public void Add0<T>(T x, T y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => _rest0 += double.CreateTruncating(x) * double.CreateTruncating(y);

    public void Add1<T>(T x, T y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => _rest1 += double.CreateTruncating(x) * double.CreateTruncating(y);
}
