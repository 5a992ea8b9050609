using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// A dense layer and the ReLU behind it computed as one operator, see <see cref="IDenseReluKernels{T}"/>. The layers stay
/// what they are; only their linearization is one. An adjoint is gated in place, so that whoever gives it must not want it
/// back: <see cref="LayerPlan"/> keeps the layer behind which adjoints are a caller's own by itself.
/// </summary>
internal sealed class DenseRelu<T>(ComputeDevice<T> device, IDenseReluKernels<T> kernels, Dense<T> dense, int batch)
    : LayerLinearization<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<byte> _open = device.Zeros<byte>(dense.Output.Prepend(batch));
    private Tensor<T> _x;
    private Tensor<T> _w;

    public override int? GramRowLength => 0;

    public override void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y)
    {
        (_x, _w) = (dense.AsRows(x, batch), w);
        kernels.Forward(_x, dense.WeightIn(w), dense.BiasIn(w), y, _open);
    }

    public override void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy)
        => kernels.Rop(_x, dense.WeightIn(_w), _open, dx, dense.WeightIn(dw), dense.BiasIn(dw), dy);

    public override void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw)
        => kernels.Lop(_x, dense.WeightIn(_w), _open, u, ux, dense.WeightIn(uw), dense.BiasIn(uw));

    public override void LopGram(Tensor<T> u, Tensor<T> ux, GramSum<T> gram)
    {
        kernels.Gate(_open, u);
        gram.AddDense(u, _x);
        if (!ux.IsAbsent) device.Dense.LopInput(dense.WeightIn(_w), gram.AsRows(u), ux);
    }

    protected override void Dispose(bool disposing)
    {
        _open.Storage.Dispose();
        base.Dispose(disposing);
    }
}
