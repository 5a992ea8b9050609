using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Layers;

/// <summary>
/// A layer that the engine does not know, made of its public kernels: y_c = a_c x_c with a parameter a channel, on vectors.
/// </summary>
internal sealed class ScaleLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ScaleLayer(string name, Shape input)
        : base(name, input, input)
    {
        if (input.Rank != 1) throw new ArgumentException($"{name}: expects vectors, got {input}", nameof(input));
        Parameters = [new ParameterSpec($"{name}.weight", input, 1)];
    }

    public override IReadOnlyList<ParameterSpec> Parameters { get; }

    public override LayerLinearization<T> CreateLinearization(ComputeDevice<T> device, int batch) => new At(device, batch, Input.Count);

    private sealed class At : LayerLinearization<T>
    {
        private readonly ComputeDevice<T> _device;
        private readonly Tensor<T> _ones;
        private readonly Tensor<T> _zeros;
        private readonly Tensor<T> _rows;
        private readonly Tensor<T> _terms;
        private Tensor<T> _x;
        private Tensor<T> _w;

        public At(ComputeDevice<T> device, int batch, int channels)
        {
            _device = device;
            _ones = device.Zeros(new Shape(batch, 1));
            device.Vectors.Fill(_ones, T.One);
            _zeros = device.Zeros(channels);
            _rows = device.Zeros(new Shape(batch, channels));
            _terms = device.Zeros(new Shape(batch, channels));
        }

        public override void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y)
        {
            (_x, _w) = (x, w);
            Scale(w, x, y);
        }

        public override void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy)
        {
            Scale(dw, _x, dy);
            if (dx.IsAbsent) return;
            Scale(_w, dx, _terms);
            _device.Vectors.Axpy(1, _terms, dy);
        }

        public override void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw)
        {
            _device.Vectors.Multiply(u, _x, _terms);
            _device.Dense.Lop(_ones, AsColumn(_w), _terms, default, AsColumn(uw), _zeros.Slice(0, uw.Count));
            _device.Vectors.Fill(_zeros, T.Zero);
            if (!ux.IsAbsent) Scale(_w, u, ux);
        }

        protected override void Dispose(bool disposing)
        {
            foreach (var tensor in (Tensor<T>[])[_ones, _zeros, _rows, _terms]) tensor.Storage.Dispose();
        }

        /// <summary>Every row of x times a.</summary>
        private void Scale(Tensor<T> a, Tensor<T> x, Tensor<T> y)
        {
            _device.Dense.Forward(_ones, AsColumn(a), _zeros, _rows);
            _device.Vectors.Multiply(_rows, x, y);
        }

        private static Tensor<T> AsColumn(Tensor<T> vector) => vector.Reshape(new Shape(vector.Count, 1));
    }
}

/// <summary>The specification: the word "scale", the operator "Mul" of ONNX, one operation an element.</summary>
internal sealed record ScaleSpec : LayerSpec
{
    public override string Kind => Word.Kind;

    public static LayerWord Word { get; } = new("scale", "scale", text => text.Length == 0 ? new ScaleSpec() : null);

    public override Layer<T> Create<T>(string name, Shape input) => new ScaleLayer<T>(name, input);

    public override double Flops(Shape input, Shape output) => output.Count;

    public override string WriteOnnx(IOnnxWriter onnx, string x, Shape input) => onnx.Node("Mul", [x, onnx.Parameters[0]]);

    public override string ToString() => Kind;
}
