using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IViolationKernels{T}"/> on CUDA, see <c>kernels/violations.cu</c>.</summary>
internal sealed class ViolationKernels<T>(CudaContext context) : IViolationKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("violations.cu");

    public void Medians(Tensor<T> c, Tensor<double> medians) => EachConstraint("medians", c, medians);

    public void MeanSquares(Tensor<T> c, Tensor<double> squares) => EachConstraint("mean_squares", c, squares);

    public void Weigh(Tensor<T> weights, Tensor<T> c, Tensor<T> result)
    {
        IViolationKernels<T>.CheckWeigh(weights, c, result);
        var arguments = new KernelArguments();
        arguments.Add(weights.DevicePointer());
        arguments.Add(c.DevicePointer());
        arguments.Add(result.DevicePointer());
        arguments.Add(weights.Count);
        arguments.Add(c.Count);
        Module["weigh"].Launch(ElementLaunch.Over(c.Count), arguments);
    }

    private void EachConstraint(string kernel, Tensor<T> c, Tensor<double> result)
    {
        var samples = IViolationKernels<T>.CountSamples(c, result.Count);
        var arguments = new KernelArguments();
        arguments.Add(c.DevicePointer());
        arguments.Add(result.DevicePointer());
        arguments.Add(samples);
        arguments.Add(result.Count);
        Module[kernel].Launch(new LaunchShape(result.Count, 1, 1, ElementLaunch.Threads), arguments);
    }
}
