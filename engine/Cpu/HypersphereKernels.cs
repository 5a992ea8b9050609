using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// <see cref="IHypersphereKernels{T}"/> on the CPU. Centres are read once, a chunk of columns after the other; partial
/// sums of the chunks are added in their order.
/// </summary>
internal sealed unsafe class HypersphereKernels<T>(CpuContext context) : IHypersphereKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Columns of a chunk: those of four points and the sums of an L-op stay in the nearest caches.</summary>
    public const int ChunkLength = 2048;

    public void Forward(
        in SphereRows<T> spheres, ReadOnlySpan<double> scales, Tensor<T> points, Tensor<double> distances, Tensor<T> values)
    {
        spheres.CheckPoints(scales.Length, points, distances, values);
        var centres = View(spheres);
        var (rows, chunks) = (spheres.Rows.Count, Chunks(spheres.Dimension));
        var sums = context.Scratch(chunks * scales.Length * rows);
        fixed (double* scale = scales)
        {
            context.Pool.Run(
                new SphereDistanceWork<T>(centres, points.Pointer(), scale, scales.Length, sums, context.UseSimd), chunks);
        }
        var n = distances.Pointer();
        var c = values.Pointer();
        for (var i = 0; i < scales.Length * rows; i++)
        {
            n[i] = Math.Sqrt(Total(sums, chunks, scales.Length * rows, i));
            c[i] = T.CreateTruncating(n[i] - spheres.Radius);
        }
    }

    public void Rop(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> dw, Tensor<T> dc)
    {
        spheres.CheckProduct(w, distances, dw, dc);
        var work = RopWork(spheres, scale, w, dw, 0);
        context.Pool.Run(work, Chunks(spheres.Dimension));
        FinishRop(spheres, work.Sums, distances, dc);
    }

    public void Lop(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> u, Tensor<T> uw)
    {
        spheres.CheckProduct(w, distances, uw, u);
        var factors = context.Scratch(spheres.Rows.Count);
        context.Pool.Run(LopWork(spheres, scale, w, distances, u, uw, factors), Chunks(spheres.Dimension));
    }

    /// <summary>A chunk of centres is still in the cache for the second product.</summary>
    public void Products(
        in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> dw, Tensor<T> u, Tensor<T> dc,
        Tensor<T> uw)
    {
        spheres.CheckProduct(w, distances, dw, dc);
        spheres.CheckProduct(w, distances, uw, u);
        var rop = RopWork(spheres, scale, w, dw, spheres.Rows.Count);
        var factors = rop.Sums + (Chunks(spheres.Dimension) * spheres.Rows.Count);
        var lop = LopWork(spheres, scale, w, distances, u, uw, factors);
        context.Pool.Run(new SphereProductsWork<T>(rop, lop), Chunks(spheres.Dimension));
        FinishRop(spheres, rop.Sums, distances, dc);
    }

    /// <summary>The work of an R-op, with room for some more numbers behind its sums.</summary>
    private SphereRopWork<T> RopWork(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<T> dw, int more)
    {
        var centres = View(spheres);
        var sums = context.Scratch((Chunks(spheres.Dimension) * spheres.Rows.Count) + more);
        return new SphereRopWork<T>(centres, scale, w.Pointer(), dw.Pointer(), sums, context.UseSimd);
    }

    private static void FinishRop(in SphereRows<T> spheres, double* sums, Tensor<double> distances, Tensor<T> dc)
    {
        var n = distances.Pointer();
        var result = dc.Pointer();
        var (rows, chunks) = (spheres.Rows.Count, Chunks(spheres.Dimension));
        for (var i = 0; i < rows; i++)
        {
            result[i] = T.CreateTruncating(n[i] == 0 ? 0 : Total(sums, chunks, rows, i) / n[i]);
        }
    }

    /// <summary>uw = (sum_i a_i) w - sum_i (s a_i) z_i with a_i = u_i / n_i; the factors -s a_i go where they are wanted.</summary>
    private SphereLopWork<T> LopWork(
        in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> u, Tensor<T> uw, double* factors)
    {
        var n = distances.Pointer();
        var weight = u.Pointer();
        var total = 0.0;
        for (var i = 0; i < spheres.Rows.Count; i++)
        {
            var a = n[i] == 0 ? 0 : double.CreateTruncating(weight[i]) / n[i];
            total += a;
            factors[i] = -scale * a;
        }
        return new SphereLopWork<T>(View(spheres), total, factors, w.Pointer(), uw.Pointer(), context.UseSimd);
    }

    private static int Chunks(int dimension) => (dimension + ChunkLength - 1) / ChunkLength;

    private static double Total(double* sums, int chunks, int count, int i)
    {
        var total = 0.0;
        for (var chunk = 0; chunk < chunks; chunk++) total += sums[((long)chunk * count) + i];
        return total;
    }

    private static CentreRows<T> View(in SphereRows<T> spheres)
    {
        var centres = spheres.Centres.Shape[0];
        var rows = spheres.Rows.Pointer();
        for (var i = 0; i < spheres.Rows.Count; i++)
        {
            if (rows[i] < 0 || rows[i] >= centres)
            {
                throw new ArgumentException($"hyperspheres: row {rows[i]} of the centres is wanted, there are rows 0 to {centres - 1}");
            }
        }
        return new CentreRows<T>((nint)spheres.Centres.Pointer(), (nint)rows, spheres.Rows.Count, spheres.Dimension);
    }
}

/// <summary>Chosen rows of a matrix in memory.</summary>
internal readonly unsafe record struct CentreRows<T>(nint Centres, nint Rows, int Count, int Dimension)
    where T : unmanaged
{
    public T* Row(int i) => (T*)Centres + ((long)((int*)Rows)[i] * Dimension);

    /// <summary>The columns of a chunk.</summary>
    public (int First, int Count) Columns(int chunk)
    {
        var first = chunk * HypersphereKernels<float>.ChunkLength;
        return (first, Math.Min(HypersphereKernels<float>.ChunkLength, Dimension - first));
    }
}
