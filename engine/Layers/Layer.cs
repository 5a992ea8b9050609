using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// A layer of a network: what it is, not what it remembers. Its name, sizes and parameters are fixed at construction;
/// <see cref="CreateLinearization"/> makes the part that holds activations and does the work.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="name">Unique in the network, such as "conv1".</param>
/// <param name="input">Extents of one sample's input.</param>
/// <param name="output">Extents of one sample's output.</param>
public abstract class Layer<T>(string name, Shape input, Shape output)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Unique in the network, such as "conv1"; parameters are called "conv1.weight" and "conv1.bias".</summary>
    public string Name { get; } = name;

    /// <summary>Extents of one sample's input.</summary>
    public Shape Input { get; } = input;

    /// <summary>Extents of one sample's output.</summary>
    public Shape Output { get; } = output;

    /// <summary>The layer's parameter tensors in memory order: weight before bias, none for most layers.</summary>
    public virtual IReadOnlyList<ParameterSpec> Parameters => [];

    /// <summary>The number of the layer's parameters.</summary>
    public int ParameterCount => Parameters.Sum(parameter => parameter.Shape.Count);

    /// <summary>Memory for the linearization of this layer at batches of a fixed size.</summary>
    public abstract LayerLinearization<T> CreateLinearization(ComputeDevice<T> device, int batch);
}

/// <summary>A parameter tensor: its name, extents and the number of inputs that one output sums over.</summary>
public sealed record ParameterSpec(string Name, Shape Shape, int FanIn);

/// <summary>
/// A layer at one point: forward keeps what the two products need (inputs, gates, winners) and no more; R-op and L-op
/// may then be applied as often as wanted and allocate nothing.
/// </summary>
public abstract class LayerLinearization<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y = f(x, w). The tensors x and w must keep their values while the products are used.</summary>
    /// <param name="x">Input [N, ...].</param>
    /// <param name="w">The layer's part of the parameter vector.</param>
    /// <param name="y">Output [N, ...].</param>
    public abstract void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y);

    /// <summary>Whether the layer can be the first on images as they are stored.</summary>
    public virtual bool ReadsImages => false;

    /// <summary>The samples' columns [N, K] that the next forward reads, for layers that read any.</summary>
    public virtual Tensor<T> Columns
    {
        get => default;
        set
        {
        }
    }

    /// <summary>What became of the samples of the last forward where it projected them; null for other layers.</summary>
    public virtual ProjectionReport? Projected => null;

    /// <summary>The same from stored images, see <see cref="NetworkInput{T}"/>.</summary>
    /// <param name="images">Images [N,H,W,C], uint8.</param>
    /// <param name="w">The layer's part of the parameter vector.</param>
    /// <param name="y">Output [N, ...].</param>
    /// <exception cref="InvalidOperationException">The layer reads no images.</exception>
    public virtual void ForwardImages(Tensor<byte> images, Tensor<T> w, Tensor<T> y)
        => throw new InvalidOperationException($"{GetType().Name} reads numbers; normalize the images first");

    /// <summary>dy = df/dx dx + df/dw dw.</summary>
    /// <param name="dx">Direction of the input, or absent where it does not move.</param>
    /// <param name="dw">The layer's part of the direction of the parameters.</param>
    /// <param name="dy">The directional derivative, overwritten.</param>
    public abstract void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy);

    /// <summary>
    /// ux = u^T df/dx and uw = u^T df/dw. Where a device has branches (<see cref="ComputeDevice{T}.HasBranches"/>) it may run beside
    /// <see cref="Rop"/>: the two write no memory of the layer in common.
    /// </summary>
    /// <param name="u">Adjoint of the output.</param>
    /// <param name="ux">Adjoint of the input, overwritten, or absent where nobody wants it.</param>
    /// <param name="uw">The layer's part of the adjoint of the parameters, overwritten.</param>
    public abstract void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw);

    /// <summary>
    /// Elements of a row that <see cref="LopGram"/> forms, 0 where it forms none; null where the layer offers no share, as
    /// one without parameters has none.
    /// </summary>
    public virtual int? GramRowLength => null;

    /// <summary>
    /// The L-op of a stack of J adjoints of the batch that keeps their rows apart: adds the layer's share of S = A A^T,
    /// A_r = u_r^T df/dw, where row r = j N + k belongs to sample k. A layer with parameters that does not override it is
    /// refused when a <see cref="GramSum{T}"/> is made.
    /// </summary>
    /// <param name="u">Adjoints of the output [J N, ...].</param>
    /// <param name="ux">Adjoints of the input [J N, ...], overwritten, or absent.</param>
    /// <param name="gram">What the share is added to.</param>
    public virtual void LopGram(Tensor<T> u, Tensor<T> ux, GramSum<T> gram)
    {
        // A layer without parameters has no share.
        if (ux.IsAbsent) return;
        for (var j = 0; j < gram.Stack; j++) Lop(gram.Part(u, j), gram.Part(ux, j), default);
    }

    /// <summary>Gives back what forward keeps; again is harmless.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back the layer's own memory; called once or more.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
