using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// <see cref="IHypersphereKernels{T}"/> on CUDA, see <c>kernels/hyperspheres.cu</c>. The list of rows lives on the device and
/// is not read here: a row that the centres do not hold gives NaN.
/// </summary>
internal sealed class HypersphereKernels<T>(CudaContext context) : IHypersphereKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Blocks that share a sum, at most; 20 spheres of them fill a large device.</summary>
    private const int MostParts = 128;

    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("hyperspheres.cu");

    public void Forward(
        in SphereRows<T> spheres, ReadOnlySpan<double> scales, Tensor<T> points, Tensor<double> distances, Tensor<T> values)
    {
        spheres.CheckPoints(scales.Length, points, distances, values);
        var parts = Parts(spheres);
        var partial = Partial(values.Count, parts);
        var arguments = new KernelArguments();
        arguments.Add(spheres.Centres.DevicePointer());
        arguments.Add(spheres.Rows.DevicePointer());
        arguments.Add(points.DevicePointer());
        arguments.Add(partial);
        arguments.Add(spheres.Centres.Shape[0]);
        arguments.Add(spheres.Dimension);
        arguments.Add(scales.Length);
        for (var p = 0; p < IHypersphereKernels<T>.MostPoints; p++) arguments.Add(p < scales.Length ? scales[p] : 0.0);
        Module["hypersphere_squares"].Launch(Grid(spheres, parts), arguments);

        arguments = new KernelArguments();
        arguments.Add(partial);
        arguments.Add(distances.DevicePointer());
        arguments.Add(values.DevicePointer());
        arguments.Add(parts);
        arguments.Add(spheres.Radius);
        Module["hypersphere_values"].Launch(new LaunchShape(values.Count, 1, 1, ElementLaunch.Threads), arguments);
    }

    public void Rop(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> dw, Tensor<T> dc)
    {
        spheres.CheckProduct(w, distances, dw, dc);
        var parts = Parts(spheres);
        var partial = Partial(dc.Count, parts);
        var arguments = new KernelArguments();
        arguments.Add(spheres.Centres.DevicePointer());
        arguments.Add(spheres.Rows.DevicePointer());
        arguments.Add(w.DevicePointer());
        arguments.Add(dw.DevicePointer());
        arguments.Add(partial);
        arguments.Add(spheres.Centres.Shape[0]);
        arguments.Add(spheres.Dimension);
        arguments.Add(scale);
        Module["hypersphere_products"].Launch(Grid(spheres, parts), arguments);

        arguments = new KernelArguments();
        arguments.Add(partial);
        arguments.Add(distances.DevicePointer());
        arguments.Add(dc.DevicePointer());
        arguments.Add(parts);
        Module["hypersphere_rop"].Launch(new LaunchShape(dc.Count, 1, 1, ElementLaunch.Threads), arguments);
    }

    public void Lop(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> u, Tensor<T> uw)
    {
        spheres.CheckProduct(w, distances, uw, u);
        var weights = context.Scratch("hypersphere weights", (u.Count + 1L) * sizeof(double));
        var arguments = new KernelArguments();
        arguments.Add(u.DevicePointer());
        arguments.Add(distances.DevicePointer());
        arguments.Add(weights);
        arguments.Add(u.Count);
        Module["hypersphere_weights"].Launch(new LaunchShape(1, 1, 1, ElementLaunch.Threads), arguments);

        arguments = new KernelArguments();
        arguments.Add(spheres.Centres.DevicePointer());
        arguments.Add(spheres.Rows.DevicePointer());
        arguments.Add(w.DevicePointer());
        arguments.Add(weights);
        arguments.Add(uw.DevicePointer());
        arguments.Add(spheres.Centres.Shape[0]);
        arguments.Add(spheres.Dimension);
        arguments.Add(u.Count);
        arguments.Add(scale);
        Module["hypersphere_lop"].Launch(ElementLaunch.Over(uw.Count), arguments);
    }

    /// <summary>It depends on the dimension alone, and so do the order of the sums and their bits.</summary>
    private static int Parts(in SphereRows<T> spheres) => ElementLaunch.ReductionBlocks(spheres.Dimension, MostParts);

    private static LaunchShape Grid(in SphereRows<T> spheres, int parts) => new(parts, spheres.Rows.Count, 1, ElementLaunch.Threads);

    private ulong Partial(int sums, int parts) => context.Scratch("hypersphere sums", (long)sums * parts * sizeof(double));
}
