using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="ICentringKernels{T}"/> on CUDA, see <c>kernels/centring.cu</c>.</summary>
internal sealed class CentringKernels<T>(CudaContext context) : ICentringKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CudaModule? _module;

    public void Centre(Tensor<int> groupings, Tensor<int> groupingOf, Tensor<T> c)
    {
        var samples = ICentringKernels<T>.CountSamples(groupings, groupingOf, c);
        _module ??= context.Compiler.Load<T>("centring.cu");
        var arguments = new KernelArguments();
        arguments.Add(groupings.DevicePointer());
        arguments.Add(groupingOf.DevicePointer());
        arguments.Add(c.DevicePointer());
        arguments.Add(samples);
        arguments.Add(groupingOf.Count);
        _module["centre_groups"].Launch(ElementLaunch.Warps(c.Count), arguments);
    }
}
