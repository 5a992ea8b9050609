using System.Numerics;
using System.Runtime.CompilerServices;

namespace PoseEngine.Cpu;

/// <summary>The sums of (w_p - s_p z_i)^2 over one chunk of columns, for all points p and rows i: [chunk][p][i].</summary>
internal readonly unsafe struct SphereDistanceWork<T>(
    CentreRows<T> centres, T* points, double* scales, int pointCount, double* sums, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var (first, columns) = centres.Columns(part);
        var target = sums + ((long)part * pointCount * centres.Count);
        for (var i = 0; i < centres.Count; i++, target++)
        {
            var z = centres.Row(i) + first;
            var p = 0;
            for (; p + 1 < pointCount; p += 2)
            {
                var (a, b) = SphereSums.Squares(Point(p) + first, Point(p + 1) + first, scales[p], scales[p + 1], z, columns, useSimd);
                target[p * centres.Count] = a;
                target[(p + 1) * centres.Count] = b;
            }
            if (p < pointCount)
            {
                target[p * centres.Count] = SphereSums.Products(Point(p) + first, scales[p], z, null, columns, useSimd);
            }
        }
    }

    private T* Point(int p) => points + ((long)p * centres.Dimension);
}

/// <summary>The sums of (w - s z_i) v over one chunk of columns, for all rows i: [chunk][i].</summary>
internal readonly unsafe struct SphereRopWork<T>(CentreRows<T> centres, double scale, T* w, T* v, double* sums, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var (first, columns) = centres.Columns(part);
        for (var i = 0; i < centres.Count; i++)
        {
            sums[((long)part * centres.Count) + i] =
                SphereSums.Products(w + first, scale, centres.Row(i) + first, v + first, columns, useSimd);
        }
    }
}

