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
        => Update("adam", scalars, gradient, m, v, w);

    public void AdamMetric(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> s)
        => Update("adam_metric", scalars, gradient, m, v, s);

    private void Update(string kernel, Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> result)
    {
        AdamStep.Check(scalars, gradient, m, v, result);
        var arguments = new KernelArguments();
        arguments.Add(scalars.DevicePointer());
        arguments.Add(gradient.DevicePointer());
        arguments.Add(m.DevicePointer());
        arguments.Add(v.DevicePointer());
        arguments.Add(result.DevicePointer());
        arguments.Add(result.Count);
        Module[kernel].Launch(ElementLaunch.Over(result.Count), arguments);
    }
}
