using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// <see cref="IVectorKernels{T}"/> on the CPU. Vectors are cut into chunks of a fixed length, whose float64 partial sums
/// are added in their order: the same bits for any number of threads.
/// </summary>
internal sealed unsafe class VectorKernels<T>(CpuContext context) : IVectorKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements of one part: 64 kB of float32, which stays in the second-level cache.</summary>
    public const int ChunkLength = 16_384;

    public void Fill(Tensor<T> x, T value) => new Span<T>(x.Pointer(), x.Count).Fill(value);

    public void Copy(Tensor<T> x, Tensor<T> y)
    {
        Guard.Equal(y.Count, x.Count, "a vector copy");
        var bytes = (long)x.Count * sizeof(T);
        Buffer.MemoryCopy(x.Pointer(), y.Pointer(), bytes, bytes);
    }

    public void Scale(double a, Tensor<T> x, Tensor<T> y) => Map<ScaleOperation<T>>(a, x, 0, x, y);

    public void Axpy(double a, Tensor<T> x, Tensor<T> y) => Map<AxpyOperation<T>>(a, x, 1, y, y);

    public void Axpy(Tensor<double> a, Tensor<T> x, Tensor<T> y)
    {
        Guard.Positive(a.Count, "the factor of an axpy");
        Axpy(*a.Pointer(), x, y);
    }

    public void Combine(double a, Tensor<T> x, double b, Tensor<T> y, Tensor<T> z) => Map<CombineOperation<T>>(a, x, b, y, z);

    public void Multiply(Tensor<T> x, Tensor<T> y, Tensor<T> z) => Map<MultiplyOperation<T>>(1, x, 1, y, z);

    public double Dot(Tensor<T> x, Tensor<T> y)
    {
        Guard.Equal(y.Count, x.Count, "a dot product");
        var chunks = Chunks(x.Count);
        var sums = context.Scratch(chunks);
        context.Pool.Run(new DotWork<T>(x.Pointer(), y.Pointer(), x.Count, sums, context.UseSimd), chunks);
        var total = 0.0;
        for (var i = 0; i < chunks; i++) total += sums[i];
        return total;
    }

    public void Dot(Tensor<T> x, Tensor<T> y, Tensor<double> result)
    {
        Guard.Positive(result.Count, "the result of a dot product");
        *result.Pointer() = Dot(x, y);
    }

    public double Norm(Tensor<T> x) => Math.Sqrt(Dot(x, x));

    public double MaxAbs(Tensor<T> x)
    {
        var chunks = Chunks(x.Count);
        var maxima = context.Scratch(chunks);
        context.Pool.Run(new MaxAbsWork<T>(x.Pointer(), x.Count, maxima), chunks);
        var max = 0.0;
        for (var i = 0; i < chunks; i++) max = Math.Max(max, maxima[i]);
        return max;
    }

    /// <summary>The number of parts that a vector is cut into.</summary>
    public static int Chunks(int count) => (count + ChunkLength - 1) / ChunkLength;

    private void Map<TOperation>(double a, Tensor<T> x, double b, Tensor<T> y, Tensor<T> z)
        where TOperation : struct, IMapOperation<T>
    {
        Guard.Equal(y.Count, x.Count, "an elementwise operation");
        Guard.Equal(z.Count, x.Count, "an elementwise operation's result");
        var work = new MapWork<T, TOperation>(
            T.CreateTruncating(a), x.Pointer(), T.CreateTruncating(b), y.Pointer(), z.Pointer(), x.Count, context.UseSimd);
        context.Pool.Run(work, Chunks(x.Count));
    }
}

/// <summary>z = f(a, x, b, y), for one element and for a vector of them.</summary>
internal interface IMapOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract T Apply(T a, T x, T b, T y);

    static abstract Vector<T> Apply(Vector<T> a, Vector<T> x, Vector<T> b, Vector<T> y);
}

internal readonly struct ScaleOperation<T> : IMapOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T x, T b, T y) => a * x;

    public static Vector<T> Apply(Vector<T> a, Vector<T> x, Vector<T> b, Vector<T> y) => a * x;
}

internal readonly struct AxpyOperation<T> : IMapOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T x, T b, T y) => T.FusedMultiplyAdd(a, x, y);

    public static Vector<T> Apply(Vector<T> a, Vector<T> x, Vector<T> b, Vector<T> y) => Simd.MultiplyAdd(a, x, y);
}

internal readonly struct CombineOperation<T> : IMapOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T x, T b, T y) => T.FusedMultiplyAdd(a, x, b * y);

    public static Vector<T> Apply(Vector<T> a, Vector<T> x, Vector<T> b, Vector<T> y) => Simd.MultiplyAdd(a, x, b * y);
}

internal readonly struct MultiplyOperation<T> : IMapOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T x, T b, T y) => x * y;

    public static Vector<T> Apply(Vector<T> a, Vector<T> x, Vector<T> b, Vector<T> y) => x * y;
}

/// <summary>The parts of an elementwise operation.</summary>
internal readonly unsafe struct MapWork<T, TOperation>(T a, T* x, T b, T* y, T* z, int count, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TOperation : struct, IMapOperation<T>
{
    public void Run(int part)
    {
        var i = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(i + VectorKernels<T>.ChunkLength, count);
        if (useSimd)
        {
            var aVector = new Vector<T>(a);
            var bVector = new Vector<T>(b);
            for (; i <= end - Vector<T>.Count; i += Vector<T>.Count)
            {
                TOperation.Apply(aVector, Vector.Load(x + i), bVector, Vector.Load(y + i)).Store(z + i);
            }
        }
        for (; i < end; i++) z[i] = TOperation.Apply(a, x[i], b, y[i]);
    }
}

/// <summary>The parts of a dot product: one float64 sum a chunk.</summary>
internal readonly unsafe struct DotWork<T>(T* x, T* y, int count, double* sums, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var begin = part * VectorKernels<T>.ChunkLength;
        sums[part] = Dot(x + begin, y + begin, Math.Min(VectorKernels<T>.ChunkLength, count - begin), useSimd);
    }

    /// <summary>The inner product of two runs of memory, in float64.</summary>
    public static double Dot(T* x, T* y, int count, bool useSimd)
    {
        var (i, total) = (0, 0.0);
        if (useSimd)
        {
            var sum0 = Vector<double>.Zero;
            var sum1 = Vector<double>.Zero;
            for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            {
                Simd.AddProducts(Vector.Load(x + i), Vector.Load(y + i), ref sum0, ref sum1);
            }
            total = Vector.Sum(sum0 + sum1);
        }
        for (; i < count; i++) total += double.CreateTruncating(x[i]) * double.CreateTruncating(y[i]);
        return total;
    }
}

/// <summary>The parts of a maximum of magnitudes; NaN wins.</summary>
internal readonly unsafe struct MaxAbsWork<T>(T* x, int count, double* maxima) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var begin = part * VectorKernels<T>.ChunkLength;
        var length = Math.Min(VectorKernels<T>.ChunkLength, count - begin);
        var max = T.Zero;
        foreach (var value in new ReadOnlySpan<T>(x + begin, length)) max = T.Max(max, T.Abs(value));
        maxima[part] = double.CreateTruncating(max);
    }
}