/// <summary>One chunk of columns of total w + sum_i f_i z_i, in float64 until it is whole.</summary>
internal readonly unsafe struct SphereLopWork<T>(CentreRows<T> centres, double total, double* factors, T* w, T* result, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows that are added in one visit of the sums.</summary>
    private const int RowsAtOnce = 4;

    [SkipLocalsInit]
    public void Run(int part)
    {
        var sums = stackalloc double[HypersphereKernels<T>.ChunkLength];
        var (first, columns) = centres.Columns(part);
        for (var j = 0; j < columns; j++) sums[j] = total * double.CreateTruncating(w[first + j]);
        var i = 0;
        for (; useSimd && i + RowsAtOnce <= centres.Count; i += RowsAtOnce)
        {
            AddFour(factors + i, centres.Row(i) + first, centres.Row(i + 1) + first, centres.Row(i + 2) + first, centres.Row(i + 3) + first, sums, columns);
        }
        for (; i < centres.Count; i++)
        {
            var z = centres.Row(i) + first;
            for (var j = 0; j < columns; j++) sums[j] = Math.FusedMultiplyAdd(factors[i], double.CreateTruncating(z[j]), sums[j]);
        }
        for (var j = 0; j < columns; j++) result[first + j] = T.CreateTruncating(sums[j]);
    }

    private static void AddFour(double* f, T* z0, T* z1, T* z2, T* z3, double* sums, int columns)
    {
        var (f0, f1, f2, f3) = (new Vector<double>(f[0]), new Vector<double>(f[1]), new Vector<double>(f[2]), new Vector<double>(f[3]));
        var j = 0;
        for (; j + Vector<T>.Count <= columns; j += Vector<T>.Count)
        {
            var sum0 = Vector.Load(sums + j);
            Simd.Widen(Vector.Load(z0 + j), out var a0, out var a1);
            Simd.Widen(Vector.Load(z1 + j), out var b0, out var b1);
            Simd.Widen(Vector.Load(z2 + j), out var c0, out var c1);
            Simd.Widen(Vector.Load(z3 + j), out var d0, out var d1);
            Add(f0, f1, f2, f3, a0, b0, c0, d0, sum0).Store(sums + j);
            if (typeof(T) == typeof(double)) continue;
            var second = sums + j + Vector<double>.Count;
            Add(f0, f1, f2, f3, a1, b1, c1, d1, Vector.Load(second)).Store(second);
        }
        for (; j < columns; j++)
        {
            sums[j] = Math.FusedMultiplyAdd(f[0], double.CreateTruncating(z0[j]), sums[j]);
            sums[j] = Math.FusedMultiplyAdd(f[1], double.CreateTruncating(z1[j]), sums[j]);
            sums[j] = Math.FusedMultiplyAdd(f[2], double.CreateTruncating(z2[j]), sums[j]);
            sums[j] = Math.FusedMultiplyAdd(f[3], double.CreateTruncating(z3[j]), sums[j]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Add(
        Vector<double> f0, Vector<double> f1, Vector<double> f2, Vector<double> f3,
        Vector<double> a, Vector<double> b, Vector<double> c, Vector<double> d, Vector<double> sum)
    {
        sum = Vector.FusedMultiplyAdd(f0, a, sum);
        sum = Vector.FusedMultiplyAdd(f1, b, sum);
        sum = Vector.FusedMultiplyAdd(f2, c, sum);
        return Vector.FusedMultiplyAdd(f3, d, sum);
    }
}

/// <summary>Sums over a few columns in float64.</summary>
internal static unsafe class SphereSums
{
    /// <summary>sum_j (w_j - s z_j) v_j, or with no v the sum of (w_j - s z_j)^2.</summary>
    public static double Products<T>(T* w, double s, T* z, T* v, int count, bool useSimd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (sum0, sum1, j) = (Vector<double>.Zero, Vector<double>.Zero, 0);
        var minus = new Vector<double>(-s);
        for (; useSimd && j + Vector<T>.Count <= count; j += Vector<T>.Count)
        {
            Simd.Widen(Vector.Load(w + j), out var w0, out var w1);
            Simd.Widen(Vector.Load(z + j), out var z0, out var z1);
            var (d0, d1) = (Vector.FusedMultiplyAdd(minus, z0, w0), Vector.FusedMultiplyAdd(minus, z1, w1));
            var (v0, v1) = (d0, d1);
            if (v != null) Simd.Widen(Vector.Load(v + j), out v0, out v1);
            sum0 = Vector.FusedMultiplyAdd(d0, v0, sum0);
            if (typeof(T) == typeof(float)) sum1 = Vector.FusedMultiplyAdd(d1, v1, sum1);
        }
        var total = Vector.Sum(sum0 + sum1);
        for (; j < count; j++)
        {
            var d = Difference(w[j], s, z[j]);
            total = Math.FusedMultiplyAdd(d, v == null ? d : double.CreateTruncating(v[j]), total);
        }
        return total;
    }

    /// <summary>The sums of (w_j - s z_j)^2 for two points: z is widened once.</summary>
    public static (double First, double Second) Squares<T>(T* a, T* b, double sa, double sb, T* z, int count, bool useSimd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (a0, a1, b0, b1) = (Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero);
        var (minusA, minusB, j) = (new Vector<double>(-sa), new Vector<double>(-sb), 0);
        for (; useSimd && j + Vector<T>.Count <= count; j += Vector<T>.Count)
        {
            Simd.Widen(Vector.Load(z + j), out var z0, out var z1);
            AddSquares(Vector.Load(a + j), minusA, z0, z1, ref a0, ref a1);
            AddSquares(Vector.Load(b + j), minusB, z0, z1, ref b0, ref b1);
        }
        var (first, second) = (Vector.Sum(a0 + a1), Vector.Sum(b0 + b1));
        for (; j < count; j++)
        {
            var (da, db) = (Difference(a[j], sa, z[j]), Difference(b[j], sb, z[j]));
            first = Math.FusedMultiplyAdd(da, da, first);
            second = Math.FusedMultiplyAdd(db, db, second);
        }
        return (first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSquares<T>(
        Vector<T> w, Vector<double> minus, Vector<double> z0, Vector<double> z1, ref Vector<double> sum0, ref Vector<double> sum1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Simd.Widen(w, out var w0, out var w1);
        var d0 = Vector.FusedMultiplyAdd(minus, z0, w0);
        sum0 = Vector.FusedMultiplyAdd(d0, d0, sum0);
        if (typeof(T) != typeof(float)) return;
        var d1 = Vector.FusedMultiplyAdd(minus, z1, w1);
        sum1 = Vector.FusedMultiplyAdd(d1, d1, sum1);
    }

    private static double Difference<T>(T w, double s, T z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Math.FusedMultiplyAdd(-s, double.CreateTruncating(z), double.CreateTruncating(w));
}
