using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// trace(A A^T) of an active set's constraint rows at the constraint's current point, one constraint of all N samples after
/// another: the same J backward passes as <see cref="ConstraintGram{T}"/>, but J matrices [N, N] in the place of one
/// [J N, J N], a J-th of its products and of its memory squared.
/// </summary>
/// <typeparam name="T">The number type of the rows; the sum is float64.</typeparam>
public sealed class ConstraintTrace<T> : GramTrace
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly OutputConstraintFunction<T> _constraint;
    private readonly GramSum<T> _sum;
    private readonly Tensor<T> _units;
    private readonly Tensor<T> _adjoints;
    private readonly double[] _s;

    /// <summary>Memory for the trace of a constraint function.</summary>
    /// <exception cref="NotSupportedException">A layer offers no share of S; the message names it.</exception>
    public ConstraintTrace(OutputConstraintFunction<T> constraint)
    {
        _constraint = constraint;
        var at = constraint.Linearization;
        var device = at.Network.Device;
        var rows = constraint.Constraint.RowsPerSample;
        _memory = new Workspace<T>(device);
        _sum = _memory.Own(new GramSum<T>(at, 1));
        _units = _memory.From(ConstraintGram<T>.UnitRows(rows, at.Batch), new Shape(rows, constraint.RowCount));
        _adjoints = _memory.Zeros(at.Output.Shape);
        _s = new double[at.Batch * at.Batch];
    }

    /// <inheritdoc/>
    public override double Compute(CancellationToken cancellation = default)
    {
        var at = _constraint.Linearization;
        var (samples, rows) = (at.Batch, _constraint.RowCount);
        var trace = 0.0;
        for (var j = 0; j < rows / samples; j++)
        {
            cancellation.ThrowIfCancellationRequested();
            _constraint.Constraint.Lop(at.Output, _constraint.Columns, _units.Slice(j * rows, rows), _adjoints);
            _sum.Clear();
            at.LopGram(_adjoints, _sum, cancellation);
            _sum.Value.CopyTo(_s);
            for (var k = 0; k < samples; k++) trace += _s[k * (samples + 1)];
        }
        return trace;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _memory.Dispose();
        base.Dispose(disposing);
    }
}
