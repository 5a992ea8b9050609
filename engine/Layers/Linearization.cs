using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// A network at one point (w, x): its outputs, and the products with its Jacobian dphi/dw, replayed as often as wanted
/// from one forward pass. Nothing is allocated after construction. Whoever makes one disposes of it.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Linearization<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Network<T> _network;
    private readonly Step[] _steps;
    private readonly Tensor<T>[] _tangents;
    private readonly Tensor<T>[] _adjoints;
    private readonly int _firstMoving;
    private Tensor<T> _w;
    private NetworkInput<T> _x;
    private Tensor<T> _columns;
    private Tensor<T> _normalized;

    internal Linearization(Network<T> network, int batch, bool fuse)
    {
        Guard.Positive(batch, "the batch of a linearization");
        _network = network;
        Batch = batch;
        _steps = [.. LayerPlan.Of(network.Layers, network.Device, batch, fuse).Select(step => new Step(network, step, batch))];
        WidestAdjoint = _steps.Max(step => step.Value.Count);
        _tangents = PingPong();
        _adjoints = network.Device.HasBranches ? PingPong() : _tangents;
        _firstMoving = _steps.TakeWhile(step => step.ParameterCount == 0).Count();
    }

    /// <summary>N, the number of samples.</summary>
    public int Batch { get; }

    /// <summary>N_P, the length of w.</summary>
    public int ParameterCount => _network.ParameterCount;

    /// <summary>The network that is linearized.</summary>
    public Network<T> Network => _network;

    /// <summary>Most elements that the adjoint between two steps has.</summary>
    internal int WidestAdjoint { get; }

    /// <summary>Elements of a row that each step forms for a Gram matrix.</summary>
    /// <exception cref="ArgumentException">A layer has parameters and offers no share; the message names it.</exception>
    internal int[] GramRowLengths() => Array.ConvertAll(_steps, step => step.Layer.GramRowLength ?? (step.ParameterCount == 0
        ? 0
        : throw new ArgumentException(
            $"gram: layer {step.LastLayer} has {step.ParameterCount} parameters and offers no Gram share; take the solver lsqr or minres-qlp, which need none")));

    /// <summary>
    /// Memory for the adjoints of each step's input, for a Gram sum: two tensors in turn, but one of its own where the step before
    /// forms no rows and the sum keeps what it is given.
    /// </summary>
    internal Tensor<T>[] GramScratch(bool keepsRows, Func<int, Tensor<T>> allocate)
    {
        Tensor<T>[] pingPong = [allocate(WidestAdjoint), allocate(WidestAdjoint)];
        return [.. _steps.Select((_, i) => i > 0 && keepsRows && _steps[i - 1].Layer.GramRowLength == 0 ? allocate(_steps[i - 1].Value.Count) : pingPong[i & 1])];
    }

    /// <summary>yhat = phi(x, w), [N, outputs], at the point of the last <see cref="MoveTo"/>.</summary>
    public Tensor<T> Output => _steps[^1].Value;

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
    /// <param name="x">Inputs [N, ...], or images [N,H,W,C].</param>
    /// <param name="columns">Columns of the samples [N, K], for layers that read them.</param>
    /// <exception cref="ArgumentException">A size does not fit; the message names both.</exception>
    public void MoveTo(Tensor<T> w, NetworkInput<T> x, Tensor<T> columns = default)
    {
        Guard.Equal(w.Count, ParameterCount, "the parameter vector");
        Guard.Equal(x.Count, _network.Input.Count * Batch, $"{Batch} samples of {_network.Input}");
        if (x.HasImages && x.Images.Shape != ImageShape)
        {
            throw new ArgumentException($"{Batch} images of {ImageShape} are expected, got {x.Images.Shape}", nameof(x));
        }
        var input = default(Tensor<T>);
        foreach (var step in _steps)
        {
            using (_network.Device.Range(step.ForwardName))
            {
                step.Layer.Columns = columns;
                if (step == _steps[0]) Begin(step, w, x);
                else step.Layer.Forward(input, step.Part(w), step.Value);
            }
            input = step.Value;
        }
        ForwardRuns++;
        if (w.IsSameMemory(_w) && x.IsSameMemory(_x) && columns.IsSameMemory(_columns)) return;
        (_w, _x, _columns) = (w, x, columns);
        MemoryVersion++;
    }

    /// <summary>What became of the samples of the last <see cref="MoveTo"/> where a layer projects them; null where none does.</summary>
    public ProjectionReport? Projected => _steps.Select(step => step.Layer.Projected).LastOrDefault(report => report is not null);

    /// <summary>The activations behind one layer, [N, ...], at the point of the last <see cref="MoveTo"/>.</summary>
    /// <exception cref="ArgumentException">
    /// The network has no layer of that name, or it is computed together with the next one.
    /// </exception>
    public Tensor<T> ValueBehind(string layer)
    {
        if (_steps.FirstOrDefault(step => step.LastLayer == layer) is { } found) return found.Value;
        var names = _network.Layers.Select(l => l.Name).ToArray();
        throw new ArgumentException(
            names.Contains(layer)
                ? $"{layer} is computed together with the layer behind it; create the linearization with fuse: false"
                : $"the network has no layer {layer}, only {string.Join(", ", names)}",
            nameof(layer));
    }

    /// <summary>R-op (Eq. 7): dy = dphi/dw v.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="dy">Result [N, outputs], overwritten.</param>
    public void Rop(Tensor<T> v, Tensor<T> dy)
    {
        Guard.Equal(v.Count, ParameterCount, "the direction of an R-op");
        Guard.Equal(dy.Count, Output.Count, "the result of an R-op");
        if (_firstMoving == _steps.Length) _network.Device.Vectors.Fill(dy, T.Zero);
        var dx = default(Tensor<T>);
        for (var i = _firstMoving; i < _steps.Length; i++)
        {
            var step = _steps[i];
            var result = i == _steps.Length - 1 ? dy : InTurn(_tangents, i, step.Value.Shape);
            using (_network.Device.Range(step.RopName)) step.Layer.Rop(dx, step.Part(v), result);
            dx = result;
        }
    }

    /// <summary>
    /// L-op (Eq. 8): g = u^T dphi/dw. It may run beside <see cref="Rop"/> on a device with branches, where it has memory of its own
    /// between layers, twice the widest activation of the batch (8 MB for 128 samples of Eq. 13 in float32).
    /// </summary>
    /// <param name="u">Adjoint of the outputs [N, outputs].</param>
    /// <param name="g">Result [N_P], overwritten.</param>
    public void Lop(Tensor<T> u, Tensor<T> g)
    {
        Guard.Equal(u.Count, Output.Count, "the adjoint of an L-op");
        Guard.Equal(g.Count, ParameterCount, "the result of an L-op");
        var adjoint = u;
        for (var i = _steps.Length - 1; i >= _firstMoving; i--)
        {
            var step = _steps[i];
            var ux = i > _firstMoving ? InTurn(_adjoints, i, _steps[i - 1].Value.Shape) : default;
            using (_network.Device.Range(step.LopName)) step.Layer.Lop(adjoint, ux, step.Part(g));
            adjoint = ux;
        }
    }

    /// <summary>Gives back all memory; again is harmless.</summary>
    public void Dispose()
    {
        foreach (var step in _steps)
        {
            step.Layer.Dispose();
            step.Value.Storage.Dispose();
        }
        foreach (var scratch in _tangents.Concat(_adjoints)) scratch.Storage.Dispose();
        if (!_normalized.IsAbsent) _normalized.Storage.Dispose();
    }

    private Shape ImageShape => new(Batch, _network.Input[1], _network.Input[2], _network.Input[0]);

    /// <summary>The first step, which may read images; where it cannot, they become numbers before.</summary>
    private void Begin(Step step, Tensor<T> w, in NetworkInput<T> x)
    {
        if (x.HasImages && step.Layer.ReadsImages)
        {
            step.Layer.ForwardImages(x.Images, step.Part(w), step.Value);
            return;
        }
        if (x.HasImages)
        {
            if (_normalized.IsAbsent) _normalized = _network.Device.Zeros(_network.Input.Prepend(Batch));
            _network.Device.Images.Normalize(x.Images, _normalized);
        }
        var numbers = x.HasImages ? _normalized : x.Values.Reshape(_network.Input.Prepend(Batch));
        step.Layer.Forward(numbers, step.Part(w), step.Value);
    }

    /// <summary>
    /// Adds A A^T to a Gram sum, where row r = j N + k of A is u_r^T dphi/dw: the rows are never formed but for the
    /// convolutions, whose parameters are few.
    /// </summary>
    /// <param name="u">A stack of adjoints of the outputs [J N, outputs].</param>
    /// <param name="gram">What is added to, with memory for stacks of J.</param>
    /// <param name="cancellation">Looked at before each layer.</param>
    /// <exception cref="OperationCanceledException">The token said so; the sum holds the shares of some layers then.</exception>
    public void LopGram(Tensor<T> u, GramSum<T> gram, CancellationToken cancellation = default)
    {
        Guard.Equal(u.Count, gram.Stack * Output.Count, "a stack of adjoints of the outputs");
        Guard.Equal(gram.Batch, Batch, "the samples of a Gram sum");
        var adjoint = u;
        for (var i = _steps.Length - 1; i >= _firstMoving; i--)
        {
            cancellation.ThrowIfCancellationRequested();
            var ux = i > _firstMoving ? gram.Scratch(i, _steps[i - 1].Value.Count) : default;
            gram.Begin(_steps[i].Offset, _steps[i].ParameterCount);
            _steps[i].Layer.LopGram(adjoint, ux, gram);
            adjoint = ux;
        }
        gram.Finish();
    }

    private Tensor<T>[] PingPong() => [_network.Device.Zeros(WidestAdjoint), _network.Device.Zeros(WidestAdjoint)];

    /// <summary>One of two tensors that successive steps use in turn.</summary>
    private static Tensor<T> InTurn(Tensor<T>[] pingPong, int step, Shape shape) => pingPong[step & 1].Slice(0, shape);

    /// <summary>One or more layers computed as one, with their output and their place in the parameter vector.</summary>
    private sealed class Step
    {
        public Step(Network<T> network, PlannedStep<T> plan, int batch)
        {
            var layers = network.Layers.Skip(plan.First).Take(plan.Count).ToArray();
            var name = string.Join('+', layers.Select(layer => layer.Name));
            (ForwardName, RopName, LopName) = ($"{name}.forward", $"{name}.rop", $"{name}.lop");
            Layer = plan.Linearization;
            LastLayer = layers[^1].Name;
            Value = network.Device.Zeros(layers[^1].Output.Prepend(batch));
            Offset = network.Layers.Take(plan.First).Sum(layer => layer.ParameterCount);
            ParameterCount = layers.Sum(layer => layer.ParameterCount);
        }

        public LayerLinearization<T> Layer { get; }

        public string LastLayer { get; }

        public Tensor<T> Value { get; }

        public int Offset { get; }

        public int ParameterCount { get; }

        public string ForwardName { get; }

        public string RopName { get; }

        public string LopName { get; }

        public Tensor<T> Part(Tensor<T> vector) => vector.Slice(Offset, ParameterCount);
    }
}
