using PoseEngine.Cuda;

namespace PoseEngine.Experiments.Spheres;

/// <summary><see cref="IHypersphereKernels{T}"/> on CUDA, see <c>kernels/hyperspheres.cu</c>. The list of rows lives on the device and is
/// not read here: a row that the centres do not hold gives NaN.</summary>
internal sealed class CudaHypersphereKernels<T>(CudaDevice<T> device) : IHypersphereKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string FileName = "hyperspheres.cu";

    /// <summary>Blocks that share a sum, at most; 20 spheres of them fill a large device.</summary>
    private const int MostParts = 128;

    private static readonly Lazy<string> Text = new(ReadText);

    private CudaModule? _module;

    private CudaModule Module => _module ??= device.Compile(FileName, Text.Value);

    public void Forward(in SphereRows<T> spheres, ReadOnlySpan<double> scales, Tensor<T> points, Tensor<double> distances, Tensor<T> values)
    {
        spheres.CheckPoints(scales.Length, points, distances, values);
        var parts = Parts(spheres);
        var partial = Partial(values.Count, parts);
        var arguments = Arguments(spheres);
        arguments.Add(points);
        arguments.Add(partial);
        arguments.Add(spheres.Centres.Shape[0]);
        arguments.Add(spheres.Dimension);
        arguments.Add(scales.Length);
        for (var p = 0; p < IHypersphereKernels<T>.MostPoints; p++) arguments.Add(p < scales.Length ? scales[p] : 0.0);
        Module["hypersphere_squares"].Launch(Grid(spheres, parts), arguments);

        arguments = new KernelArguments();
        arguments.Add(partial);
        arguments.Add(distances);
        arguments.Add(values);
        arguments.Add(parts);
        arguments.Add(spheres.Radius);
        Module["hypersphere_values"].Launch(new LaunchShape(values.Count, 1, 1, ElementLaunch.Threads), arguments);
    }

    public void Rop(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> dw, Tensor<T> dc)
    {
        spheres.CheckProduct(w, distances, dw, dc);
        var parts = Parts(spheres);
        var partial = Partial(dc.Count, parts);
        var arguments = Arguments(spheres);
        arguments.Add(w);
        arguments.Add(dw);
        arguments.Add(partial);
        arguments.Add(spheres.Centres.Shape[0]);
        arguments.Add(spheres.Dimension);
        arguments.Add(scale);
        Module["hypersphere_products"].Launch(Grid(spheres, parts), arguments);

        arguments = new KernelArguments();
        arguments.Add(partial);
        arguments.Add(distances);
        arguments.Add(dc);
        arguments.Add(parts);
        Module["hypersphere_rop"].Launch(new LaunchShape(dc.Count, 1, 1, ElementLaunch.Threads), arguments);
    }

    public void Lop(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> u, Tensor<T> uw)
    {
        spheres.CheckProduct(w, distances, uw, u);
        var weights = device.Scratch("hypersphere weights", (u.Count + 1L) * sizeof(double));
        var arguments = new KernelArguments();
        arguments.Add(u);
        arguments.Add(distances);
        arguments.Add(weights);
        arguments.Add(u.Count);
        Module["hypersphere_weights"].Launch(new LaunchShape(1, 1, 1, ElementLaunch.Threads), arguments);

        arguments = Arguments(spheres);
        arguments.Add(w);
        arguments.Add(weights);
        arguments.Add(uw);
        arguments.Add(spheres.Centres.Shape[0]);
        arguments.Add(spheres.Dimension);
        arguments.Add(u.Count);
        arguments.Add(scale);
        Module["hypersphere_lop"].Launch(ElementLaunch.Over(uw.Count), arguments);
    }

    /// <summary>What the kernels that read centres begin with.</summary>
    private static KernelArguments Arguments(SphereRows<T> spheres)
    {
        var arguments = new KernelArguments();
        arguments.Add(spheres.Centres);
        arguments.Add(spheres.Rows);
        return arguments;
    }

    /// <summary>It depends on the dimension alone, and so do the order of the sums and their bits.</summary>
    private static int Parts(in SphereRows<T> spheres) => ElementLaunch.ReductionBlocks(spheres.Dimension, MostParts);

    private static LaunchShape Grid(in SphereRows<T> spheres, int parts) => new(parts, spheres.Rows.Count, 1, ElementLaunch.Threads);

    private ulong Partial(int sums, int parts) => device.Scratch("hypersphere sums", (long)sums * parts * sizeof(double));

    private static string ReadText()
    {
        using var reader = new StreamReader(typeof(CudaHypersphereKernels<>).Assembly.GetManifestResourceStream(FileName)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
