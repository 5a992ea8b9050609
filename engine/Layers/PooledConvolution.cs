using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// A convolution, the pooling behind it and ReLU computed as one operator, see
/// <see cref="IPooledConvolutionKernels{T}"/>. The layers stay what they are; only their linearization is one.
/// </summary>
internal sealed class PooledConvolution<T>(
    IPooledConvolutionKernels<T> kernels, PooledConvolutionGeometry geometry, Tensor<byte> winners) : LayerLinearization<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private NetworkInput<T> _x;
    private Tensor<T> _w;

    public override bool ReadsImages => kernels.ReadsImages;

    public override void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y) => Forward(new NetworkInput<T>(x), w, y);

    public override void ForwardImages(Tensor<byte> images, Tensor<T> w, Tensor<T> y)
        => Forward(new NetworkInput<T>(images), w, y);

    private void Forward(NetworkInput<T> x, Tensor<T> w, Tensor<T> y)
    {
        (_x, _w) = (x, w);
        kernels.Forward(geometry, x, geometry.Convolution.WeightIn(w), geometry.Convolution.BiasIn(w), y, winners);
    }

    public override void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy)
        => kernels.Rop(geometry, _x, geometry.Convolution.WeightIn(_w), winners, dx, geometry.Convolution.WeightIn(dw), geometry.Convolution.BiasIn(dw), dy);

    public override void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw)
        => kernels.Lop(geometry, _x, geometry.Convolution.WeightIn(_w), winners, u, ux, geometry.Convolution.WeightIn(uw), geometry.Convolution.BiasIn(uw));

    private int RowLength => geometry.Convolution.Weight.Count + geometry.Convolution.OutChannels;

    public override int? GramRowLength => RowLength;

    public override void LopGram(Tensor<T> u, Tensor<T> ux, GramSum<T> gram)
    {
        var rows = gram.Rows(RowLength);
        kernels.LopSamples(geometry, _x, geometry.Convolution.WeightIn(_w), winners, u, ux, rows);
        gram.Add(rows);
    }

    protected override void Dispose(bool disposing)
    {
        winners.Storage.Dispose();
        base.Dispose(disposing);
    }
}
