using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// A network at one point (w, x): its outputs, and the products with its Jacobian dphi/dw, replayed as often as wanted
/// from one forward pass. Nothing is allocated after construction.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Linearization<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Network<T> _network;
    private readonly LayerLinearization<T>[] _layers;
    private readonly Tensor<T>[] _values;
    private readonly Tensor<T>[] _pingPong;
    private readonly int[] _offsets;
    private readonly int _firstMoving;
    private Tensor<T> _w;
    private Tensor<T> _x;

    internal Linearization(Network<T> network, int batch)
    {
        Guard.Positive(batch, "the batch of a linearization");
        _network = network;
        Batch = batch;
        var layers = network.Layers;
        _layers = [.. layers.Select(layer => layer.CreateLinearization(network.Device, batch))];
        _values = [.. layers.Select(layer => network.Device.Zeros(layer.Output.Prepend(batch)))];
        var widest = new Shape(layers.Max(layer => Math.Max(layer.Input.Count, layer.Output.Count)) * batch);
        _pingPong = [network.Device.Zeros(widest), network.Device.Zeros(widest)];
        _offsets = new int[layers.Count + 1];
        for (var i = 0; i < layers.Count; i++) _offsets[i + 1] = _offsets[i] + layers[i].ParameterCount;
        _firstMoving = layers.TakeWhile(layer => layer.ParameterCount == 0).Count();
    }

    /// <summary>N, the number of samples.</summary>
    public int Batch { get; }

    /// <summary>N_P, the length of w.</summary>
    public int ParameterCount => _network.ParameterCount;

    /// <summary>The network that is linearized.</summary>
    public Network<T> Network => _network;

    /// <summary>yhat = phi(x, w), [N, outputs], at the point of the last <see cref="MoveTo"/>.</summary>
    public Tensor<T> Output => _values[^1];

    /// <summary>How often forward was called: products never add to it, nor does the replay of a recording.</summary>
    public long ForwardRuns { get; private set; }

    /// <summary>
    /// Changes when <see cref="MoveTo"/> is given other memory than before, which the products read from then on:
    /// recordings of products that were made earlier read the old one.
    /// </summary>
    public long MemoryVersion { get; private set; }

    /// <summary>
    /// Runs forward at (w, x). Both tensors must keep their values while the products are used.
    /// </summary>
    /// <param name="w">Parameters [N_P].</param>
    /// <param name="x">Inputs [N, ...].</param>
    /// <exception cref="ArgumentException">A size does not fit; the message names both.</exception>
    public void MoveTo(Tensor<T> w, Tensor<T> x)
    {
        Guard.Equal(w.Count, ParameterCount, "the parameter vector");
        Guard.Equal(x.Count, _network.Input.Count * Batch, $"{Batch} samples of {_network.Input}");
        var input = x.Reshape(_network.Input.Prepend(Batch));
        for (var i = 0; i < _layers.Length; i++)
        {
            _layers[i].Forward(input, Part(w, i), _values[i]);
            input = _values[i];
        }
        ForwardRuns++;
        if (w.IsSameMemory(_w) && x.IsSameMemory(_x)) return;
        (_w, _x) = (w, x);
        MemoryVersion++;
    }

    /// <summary>The activations behind one layer, [N, ...], at the point of the last <see cref="MoveTo"/>.</summary>
    /// <exception cref="ArgumentException">The network has no layer of that name.</exception>
    public Tensor<T> ValueBehind(string layer)
    {
        for (var i = 0; i < _layers.Length; i++)
        {
            if (_network.Layers[i].Name == layer) return _values[i];
        }
        throw new ArgumentException($"the network has no layer {layer}, only {string.Join(", ", _network.Layers.Select(l => l.Name))}", nameof(layer));
    }

    /// <summary>R-op (Eq. 7): dy = dphi/dw v.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="dy">Result [N, outputs], overwritten.</param>
    public void Rop(Tensor<T> v, Tensor<T> dy)
    {
        Guard.Equal(v.Count, ParameterCount, "the direction of an R-op");
        Guard.Equal(dy.Count, Output.Count, "the result of an R-op");
        if (_firstMoving == _layers.Length) _network.Device.Vectors.Fill(dy, T.Zero);
        var dx = default(Tensor<T>);
        for (var i = _firstMoving; i < _layers.Length; i++)
        {
            var result = i == _layers.Length - 1 ? dy : Scratch(i, _values[i].Shape);
            _layers[i].Rop(dx, Part(v, i), result);
            dx = result;
        }
    }

    /// <summary>L-op (Eq. 8): g = u^T dphi/dw.</summary>
    /// <param name="u">Adjoint of the outputs [N, outputs].</param>
    /// <param name="g">Result [N_P], overwritten.</param>
    public void Lop(Tensor<T> u, Tensor<T> g)
    {
        Guard.Equal(u.Count, Output.Count, "the adjoint of an L-op");
        Guard.Equal(g.Count, ParameterCount, "the result of an L-op");
        var adjoint = u;
        for (var i = _layers.Length - 1; i >= _firstMoving; i--)
        {
            var ux = i > _firstMoving ? Scratch(i, _values[i - 1].Shape) : default;
            _layers[i].Lop(adjoint, ux, Part(g, i));
            adjoint = ux;
        }
    }

    private Tensor<T> Part(Tensor<T> vector, int layer)
        => vector.Slice(_offsets[layer], _offsets[layer + 1] - _offsets[layer]);

    /// <summary>One of two tensors that successive layers use in turn.</summary>
    private Tensor<T> Scratch(int layer, Shape shape) => _pingPong[layer & 1].Slice(0, shape);
}
