using System.Globalization;
using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// A function of each element, see <see cref="ElementwiseFunction"/>; forward keeps its slopes.
/// <code>
/// forward  y = f(x)
/// R-op     dy = f'(x) dx
/// L-op     ux = f'(x) u
/// </code>
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="name">Unique in the network, such as "tanh1".</param>
/// <param name="input">Extents of one sample.</param>
/// <param name="function">f.</param>
/// <param name="parameter">p of f, where it has one.</param>
public sealed class Elementwise<T>(string name, Shape input, ElementwiseFunction function, double parameter) : Layer<T>(name, input, input)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override LayerLinearization<T> CreateLinearization(ComputeDevice<T> device, int batch)
        => new At(device, function, parameter, Input.Count * batch);

    private sealed class At(ComputeDevice<T> device, ElementwiseFunction function, double parameter, int count) : LayerLinearization<T>
    {
        private readonly Tensor<T> _slope = device.Zeros(count);

        public override void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y) => device.Elementwise.Forward(function, parameter, x, y, _slope);

        public override void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy) => device.Vectors.Multiply(_slope, dx, dy);

        public override void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw) => device.Vectors.Multiply(_slope, u, ux);

        protected override void Dispose(bool disposing)
        {
            _slope.Storage.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>
/// A function of each element: <c>tanh</c>, <c>sigmoid</c>, <c>softplus</c>, <c>silu</c>, <c>gelu</c> (the exact form), and
/// <c>leakyrelu</c> with a slope of 0.01 below 0, or another such as <c>leakyrelu0.2</c>.
/// </summary>
/// <param name="Function">f.</param>
/// <param name="Parameter">The slope of the leaky ReLU below 0, 0 to 1; 0 for all others.</param>
/// <exception cref="ArgumentOutOfRangeException">The parameter is not in its range.</exception>
public sealed record ElementwiseSpec(ElementwiseFunction Function, double Parameter) : LayerSpec
{
    private const double UsualSlope = 0.01;

    /// <summary>A function with the usual parameter.</summary>
    public ElementwiseSpec(ElementwiseFunction function)
        : this(function, function == ElementwiseFunction.LeakyRelu ? UsualSlope : 0)
    {
    }

    /// <summary>The slope of the leaky ReLU below 0; 0 for all others.</summary>
    public double Parameter { get; } = Parameter >= 0 && Parameter <= (Function == ElementwiseFunction.LeakyRelu ? 1 : 0)
        ? Parameter
        : throw new ArgumentOutOfRangeException(nameof(Parameter), Parameter, $"leakyrelu has a slope of 0 to 1 and other functions none, got {Parameter} for {Function}");

    /// <inheritdoc/>
    public override string Kind => KindOf(Function);

    internal static IEnumerable<LayerWord> Words
        => Enum.GetValues<ElementwiseFunction>().Select(function => new LayerWord(KindOf(function), KindOf(function), text => Parse(function, text)));

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input) => new Elementwise<T>(name, input, Function, Parameter);

    /// <inheritdoc/>
    /// <remarks>Opset 11 has neither silu nor gelu: they are written by their formulas.</remarks>
    public override string WriteOnnx(IOnnxWriter onnx, string x, Shape input) => Function switch
    {
        ElementwiseFunction.Silu => onnx.Node("Mul", [x, onnx.Node("Sigmoid", [x])]),
        ElementwiseFunction.Gelu => WriteGelu(onnx, x),
        ElementwiseFunction.LeakyRelu => onnx.Node("LeakyRelu", [x], new OnnxAttribute("alpha", Parameter)),
        _ => onnx.Node(Function.ToString(), [x]),
    };

    /// <inheritdoc/>
    public override string ToString()
        => this == new ElementwiseSpec(Function) ? Kind : string.Create(CultureInfo.InvariantCulture, $"{Kind}{Parameter:R}");

    private static string KindOf(ElementwiseFunction function) => function.ToString().ToLowerInvariant();

    private static string WriteGelu(IOnnxWriter onnx, string x)
    {
        var erf = onnx.Node("Erf", [onnx.Node("Mul", [x, onnx.Constant(Math.Sqrt(0.5))])]);
        var doubled = onnx.Node("Add", [erf, onnx.Constant(1)]);
        return onnx.Node("Mul", [x, onnx.Node("Mul", [doubled, onnx.Constant(0.5)])]);
    }

    private static ElementwiseSpec? Parse(ElementwiseFunction function, string text)
    {
        if (text.Length == 0) return new(function);
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return function == ElementwiseFunction.LeakyRelu && double.TryParse(text, Style, CultureInfo.InvariantCulture, out var slope) && slope is >= 0 and <= 1
            ? new(function, slope)
            : null;
    }
}
