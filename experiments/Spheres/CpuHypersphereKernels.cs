namespace PoseEngine.Experiments.Spheres;

/// <summary><see cref="IHypersphereKernels{T}"/> on the CPU. Centres are read once, a chunk of columns after the other; partial sums of the
/// chunks are added in their order.</summary>
internal sealed unsafe class CpuHypersphereKernels<T>(CpuDevice<T> device) : IHypersphereKernels<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Columns of a chunk: those of four points and the sums of an L-op stay in the nearest caches.</summary>
    public const int ChunkLength = 2048;

    private readonly HostScratch _sums = new();
    private readonly HostScratch _factors = new();

    public void Forward(in SphereRows<T> spheres, ReadOnlySpan<double> scales, Tensor<T> points, Tensor<double> distances, Tensor<T> values)
    {
        spheres.CheckPoints(scales.Length, points, distances, values);
        var centres = View(spheres);
        var (rows, chunks) = (spheres.Rows.Count, Chunks(spheres.Dimension));
        var sums = _sums.Take<double>((long)chunks * scales.Length * rows);
        fixed (double* scale = scales) device.Run(new SphereDistanceWork<T>(centres, points.Pointer(), scale, scales.Length, sums, device.UseSimd), chunks);
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
        var work = RopWork(spheres, scale, w, dw);
        device.Run(work, Chunks(spheres.Dimension));
        FinishRop(spheres, work.Sums, distances, dc);
    }

    public void Lop(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> u, Tensor<T> uw)
    {
        spheres.CheckProduct(w, distances, uw, u);
        device.Run(LopWork(spheres, scale, w, distances, u, uw), Chunks(spheres.Dimension));
    }

    /// <summary>A chunk of centres is still in the cache for the second product.</summary>
    public void Products(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> dw, Tensor<T> u, Tensor<T> dc, Tensor<T> uw)
    {
        spheres.CheckProduct(w, distances, dw, dc);
        spheres.CheckProduct(w, distances, uw, u);
        var rop = RopWork(spheres, scale, w, dw);
        var lop = LopWork(spheres, scale, w, distances, u, uw);
        device.Run(new SphereProductsWork<T>(rop, lop), Chunks(spheres.Dimension));
        FinishRop(spheres, rop.Sums, distances, dc);
    }

    public void Dispose()
    {
        _sums.Dispose();
        _factors.Dispose();
    }

    private SphereRopWork<T> RopWork(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<T> dw)
    {
        var sums = _sums.Take<double>((long)Chunks(spheres.Dimension) * spheres.Rows.Count);
        return new SphereRopWork<T>(View(spheres), scale, w.Pointer(), dw.Pointer(), sums, device.UseSimd);
    }

    private static void FinishRop(in SphereRows<T> spheres, double* sums, Tensor<double> distances, Tensor<T> dc)
    {
        var n = distances.Pointer();
        var result = dc.Pointer();
        var (rows, chunks) = (spheres.Rows.Count, Chunks(spheres.Dimension));
        for (var i = 0; i < rows; i++) result[i] = T.CreateTruncating(n[i] == 0 ? 0 : Total(sums, chunks, rows, i) / n[i]);
    }

    /// <summary>uw = (sum_i a_i) w - sum_i (s a_i) z_i with a_i = u_i / n_i.</summary>
    private SphereLopWork<T> LopWork(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> u, Tensor<T> uw)
    {
        var n = distances.Pointer();
        var weight = u.Pointer();
        var factors = _factors.Take<double>(spheres.Rows.Count);
        var total = 0.0;
        for (var i = 0; i < spheres.Rows.Count; i++)
        {
            var a = n[i] == 0 ? 0 : double.CreateTruncating(weight[i]) / n[i];
            total += a;
            factors[i] = -scale * a;
        }
        return new SphereLopWork<T>(View(spheres), total, factors, w.Pointer(), uw.Pointer(), device.UseSimd);
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
            if (rows[i] < 0 || rows[i] >= centres) throw new ArgumentException($"hyperspheres: row {rows[i]} of the centres is wanted, there are rows 0 to {centres - 1}");
        }
        return new CentreRows<T>((nint)spheres.Centres.Pointer(), (nint)rows, spheres.Rows.Count, spheres.Dimension);
    }
}

/// <summary>Chosen rows of a matrix in memory.</summary>
internal readonly unsafe record struct CentreRows<T>(nint Centres, nint Rows, int Count, int Dimension)
    where T : unmanaged
{
    public T* Row(int i) => (T*)Centres + ((long)((int*)Rows)[i] * Dimension);

    public (int First, int Count) Columns(int chunk)
    {
        var first = chunk * CpuHypersphereKernels<float>.ChunkLength;
        return (first, Math.Min(CpuHypersphereKernels<float>.ChunkLength, Dimension - first));
    }
}
