using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IElementwiseKernels{T}"/> on CUDA, see <c>kernels/elementwise.cu</c>.</summary>
internal sealed class ElementwiseKernels<T>(CudaContext context) : IElementwiseKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly string[] _names = [.. Enum.GetNames<ElementwiseFunction>().Select(name => $"elementwise_{name.ToLowerInvariant()}")];
    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("elementwise.cu");

    public void Forward(ElementwiseFunction function, double parameter, Tensor<T> x, Tensor<T> y, Tensor<T> slope)
    {
        Guard.Equal(y.Count, x.Count, $"{function} output");
        Guard.Equal(slope.Count, x.Count, $"{function} slopes");
        var arguments = new KernelArguments();
        arguments.AddReal(T.CreateTruncating(parameter));
        arguments.Add(x.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(slope.DevicePointer());
        arguments.Add(x.Count);
        Module[_names[(int)function]].Launch(ElementLaunch.Over(x.Count), arguments);
    }
}
