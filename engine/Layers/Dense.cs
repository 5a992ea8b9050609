using System.Globalization;
using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// Affine transformation A_a of Eq. 13. An input of several extents is read as the vector of its row-major elements.
/// <code>
/// forward  y  = x W^T + b
/// R-op     dy = dx W^T + x dW^T + db
/// L-op     ux = u W;  uW = u^T x;  ub = sum u
/// </code>
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Dense<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>An affine transformation to <paramref name="outputs"/> numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no outputs.</exception>
    public Dense(string name, Shape input, int outputs)
        : base(name, input, new Shape(outputs))
    {
        Guard.Positive(outputs, $"{name}: the number of outputs");
        Parameters =
        [
            new ParameterSpec($"{name}.weight", new Shape(outputs, input.Count), input.Count),
            new ParameterSpec($"{name}.bias", new Shape(outputs), input.Count),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters { get; }

    /// <inheritdoc/>
    public override LayerLinearization<T> CreateLinearization(ComputeDevice<T> device, int batch)
        => new At(device.Dense, this, batch);

    /// <summary>Inputs [N, ...] as the rows of a matrix.</summary>
    internal Tensor<T> AsRows(Tensor<T> x, int batch) => x.Reshape(new Shape(batch, Input.Count));

    /// <summary>W in the layer's part of a parameter vector.</summary>
    internal Tensor<T> WeightIn(Tensor<T> w) => w.Slice(0, Parameters[0].Shape);

    /// <summary>b in the layer's part of a parameter vector.</summary>
    internal Tensor<T> BiasIn(Tensor<T> w) => w.Slice(Parameters[0].Shape.Count, Parameters[1].Shape);

    private sealed class At(IDenseKernels<T> kernels, Dense<T> dense, int batch) : LayerLinearization<T>
    {
        private Tensor<T> _x;
        private Tensor<T> _w;

        public override void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y)
        {
            (_x, _w) = (dense.AsRows(x, batch), w);
            kernels.Forward(_x, dense.WeightIn(w), dense.BiasIn(w), y);
        }

        public override void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy)
            => kernels.Rop(_x, dense.WeightIn(_w), dx, dense.WeightIn(dw), dense.BiasIn(dw), dy);

        public override void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw)
            => kernels.Lop(_x, dense.WeightIn(_w), u, ux, dense.WeightIn(uw), dense.BiasIn(uw));

        public override int? GramRowLength => 0;

        public override void LopGram(Tensor<T> u, Tensor<T> ux, GramSum<T> gram)
        {
            gram.AddDense(u, _x);
            if (!ux.IsAbsent) kernels.LopInput(dense.WeightIn(_w), gram.AsRows(u), ux);
        }
    }
}

/// <summary>An affine transformation: <c>dense1024</c>.</summary>
public sealed record DenseSpec(int Outputs) : LayerSpec
{
    private const int MostOutputs = 999_999;

    /// <inheritdoc/>
    public override string Kind => Word.Kind;

    /// <inheritdoc/>
    public override bool IsAffine => true;

    internal static LayerWord Word { get; } = new("dense", "dense51", ParseOutputs);

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input) => new Dense<T>(name, input, Outputs);

    /// <inheritdoc/>
    public override double Flops(Shape input, Shape output) => 2.0 * input.Count * Outputs;

    /// <inheritdoc/>
    /// <remarks>(1 + x_k . x_l)(u_r . u_s): the rows are not formed.</remarks>
    public override GramDepth GramDepth(Shape input, Shape output, int parameters) => new(Outputs, input.Count, FormsRows: false);

    /// <inheritdoc/>
    public override string WriteOnnx(IOnnxWriter onnx, string x, Shape input)
    {
        if (input.Rank > 1) x = onnx.Node("Flatten", [x], new OnnxAttribute("axis", 1));
        return onnx.Node("Gemm", [x, .. onnx.Parameters], new OnnxAttribute("transB", 1));
    }

    /// <inheritdoc/>
    public override string ToString() => $"dense{Outputs}";

    private static DenseSpec? ParseOutputs(string text)
        => text.StartsWith('0') || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var outputs) || outputs > MostOutputs
            ? null
            : new DenseSpec(outputs);
}
