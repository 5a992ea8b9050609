using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// S = A A^T in the making: the sum over layers, and the memory that their L-ops on stacks of J adjoints need. Rows stand
/// in the order r = j N + k.
/// </summary>
/// <typeparam name="T">The number type of the rows; the sums are float64.</typeparam>
public sealed class GramSum<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly ComputeDevice<T> _device;
    private readonly Tensor<T>[] _scratch;
    private readonly Tensor<T> _rows;
    private readonly GramFactors<T>? _factors;
    private int _rowsTaken;

    /// <summary>A sum for the rows of a linearization.</summary>
    /// <param name="at">The linearization.</param>
    /// <param name="stack">J, the rows of one sample.</param>
    /// <param name="keepsRows">
    /// Whether the rows' factors stay for products: adjoints of the outputs of affine layers, and the rows that others form.
    /// </param>
    /// <exception cref="ArgumentException">A layer offers no share, or its rows are too many; the message names it.</exception>
    /// <exception cref="NotSupportedException">The device rounds products.</exception>
    public GramSum(Linearization<T> at, int stack, bool keepsRows = false)
    {
        Guard.Positive(stack, "the rows of a sample");
        at.Network.Device.WantExactProducts("a Gram matrix");
        (_device, Stack, Batch) = (at.Network.Device, stack, at.Batch);
        var lengths = at.GramRowLengths();
        var (row, length) = (lengths.Max(), keepsRows ? lengths.Sum() : lengths.Max());
        var elements = (long)RowCount * length;
        if (elements > int.MaxValue)
        {
            throw new ArgumentException(
                $"{RowCount} constraint rows of a layer with {row} parameters are {elements} numbers, the limit is "
                + $"{int.MaxValue}; take fewer samples, or LSQR or MINRES-QLP, which form no rows",
                nameof(at));
        }
        _memory = new Workspace<T>(_device);
        _scratch = at.GramScratch(keepsRows, count => _memory.Zeros(stack * count));
        _rows = _memory.Zeros((int)elements);
        Value = _device.Zeros<double>(new Shape(RowCount, RowCount));
        _factors = keepsRows ? _memory.Own(new GramFactors<T>(_device, at.ParameterCount, Batch, RowCount)) : null;
    }

    /// <summary>Whether products of rows are summed in float64, see <see cref="IGramKernels{T}.AddRows"/>.</summary>
    public bool IsExact { get; set; } = true;

    /// <summary>J.</summary>
    public int Stack { get; }

    /// <summary>N.</summary>
    public int Batch { get; }

    /// <summary>J N.</summary>
    public int RowCount => Stack * Batch;

    /// <summary>S [J N, J N].</summary>
    public Tensor<double> Value { get; }

    /// <summary>Products with the rows as of the last sum; null where they are not kept, or a layer added its share in another way.</summary>
    internal GramFactors<T>? Factors => _factors is { IsComplete: true } ? _factors : null;

    /// <summary>S = 0.</summary>
    public void Clear()
    {
        _rowsTaken = 0;
        _factors?.Clear();
        _device.Gram.Clear(Value);
    }

    /// <summary>Gives all memory back; again is harmless.</summary>
    public void Dispose()
    {
        _memory.Dispose();
        Value.Storage.Dispose();
    }

    /// <summary>The layer that adds its share next, by its place in the parameter vector.</summary>
    internal void Begin(int offset, int parameters) => _factors?.Begin(offset, parameters);

    internal Tensor<T> Scratch(int step, int batchCount) => _scratch[step].Slice(0, Stack * batchCount);

    /// <summary>Adjoint j of a stack, or absent where the stack is.</summary>
    public Tensor<T> Part(Tensor<T> stack, int j)
        => stack.IsAbsent ? stack : stack.Slice(j * (stack.Count / Stack), new Shape(Batch, stack.Count / RowCount));

    /// <summary>A stack as a matrix [J N, ...] of its rows.</summary>
    public Tensor<T> AsRows(Tensor<T> stack) => stack.Reshape(new Shape(RowCount, stack.Count / RowCount));

    /// <summary>Memory for explicit rows of <paramref name="length"/> elements; unless rows are kept, every layer's lie in the same place.</summary>
    public Tensor<T> Rows(int length)
    {
        var rows = _rows.Slice(_rowsTaken, new Shape(RowCount, length));
        if (_factors is not null) _rowsTaken += rows.Count;
        return rows;
    }

    /// <summary>Adds the products of explicit rows [J N, P] of a layer's parameters.</summary>
    public void Add(Tensor<T> rows)
    {
        if (_factors is not null && _factors.TryAdd(rows) && _factors.SumsAtOnce) return;
        _device.Gram.AddRows(rows, Value, IsExact);
    }

    /// <summary>Adds (1 + a_k . a_l)(u_r . u_s): the products of the rows of an affine layer with bias, which are not formed.</summary>
    /// <param name="adjoints">u, a stack of adjoints of its output.</param>
    /// <param name="input">a [N, ...], its input.</param>
    public void AddDense(Tensor<T> adjoints, Tensor<T> input)
    {
        if (_factors is not null && _factors.TryAddDense(AsRows(adjoints), input) && _factors.SumsAtOnce) return;
        _device.Gram.AddDense(AsRows(adjoints), input, Value, IsExact);
    }

    /// <summary>All layers have added their shares: those that are summed at once are now.</summary>
    internal void Finish() => _factors?.Finish(Value, IsExact);
}
