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
    private readonly ComputeDevice<T> _device;
    private readonly Tensor<T>[] _pingPong;
    private readonly Tensor<T> _rows;

    /// <summary>A sum for the rows of a linearization.</summary>
    /// <param name="at">The linearization.</param>
    /// <param name="stack">J, the rows of one sample.</param>
    /// <exception cref="ArgumentException">A layer offers no share, or its rows are too many; the message names it.</exception>
    public GramSum(Linearization<T> at, int stack)
    {
        Guard.Positive(stack, "the rows of a sample");
        (_device, Stack, Batch) = (at.Network.Device, stack, at.Batch);
        var row = at.WidestGramRow();
        var elements = (long)RowCount * row;
        if (elements > int.MaxValue)
        {
            throw new ArgumentException(
                $"{RowCount} constraint rows of a layer with {row} parameters are {elements} numbers, the limit is "
                + $"{int.MaxValue}; take fewer samples, or MINRES-QLP, which forms no rows",
                nameof(at));
        }
        var widest = stack * at.WidestAdjoint;
        _pingPong = [_device.Zeros(widest), _device.Zeros(widest)];
        _rows = _device.Zeros((int)elements);
        Value = _device.Zeros<double>(new Shape(RowCount, RowCount));
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

    /// <summary>S = 0.</summary>
    public void Clear() => _device.Gram.Clear(Value);

    /// <summary>Gives all memory back; again is harmless.</summary>
    public void Dispose()
    {
        foreach (var scratch in _pingPong) scratch.Storage.Dispose();
        Value.Storage.Dispose();
        _rows.Storage.Dispose();
    }

    internal Tensor<T> Scratch(int step, int batchCount) => _pingPong[step & 1].Slice(0, Stack * batchCount);

    /// <summary>Adjoint j of a stack, or absent where the stack is.</summary>
    public Tensor<T> Part(Tensor<T> stack, int j)
        => stack.IsAbsent ? stack : stack.Slice(j * (stack.Count / Stack), new Shape(Batch, stack.Count / RowCount));

    /// <summary>A stack as a matrix [J N, ...] of its rows.</summary>
    public Tensor<T> AsRows(Tensor<T> stack) => stack.Reshape(new Shape(RowCount, stack.Count / RowCount));

    /// <summary>Memory for explicit rows of <paramref name="length"/> elements; every layer's lie in the same place.</summary>
    public Tensor<T> Rows(int length) => _rows.Slice(0, new Shape(RowCount, length));

    /// <summary>Adds the products of explicit rows [J N, P] of a layer's parameters.</summary>
    public void Add(Tensor<T> rows) => _device.Gram.AddRows(rows, Value, IsExact);

    /// <summary>Adds (1 + a_k . a_l)(u_r . u_s): the products of the rows of an affine layer with bias, which are not formed.</summary>
    /// <param name="adjoints">u, a stack of adjoints of its output.</param>
    /// <param name="input">a [N, ...], its input.</param>
    public void AddDense(Tensor<T> adjoints, Tensor<T> input) => _device.Gram.AddDense(AsRows(adjoints), input, Value, IsExact);
}
