using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IMaxPoolKernels{T}"/> on CUDA, see <c>kernels/maxpool.cu</c>.</summary>
internal sealed class MaxPoolKernels<T>(CudaContext context) : IMaxPoolKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<MaxPoolGeometry, CudaModule> _modules = [];

    public void Forward(in MaxPoolGeometry geometry, Tensor<T> x, Tensor<T> y, Tensor<int> winners)
    {
        geometry.Check(x.Count, y.Count, winners.Count);
        var module = Module(geometry);
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(winners.DevicePointer());
        arguments.Add(y.Count);
        module["maxpool_forward"].Launch(LaunchShape.Linear(y.Count, ElementLaunch.Threads), arguments);
    }

    public void Rop(in MaxPoolGeometry geometry, Tensor<int> winners, Tensor<T> dx, Tensor<T> dy)
    {
        geometry.Check(dx.Count, dy.Count, winners.Count);
        var module = Module(geometry);
        var arguments = new KernelArguments();
        arguments.Add(winners.DevicePointer());
        arguments.Add(dx.DevicePointer());
        arguments.Add(dy.DevicePointer());
        arguments.Add(dy.Count);
        module["maxpool_rop"].Launch(LaunchShape.Linear(dy.Count, ElementLaunch.Threads), arguments);
    }

    public void Lop(in MaxPoolGeometry geometry, Tensor<int> winners, Tensor<T> u, Tensor<T> ux)
    {
        geometry.Check(ux.Count, u.Count, winners.Count);
        var module = Module(geometry);
        var arguments = new KernelArguments();
        arguments.Add(winners.DevicePointer());
        arguments.Add(u.DevicePointer());
        arguments.Add(ux.DevicePointer());
        arguments.Add(ux.Count);
        module["maxpool_lop"].Launch(LaunchShape.Linear(ux.Count, ElementLaunch.Threads), arguments);
    }

    private CudaModule Module(in MaxPoolGeometry geometry)
    {
        var plane = geometry with { Planes = 1 };
        if (_modules.TryGetValue(plane, out var module)) return module;
        return _modules[plane] = context.Compiler.Load<T>(
            "maxpool.cu",
            ("IN_HEIGHT", plane.InHeight),
            ("IN_WIDTH", plane.InWidth),
            ("WINDOW", plane.Window),
            ("STRIDE", plane.Stride),
            ("PADDING", plane.Padding));
    }
}
