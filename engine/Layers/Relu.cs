using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// ReLU R of Eq. 13, with ReLU'(0) = 0.
/// <code>
/// forward  y = max(x, 0)
/// R-op     dy = [x &gt; 0] dx
/// L-op     ux = [x &gt; 0] u
/// </code>
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Relu<T>(string name, Shape input) : Layer<T>(name, input, input)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override LayerLinearization<T> CreateLinearization(ComputeDevice<T> device, int batch)
        => new At(device, Input.Count * batch);

    private sealed class At(ComputeDevice<T> device, int count) : LayerLinearization<T>
    {
        private readonly Tensor<byte> _open = device.Zeros<byte>(new Shape(count));

        public override void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y) => device.Relu.Forward(x, y, _open);

        public override void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy) => device.Relu.Gate(_open, dx, dy);

        public override void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw) => device.Relu.Gate(_open, u, ux);

        protected override void Dispose(bool disposing)
        {
            _open.Storage.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>ReLU: <c>relu</c>.</summary>
public sealed record ReluSpec : LayerSpec
{
    /// <inheritdoc/>
    public override string Kind => Word.Kind;

    internal static LayerWord Word { get; } = new("relu", "relu", text => text.Length == 0 ? new ReluSpec() : null);

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input) => new Relu<T>(name, input);

    /// <inheritdoc/>
    public override string WriteOnnx(IOnnxWriter onnx, string x, Shape input) => onnx.Node("Relu", [x]);

    /// <inheritdoc/>
    public override string ToString() => Kind;
}
