using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IOptimizerKernels{T}"/> on CUDA, see <c>kernels/optimizers.cu</c>.</summary>
internal sealed class OptimizerKernels<T>(CudaContext context) : IOptimizerKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("optimizers.cu");

    public void Adam(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> w)
    {
        Guard.Equal(scalars.Count, AdamStep.ScalarCount, "adam: the numbers of a step");
        Guard.Equal(gradient.Count, w.Count, "adam: the gradient");
        Guard.Equal(m.Count, w.Count, "adam: the first moment");
        Guard.Equal(v.Count, w.Count, "adam: the second moment");
        var arguments = new KernelArguments();
        arguments.Add(scalars.DevicePointer());
        arguments.Add(gradient.DevicePointer());
        arguments.Add(m.DevicePointer());
        arguments.Add(v.DevicePointer());
        arguments.Add(w.DevicePointer());
        arguments.Add(w.Count);
        Module["adam"].Launch(ElementLaunch.Over(w.Count), arguments);
    }
}
