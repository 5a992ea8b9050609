using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// A = dC/dw as the sum that makes S = A A^T met it, layer by layer: rows that were formed, or for an affine layer the adjoints
/// of its output and its input. See <see cref="IGramShares{T}"/> for the products.
/// </summary>
/// <typeparam name="T">The number type of the rows.</typeparam>
internal sealed class GramFactors<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IGramShares<T> _products;
    private readonly int _parameters;
    private readonly int _batch;
    private readonly int _rows;
    private readonly List<GramShare<T>> _shares = [];
    private (int Offset, int Count) _layer;
    private int _covered;

    /// <summary>No shares yet, for N_P parameters, N samples and J N rows.</summary>
    public GramFactors(ComputeDevice<T> device, int parameters, int batch, int rows)
        => (_products, _parameters, _batch, _rows) = (device.Gram.CreateShares(device), parameters, batch, rows);

    /// <summary>Whether the shares cover all parameters.</summary>
    public bool IsComplete => _covered == _parameters;

    /// <summary>Whether shares that were taken are added to S by <see cref="Finish"/>, and not by whoever gives them.</summary>
    public bool SumsAtOnce => _products.SumsAtOnce;

    /// <summary>Forgets all shares.</summary>
    public void Clear()
    {
        _shares.Clear();
        _covered = 0;
    }

    /// <summary>The layer that adds its share next: its place in the parameter vector and its parameters.</summary>
    public void Begin(int offset, int count) => _layer = (offset, count);

    /// <summary>Takes rows [J N, P] of all parameters of the layer, which must keep their values; false where they are not all.</summary>
    public bool TryAdd(Tensor<T> rows)
        => rows.Count == (long)_rows * _layer.Count && Add(new GramShare<T>(_layer.Offset, rows, default));

    /// <summary>
    /// Takes adjoints of the output [J N, outputs] and the input [N, ...] of an affine layer with bias, which must keep their
    /// values; false where they are not of all its parameters.
    /// </summary>
    public bool TryAddDense(Tensor<T> adjoints, Tensor<T> input)
    {
        var (outputs, inputs) = (adjoints.Count / _rows, input.Count / _batch);
        return (long)outputs * (inputs + 1) == _layer.Count && Add(new GramShare<T>(_layer.Offset, adjoints, input));
    }

    /// <summary>All layers have given their shares; those that are summed at once are added to S.</summary>
    public void Finish(Tensor<double> s, bool isExact)
    {
        _products.Set(_shares, _rows, _batch);
        if (SumsAtOnce) _products.AddTo(s, isExact);
    }

    /// <summary>A v.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="result">[J N] in the order j N + k, overwritten.</param>
    public void Rop(Tensor<T> v, Tensor<T> result) => _products.Rop(v, result);

    /// <summary>A^T u.</summary>
    /// <param name="u">[J N] in the order j N + k.</param>
    /// <param name="result">[N_P], overwritten.</param>
    public void Lop(Tensor<T> u, Tensor<T> result) => _products.Lop(u, result);

    /// <inheritdoc/>
    public void Dispose() => _products.Dispose();

    private bool Add(GramShare<T> share)
    {
        _shares.Add(share);
        _covered += _layer.Count;
        return true;
    }
}
