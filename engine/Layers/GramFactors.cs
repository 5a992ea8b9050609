using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// A = dC/dw as the sum that makes S = A A^T met it, layer by layer: rows that were formed, or for an affine layer y = x W^T + b
/// the adjoints d of its output and its input x. Products cost half of an R-op or L-op from the linearization, since no
/// direction or adjoint goes through the layers any more:
/// <code>
/// A v      += d_r . (x_k V^T + v_b) for the rows r of sample k, or the formed rows times v
/// A^T u    W: y^T x, b: the sum of y, with y_k = sum_j u_jk d_jk;    or u^T times the formed rows
/// </code>
/// </summary>
/// <typeparam name="T">The number type of the rows.</typeparam>
internal sealed class GramFactors<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly Workspace<T> _memory;
    private readonly int _parameters;
    private readonly int _batch;
    private readonly Tensor<T> _zero;
    private readonly Tensor<T> _part;
    private readonly Dictionary<int, Tensor<T>> _outputs = [];
    private readonly List<Share> _shares = [];
    private (int Offset, int Count) _layer;
    private int _covered;

    /// <summary>No shares yet, for N_P parameters, N samples and J N rows.</summary>
    public GramFactors(ComputeDevice<T> device, int parameters, int batch, int rows)
    {
        (_device, _parameters, _batch) = (device, parameters, batch);
        _memory = new Workspace<T>(device);
        (_zero, _part) = (_memory.Zeros(rows), _memory.Zeros(new Shape(1, rows)));
    }

    /// <summary>Whether the shares cover all parameters.</summary>
    public bool IsComplete => _covered == _parameters;

    private int RowCount => _zero.Count;

    /// <summary>Forgets all shares.</summary>
    public void Clear()
    {
        _shares.Clear();
        _covered = 0;
    }

    /// <summary>The layer that adds its share next: its place in the parameter vector and its parameters.</summary>
    public void Begin(int offset, int count) => _layer = (offset, count);

    /// <summary>Rows [J N, P] of all parameters of the layer; they must keep their values.</summary>
    public void Add(Tensor<T> rows)
    {
        if (rows.Count == (long)RowCount * _layer.Count) Add(new Share(_layer.Offset, rows, default));
    }

    /// <summary>Adjoints of the output [J N, outputs] and the input [N, ...] of an affine layer with bias; they must keep their values.</summary>
    public void AddDense(Tensor<T> adjoints, Tensor<T> input)
    {
        var (outputs, inputs) = (adjoints.Count / RowCount, input.Count / _batch);
        if ((long)outputs * (inputs + 1) != _layer.Count) return;
        if (!_outputs.ContainsKey(outputs)) _outputs.Add(outputs, _memory.Zeros(new Shape(_batch, outputs)));
        Add(new Share(_layer.Offset, adjoints, input.Reshape(new Shape(_batch, inputs))));
    }

    /// <summary>A v.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="result">[J N] in the order j N + k, overwritten.</param>
    public void Rop(Tensor<T> v, Tensor<T> result)
    {
        _device.Vectors.Fill(result, T.Zero);
        foreach (var share in _shares)
        {
            if (share.Input.IsAbsent)
            {
                _device.Dense.Forward(FormedPart(share, v), share.Rows, _zero, _part);
                _device.Vectors.Axpy(1, _part.Reshape(result.Shape), result);
                continue;
            }
            var (weight, bias, y) = AffinePart(share, v);
            _device.Dense.Forward(share.Input, weight, bias, y);
            _device.Gram.AddRowDots(share.Rows, y, result);
        }
    }

    /// <summary>A^T u.</summary>
    /// <param name="u">[J N] in the order j N + k.</param>
    /// <param name="result">[N_P], overwritten.</param>
    public void Lop(Tensor<T> u, Tensor<T> result)
    {
        foreach (var share in _shares)
        {
            if (share.Input.IsAbsent)
            {
                _device.Dense.LopInput(share.Rows, u.Reshape(_part.Shape), FormedPart(share, result));
                continue;
            }
            var (weight, bias, y) = AffinePart(share, result);
            _device.Gram.CombineRows(share.Rows, u, y);
            _device.Dense.Lop(share.Input, weight, y, default, weight, bias);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private Tensor<T> FormedPart(Share share, Tensor<T> vector) => vector.Slice(share.Offset, new Shape(1, share.Rows.Count / RowCount));

    private (Tensor<T> Weight, Tensor<T> Bias, Tensor<T> Output) AffinePart(Share share, Tensor<T> vector)
    {
        var weight = new Shape(share.Rows.Count / RowCount, share.Input.Shape[1]);
        return (vector.Slice(share.Offset, weight), vector.Slice(share.Offset + weight.Count, weight[0]), _outputs[weight[0]]);
    }

    private void Add(Share share)
    {
        _shares.Add(share);
        _covered += _layer.Count;
    }

    /// <summary>Formed rows, or adjoints with an input.</summary>
    private sealed record Share(int Offset, Tensor<T> Rows, Tensor<T> Input);
}
