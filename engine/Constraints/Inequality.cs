using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>
/// Inequality constraints C(y) &lt;= 0 as section 4.4 treats them: an equality where violated, ignored elsewhere, which is the
/// equality max(C, 0) = 0 with the derivative of ReLU. Satisfied rows are zero, in the value and in both products, so a
/// solver gives them the multiplier 0; in a soft penalty it is the squared hinge.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="device">Where it is evaluated.</param>
/// <param name="inner">C, none of whose rows is the same within a group.</param>
public sealed class Inequality<T>(ComputeDevice<T> device, IOutputConstraint<T> inner) : IOutputConstraint<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory = new(device);

    /// <summary>Memory by the number of rows: recordings keep using theirs.</summary>
    private readonly Dictionary<int, Scratch> _scratch = [];

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public IReadOnlyList<ConstraintRow> Rows { get; } = [.. inner.Rows.Select(row => AtMost(row, inner))];

    /// <inheritdoc/>
    public bool CanRecord => inner.CanRecord;

    /// <inheritdoc/>
    public void Evaluate(Tensor<T> y, Tensor<T> x, Tensor<T> c)
    {
        var scratch = For(c.Count);
        inner.Evaluate(y, x, scratch.Rows);
        device.Relu.Forward(scratch.Rows, c, scratch.Violated);
    }

    /// <inheritdoc/>
    public void Rop(Tensor<T> y, Tensor<T> x, Tensor<T> dy, Tensor<T> dc)
    {
        var scratch = Gates(y, x, dc.Count);
        inner.Rop(y, x, dy, scratch.Rows);
        device.Relu.Gate(scratch.Violated, scratch.Rows, dc);
    }

    /// <inheritdoc/>
    public void Lop(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> uy)
    {
        var scratch = Gates(y, x, u.Count);
        device.Relu.Gate(scratch.Violated, u, scratch.Rows);
        inner.Lop(y, x, scratch.Rows, uy);
    }

    /// <summary>Gives its own memory back; C is somebody else's.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>Finds the violated rows at (y, x).</summary>
    private Scratch Gates(Tensor<T> y, Tensor<T> x, int rows)
    {
        var scratch = For(rows);
        inner.Evaluate(y, x, scratch.Rows);
        device.Relu.Forward(scratch.Rows, scratch.Positive, scratch.Violated);
        return scratch;
    }

    private Scratch For(int rows)
    {
        if (_scratch.TryGetValue(rows, out var known)) return known;
        return _scratch[rows] = new Scratch(_memory.Zeros(rows), _memory.Zeros(rows), _memory.Zeros<byte>(new Shape(rows)));
    }

    private static ConstraintRow AtMost(ConstraintRow row, IOutputConstraint<T> inner) => row.Group is null ? row with { Kind = ConstraintKind.AtMost }
        : throw new ArgumentException($"constraint {row.Name} is the same within {row.Group}, which is an equality; make inequalities of other rows", nameof(inner));

    private sealed record Scratch(Tensor<T> Rows, Tensor<T> Positive, Tensor<byte> Violated);
}
