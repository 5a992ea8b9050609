using System.Numerics;
using System.Text.RegularExpressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// Max-pooling P_a of Eq. 13 over square windows of any stride; the output size floors.
/// <code>
/// forward  y[q] = x[win[q]]       (first maximum in row-major order)
/// R-op     dy[q] = dx[win[q]]
/// L-op     ux[win[q]] += u[q]
/// </code>
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class MaxPool<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly MaxPoolGeometry _geometry;

    /// <summary>Pooling with windows of <paramref name="window"/> squared, a stride of the window's size unless given.</summary>
    /// <exception cref="ArgumentException">The input is not [C,H,W], the window is larger than the padded input, or the
    /// padding exceeds half the window, which would leave windows of padding only.</exception>
    public MaxPool(string name, Shape input, int window, int stride = 0, int padding = 0)
        : this(name, input, Geometry(name, input, window, stride == 0 ? window : stride, padding))
    {
    }

    private MaxPool(string name, Shape input, MaxPoolGeometry geometry)
        : base(name, input, new Shape(input[0], geometry.OutHeight, geometry.OutWidth))
        => _geometry = geometry;

    /// <summary>Rows and columns of a window.</summary>
    internal int Window => _geometry.Window;

    /// <summary>Whether windows neither overlap nor leave gaps and none meets padding.</summary>
    internal bool WindowsLieSideBySide => _geometry.Stride == _geometry.Window && _geometry.Padding == 0;

    /// <inheritdoc/>
    public override LayerLinearization<T> CreateLinearization(ComputeDevice<T> device, int batch)
        => new At(device, _geometry with { Planes = batch * Input[0] });

    private static MaxPoolGeometry Geometry(string name, Shape input, int window, int stride, int padding)
    {
        Guard.Equal(input.Rank, 3, $"{name}: the rank of a pooling's input (channels, height, width)");
        Guard.Positive(window, $"{name}: the window");
        Guard.Positive(stride, $"{name}: the stride");
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        if (2 * padding > window)
        {
            throw new ArgumentException($"{name}: padding {padding} exceeds half the window of {window}");
        }
        if (window > Math.Min(input[1], input[2]) + (2 * padding))
        {
            throw new ArgumentException($"{name}: window {window}x{window} is larger than the input {input} with padding {padding}");
        }
        return new MaxPoolGeometry(input[0], input[1], input[2], window, stride, padding);
    }

    private sealed class At(ComputeDevice<T> device, MaxPoolGeometry geometry) : LayerLinearization<T>
    {
        private readonly Tensor<int> _winners =
            device.Zeros<int>(new Shape(geometry.Planes, geometry.OutHeight, geometry.OutWidth));

        public override void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y) => device.MaxPool.Forward(geometry, x, y, _winners);

        public override void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy) => device.MaxPool.Rop(geometry, _winners, dx, dy);

        public override void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw) => device.MaxPool.Lop(geometry, _winners, u, ux);

        protected override void Dispose(bool disposing)
        {
            _winners.Storage.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>Max-pooling over square windows: <c>pool4</c>, with a stride and padding of its own <c>pool3s2p1</c>.</summary>
public sealed partial record MaxPoolSpec(int Window, int Stride, int Padding = 0) : LayerSpec
{
    /// <inheritdoc/>
    public override string Kind => Word.Kind;

    internal static LayerWord Word { get; } = new("pool", "pool4 (s2 and p1 may stand behind)", ParseSizes);

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input) => new MaxPool<T>(name, input, Window, Stride, Padding);

    /// <inheritdoc/>
    public override double ShareRead(Shape input, Shape output) => (double)output.Count / input.Count;

    /// <inheritdoc/>
    /// <remarks>The format's defaults are ours: sizes floor, and padding counts as minus infinity.</remarks>
    public override string WriteOnnx(IOnnxWriter onnx, string x, Shape input) => onnx.Node("MaxPool", [x], OnnxWindow(Window, Stride, Padding));

    /// <inheritdoc/>
    public override string ToString()
        => $"pool{Window}{(Stride == Window ? "" : $"s{Stride}")}{(Padding == 0 ? "" : $"p{Padding}")}";

    /// <summary>The attributes of a square window that moves over images.</summary>
    internal static OnnxAttribute[] OnnxWindow(int size, int stride, int padding) =>
    [
        new("kernel_shape", size, size), new("strides", stride, stride), new("pads", padding, padding, padding, padding),
    ];

    private static MaxPoolSpec? ParseSizes(string sizes) => Sizes().Match(sizes) is { Success: true } match && LayerWord.Number(match, "size") is var size
        ? new(size, LayerWord.Number(match, "stride", size), LayerWord.Number(match, "padding"))
        : null;

    [GeneratedRegex(@"^(?<size>[1-9][0-9]{0,5})(s(?<stride>[1-9][0-9]{0,3}))?(p(?<padding>[0-9]{1,4}))?\z")]
    private static partial Regex Sizes();
}
