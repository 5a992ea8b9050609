using System.Runtime.CompilerServices;

namespace PoseEngine.Experiments.Spheres;

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
            if (p < pointCount) target[p * centres.Count] = SphereSums.Squares(Point(p) + first, scales[p], z, columns, useSimd);
        }
    }

    private T* Point(int p) => points + ((long)p * centres.Dimension);
}

/// <summary>The sums of (w - s z_i) v = w v - s z_i v over one chunk of columns, for all rows i: [chunk][i].</summary>
internal readonly unsafe struct SphereRopWork<T>(CentreRows<T> centres, double scale, T* w, T* v, double* sums, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public double* Sums => sums;

    public void Run(int part)
    {
        var (first, columns) = centres.Columns(part);
        var direction = v + first;
        var target = sums + ((long)part * centres.Count);
        var own = SphereSums.Product(w + first, direction, columns, useSimd);
        var i = 0;
        for (; useSimd && i + SphereSums.RowsAtOnce <= centres.Count; i += SphereSums.RowsAtOnce)
        {
            SphereSums.FourProducts(
                centres.Row(i) + first, centres.Row(i + 1) + first, centres.Row(i + 2) + first, centres.Row(i + 3) + first,
                direction, columns, target + i);
        }
        for (; i < centres.Count; i++) target[i] = SphereSums.Product(centres.Row(i) + first, direction, columns, useSimd);
        for (i = 0; i < centres.Count; i++) target[i] = Math.FusedMultiplyAdd(-scale, target[i], own);
    }
}

/// <summary>One chunk of columns of total w + sum_i f_i z_i, in float64 until it is whole.</summary>
internal readonly unsafe struct SphereLopWork<T>(CentreRows<T> centres, double total, double* factors, T* w, T* result, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [SkipLocalsInit]
    public void Run(int part)
    {
        var sums = stackalloc double[CpuHypersphereKernels<T>.ChunkLength];
        var (first, columns) = centres.Columns(part);
        for (var j = 0; j < columns; j++) sums[j] = total * double.CreateTruncating(w[first + j]);
        var i = 0;
        for (; useSimd && i + SphereSums.RowsAtOnce <= centres.Count; i += SphereSums.RowsAtOnce)
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

/// <summary>Both products, chunk by chunk.</summary>
internal readonly struct SphereProductsWork<T>(SphereRopWork<T> rop, SphereLopWork<T> lop) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        rop.Run(part);
        lop.Run(part);
    }
}

/// <summary>Sums over a few columns in float64.</summary>
internal static unsafe class SphereSums
{
    /// <summary>Rows of the centres that go with one reading of the other factor.</summary>
    public const int RowsAtOnce = 4;

    /// <summary>sum_j x_j y_j.</summary>
    public static double Product<T>(T* x, T* y, int count, bool useSimd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (sum0, sum1, j) = (Vector<double>.Zero, Vector<double>.Zero, 0);
        for (; useSimd && j + Vector<T>.Count <= count; j += Vector<T>.Count) Simd.AddProducts(Vector.Load(x + j), Vector.Load(y + j), ref sum0, ref sum1);
        var total = Vector.Sum(sum0 + sum1);
        for (; j < count; j++) total = Math.FusedMultiplyAdd(double.CreateTruncating(x[j]), double.CreateTruncating(y[j]), total);
        return total;
    }

    /// <summary>The products of four rows with y, which is widened once.</summary>
    public static void FourProducts<T>(T* x0, T* x1, T* x2, T* x3, T* y, int count, double* products)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var zero = Vector<double>.Zero;
        var (a0, a1, b0, b1, c0, c1, d0, d1, j) = (zero, zero, zero, zero, zero, zero, zero, zero, 0);
        for (; j + Vector<T>.Count <= count; j += Vector<T>.Count)
        {
            Simd.Widen(Vector.Load(y + j), out var y0, out var y1);
            AddProducts(Vector.Load(x0 + j), y0, y1, ref a0, ref a1);
            AddProducts(Vector.Load(x1 + j), y0, y1, ref b0, ref b1);
            AddProducts(Vector.Load(x2 + j), y0, y1, ref c0, ref c1);
            AddProducts(Vector.Load(x3 + j), y0, y1, ref d0, ref d1);
        }
        (products[0], products[1], products[2], products[3]) = (Vector.Sum(a0 + a1), Vector.Sum(b0 + b1), Vector.Sum(c0 + c1), Vector.Sum(d0 + d1));
        for (; j < count; j++)
        {
            var factor = double.CreateTruncating(y[j]);
            products[0] = Math.FusedMultiplyAdd(double.CreateTruncating(x0[j]), factor, products[0]);
            products[1] = Math.FusedMultiplyAdd(double.CreateTruncating(x1[j]), factor, products[1]);
            products[2] = Math.FusedMultiplyAdd(double.CreateTruncating(x2[j]), factor, products[2]);
            products[3] = Math.FusedMultiplyAdd(double.CreateTruncating(x3[j]), factor, products[3]);
        }
    }

    /// <summary>sum_j (w_j - s z_j)^2.</summary>
    public static double Squares<T>(T* w, double s, T* z, int count, bool useSimd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (sum0, sum1, minus, j) = (Vector<double>.Zero, Vector<double>.Zero, new Vector<double>(-s), 0);
        for (; useSimd && j + Vector<T>.Count <= count; j += Vector<T>.Count)
        {
            Simd.Widen(Vector.Load(z + j), out var z0, out var z1);
            AddSquares(Vector.Load(w + j), minus, z0, z1, ref sum0, ref sum1);
        }
        var total = Vector.Sum(sum0 + sum1);
        for (; j < count; j++)
        {
            var d = Difference(w[j], s, z[j]);
            total = Math.FusedMultiplyAdd(d, d, total);
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
    private static void AddProducts<T>(
        Vector<T> x, Vector<double> y0, Vector<double> y1, ref Vector<double> sum0, ref Vector<double> sum1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Simd.Widen(x, out var lower, out var upper);
        sum0 = Vector.FusedMultiplyAdd(lower, y0, sum0);
        if (typeof(T) == typeof(float)) sum1 = Vector.FusedMultiplyAdd(upper, y1, sum1);
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
