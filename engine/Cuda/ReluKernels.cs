using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IReluKernels{T}"/> on CUDA, see <c>kernels/relu.cu</c>.</summary>
internal sealed class ReluKernels<T>(CudaContext context) : IReluKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("relu.cu");

    public void Forward(Tensor<T> x, Tensor<T> y, Tensor<byte> open)
    {
        Check(x, y, open);
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(open.DevicePointer());
        arguments.Add(x.Count);
        Module["relu_forward"].Launch(ElementLaunch.Over(x.Count), arguments);
    }

    public void Gate(Tensor<byte> open, Tensor<T> x, Tensor<T> y)
    {
        Check(x, y, open);
        var arguments = new KernelArguments();
        arguments.Add(open.DevicePointer());
        arguments.Add(x.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(x.Count);
        Module["relu_gate"].Launch(ElementLaunch.Over(x.Count), arguments);
    }

    private static void Check(Tensor<T> x, Tensor<T> y, Tensor<byte> open)
    {
        Guard.Equal(y.Count, x.Count, "relu output");
        Guard.Equal(open.Count, x.Count, "relu gates");
    }
}
