using System.Numerics;
using System.Text.RegularExpressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// Convolution C_{a,b} of Eq. 13: cross-correlation of a [C,H,W] sample with O filters, stride and zero padding.
/// <code>
/// forward  y  = conv(x, W) + b
/// R-op     dy = conv(dx, W) + conv(x, dW) + db
/// L-op     ux = conv^T(u, W);  uW = u * x;  ub = sum u
/// </code>
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Convolution<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A convolution of <paramref name="filters"/> square filters.</summary>
    /// <exception cref="ArgumentException">The input is not [C,H,W] or the filter is larger than the padded input.</exception>
    public Convolution(string name, Shape input, int filters, int size, int stride = 1, int padding = 0)
        : this(name, input, CheckedGeometry(name, input, filters, size, stride, padding))
    {
    }

    private Convolution(string name, Shape input, ConvolutionGeometry geometry)
        : base(name, input, new Shape(geometry.OutChannels, geometry.OutHeight, geometry.OutWidth))
    {
        Geometry = geometry;
        var fanIn = geometry.InChannels * geometry.KernelHeight * geometry.KernelWidth;
        Parameters =
        [
            new ParameterSpec($"{name}.weight", geometry.Weight, fanIn),
            new ParameterSpec($"{name}.bias", new Shape(geometry.OutChannels), fanIn),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters { get; }

    /// <summary>The sizes for one sample.</summary>
    internal ConvolutionGeometry Geometry { get; }

    /// <inheritdoc/>
    public override LayerLinearization<T> CreateLinearization(ComputeDevice<T> device, int batch)
        => new At(device.Convolution, Geometry with { Batch = batch });

    private static ConvolutionGeometry CheckedGeometry(string name, Shape input, int filters, int size, int stride, int padding)
    {
        Guard.Equal(input.Rank, 3, $"{name}: the rank of a convolution's input (channels, height, width)");
        Guard.Positive(filters, $"{name}: the number of filters");
        Guard.Positive(size, $"{name}: the filter size");
        Guard.Positive(stride, $"{name}: the stride");
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        if (size > Math.Min(input[1], input[2]) + (2 * padding))
        {
            throw new ArgumentException($"{name}: filter {size}x{size} is larger than the input {input} with padding {padding}");
        }
        return new ConvolutionGeometry(1, input[0], input[1], input[2], filters, size, size, stride, padding);
    }

    private sealed class At(IConvolutionKernels<T> kernels, ConvolutionGeometry geometry) : LayerLinearization<T>
    {
        private Tensor<T> _x;
        private Tensor<T> _w;

        public override void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y)
        {
            (_x, _w) = (x, w);
            kernels.Forward(geometry, x, geometry.WeightIn(w), geometry.BiasIn(w), y);
        }

        public override void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy)
            => kernels.Rop(geometry, _x, geometry.WeightIn(_w), dx, geometry.WeightIn(dw), geometry.BiasIn(dw), dy);

        public override void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw)
            => kernels.Lop(geometry, _x, geometry.WeightIn(_w), u, ux, geometry.WeightIn(uw), geometry.BiasIn(uw));

        private int RowLength => geometry.Weight.Count + geometry.OutChannels;

        public override int? GramRowLength => RowLength;

        public override void LopGram(Tensor<T> u, Tensor<T> ux, GramSum<T> gram)
        {
            var rows = gram.Rows(RowLength);
            kernels.LopSamples(geometry, _x, geometry.WeightIn(_w), u, ux, rows);
            gram.Add(rows);
        }
    }
}

/// <summary>A convolution of square filters: <c>conv8x5</c>, with a stride and zero padding <c>conv8x5s2p1</c>.</summary>
public sealed partial record ConvolutionSpec(int Filters, int Size, int Stride = 1, int Padding = 0) : LayerSpec
{
    /// <inheritdoc/>
    public override string Kind => Word.Kind;

    /// <inheritdoc/>
    public override bool IsAffine => true;

    /// <inheritdoc/>
    public override bool PadsInput => Padding > 0;

    internal static LayerWord Word { get; } = new("conv", "conv8x5 (s2 and p1 may stand behind)", ParseSizes);

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input) => new Convolution<T>(name, input, Filters, Size, Stride, Padding);

    /// <inheritdoc/>
    public override double Flops(Shape input, Shape output) => 2.0 * input[0] * Size * Size * output.Count;

    /// <inheritdoc/>
    public override string WriteOnnx(IOnnxWriter onnx, string x, Shape input)
        => onnx.Node("Conv", [x, .. onnx.Parameters], MaxPoolSpec.OnnxWindow(Size, Stride, Padding));

    /// <inheritdoc/>
    public override string ToString()
        => $"conv{Filters}x{Size}{(Stride == 1 ? "" : $"s{Stride}")}{(Padding == 0 ? "" : $"p{Padding}")}";

    private static ConvolutionSpec? ParseSizes(string sizes) => Sizes().Match(sizes) is { Success: true } match
        ? new(LayerWord.Number(match, "filters"), LayerWord.Number(match, "size"), LayerWord.Number(match, "stride", 1), LayerWord.Number(match, "padding"))
        : null;

    [GeneratedRegex(@"^(?<filters>[1-9][0-9]{0,5})x(?<size>[1-9][0-9]{0,5})(s(?<stride>[1-9][0-9]{0,3}))?(p(?<padding>[0-9]{1,4}))?\z")]
    private static partial Regex Sizes();
}
