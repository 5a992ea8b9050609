using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Krylov;

/// <summary>A stored matrix, multiplied by the device itself, so that its products can be recorded.</summary>
internal sealed class DeviceDenseOperator<T> : LinearOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly Tensor<T> _matrix;
    private readonly Tensor<T> _zero;

    public DeviceDenseOperator(ComputeDevice<T> device, double[,] matrix, double scale = 1)
    {
        _device = device;
        Size = matrix.GetLength(0);
        _matrix = device.From([.. matrix.Cast<double>().Select(value => T.CreateChecked(value * scale))], new Shape(Size, Size));
        _zero = device.Zeros(Size);
    }

    public override int Size { get; }

    public override bool CanRecord => true;

    public override void Apply(Tensor<T> x, Tensor<T> y)
        => _device.Dense.Forward(x.Reshape(new Shape(1, Size)), _matrix, _zero, y.Reshape(new Shape(1, Size)));
}
