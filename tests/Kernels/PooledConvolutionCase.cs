using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

/// <summary>
/// Convolution, pooling and ReLU at one shape: by the one operator where the device has it, else layer by layer, which is
/// what the one operator is compared with.
/// </summary>
public abstract class PooledConvolutionCase<T> : OperatorCase<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected PooledConvolutionCase(ComputeDevice<T> device, PooledConvolutionGeometry geometry)
        : base(device)
    {
        Geometry = geometry;
        var convolution = geometry.Convolution;
        Inputs =
        [
            Numbers.Normal(device, convolution.Input, 1), Numbers.Normal(device, convolution.Weight, 2),
            Bias(device, convolution),
        ];
        Output = device.Zeros(geometry.Output);
    }

    public PooledConvolutionGeometry Geometry { get; }

    public override Tensor<T>[] Inputs { get; }

    public override Tensor<T> Output { get; }

    /// <summary>Numbers of the winners in their windows, 255 where ReLU is closed, after <see cref="OperatorCase{T}.Forward"/>.</summary>
    public abstract byte[] Winners();

    public static PooledConvolutionCase<T> Create(ComputeDevice<T> device, PooledConvolutionGeometry geometry)
        => device.PooledConvolution is { } kernels
            ? new Fused(device, kernels, geometry)
            : new LayerByLayer(device, geometry);

    /// <summary>Below zero by about the size of the sums, so that ReLU closes some windows and opens others.</summary>
    private static Tensor<T> Bias(ComputeDevice<T> device, ConvolutionGeometry convolution)
    {
        var bias = Numbers.Normal(device, new Shape(convolution.OutChannels), 3);
        var size = Math.Sqrt(convolution.InChannels * convolution.KernelHeight * convolution.KernelWidth);
        bias.CopyFrom([.. bias.ToArray().Select(b => b - T.CreateTruncating(1.2 * size))]);
        return bias;
    }

    private sealed class Fused(
        ComputeDevice<T> device, IPooledConvolutionKernels<T> kernels, PooledConvolutionGeometry geometry)
        : PooledConvolutionCase<T>(device, geometry)
    {
        private readonly Tensor<byte> _winners = device.Zeros<byte>(geometry.Output);

        public override byte[] Winners() => _winners.ToArray();

        public override void Forward() => kernels.Forward(Geometry, Inputs[0], Inputs[1], Inputs[2], Output, _winners);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy)
            => kernels.Rop(Geometry, Inputs[0], Inputs[1], _winners, direction[0], direction[1], direction[2], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints)
            => kernels.Lop(Geometry, Inputs[0], Inputs[1], _winners, u, adjoints[0], adjoints[1], adjoints[2]);
    }

    private sealed class LayerByLayer : PooledConvolutionCase<T>
    {
        private readonly MaxPoolGeometry _pool;
        private readonly Tensor<T> _convolved;
        private readonly Tensor<T> _pooled;
        private readonly Tensor<int> _places;
        private readonly Tensor<byte> _open;

        public LayerByLayer(ComputeDevice<T> device, PooledConvolutionGeometry geometry)
            : base(device, geometry)
        {
            var convolution = geometry.Convolution;
            _pool = new MaxPoolGeometry(
                convolution.Batch * convolution.OutChannels, convolution.OutHeight, convolution.OutWidth, geometry.Window,
                geometry.Window, 0);
            _convolved = device.Zeros(convolution.Output);
            _pooled = device.Zeros(geometry.Output);
            _places = device.Zeros<int>(geometry.Output);
            _open = device.Zeros<byte>(geometry.Output);
        }

        public override byte[] Winners()
        {
            var (width, window) = (_pool.InWidth, Geometry.Window);
            var open = _open.ToArray();
            return [.. _places.ToArray().Select((place, q) => Geometry.Relu && open[q] == 0
                ? (byte)255
                : (byte)((place / width % window * window) + (place % width % window)))];
        }

        public override void Forward()
        {
            Device.Convolution.Forward(Geometry.Convolution, Inputs[0], Inputs[1], Inputs[2], _convolved);
            Device.MaxPool.Forward(_pool, _convolved, _pooled, _places);
            if (Geometry.Relu) Device.Relu.Forward(_pooled, Output, _open);
            else Device.Vectors.Copy(_pooled, Output);
        }

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy)
        {
            Device.Convolution.Rop(
                Geometry.Convolution, Inputs[0], Inputs[1], direction[0], direction[1], direction[2], _convolved);
            Device.MaxPool.Rop(_pool, _places, _convolved, dy);
            if (Geometry.Relu) Device.Relu.Gate(_open, dy, dy);
        }

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints)
        {
            if (Geometry.Relu) Device.Relu.Gate(_open, u, _pooled);
            else Device.Vectors.Copy(u, _pooled);
            Device.MaxPool.Lop(_pool, _places, _pooled, _convolved);
            Device.Convolution.Lop(
                Geometry.Convolution, Inputs[0], Inputs[1], _convolved, adjoints[0], adjoints[1], adjoints[2]);
        }
    }
}
