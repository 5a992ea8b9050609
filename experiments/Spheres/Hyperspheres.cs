using PoseEngine.Cuda;

namespace PoseEngine.Experiments.Spheres;

/// <summary>The kernels of Eq. 16: a family that only this study needs, registered for both devices.</summary>
internal static class Hyperspheres<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static Hyperspheres() => DeviceFamilies.Register<T, IHypersphereKernels<T>>(device => device switch
    {
        CpuDevice<T> cpu => new CpuHypersphereKernels<T>(cpu),
        CudaDevice<T> cuda => new CudaHypersphereKernels<T>(cuda),
        _ => null,
    });

    /// <exception cref="NotSupportedException">The device has none.</exception>
    public static IHypersphereKernels<T> On(ComputeDevice<T> device) => device.Family<IHypersphereKernels<T>>();
}
