using PoseEngine.Kernels;

namespace PoseEngine.Constraints;

/// <summary>Rows in C# as <see cref="DenseProjection"/> takes them: matrices from one product for each row or output.</summary>
internal sealed class SampleRows : IProjectionRows
{
    private readonly SampleConstraint<double> _rows;
    private readonly double[] _unit;

    public SampleRows(SampleConstraint<double> rows, IReadOnlyList<ConstraintKind>? kinds)
    {
        if (rows.Rows.FirstOrDefault(row => row.Kind == ConstraintKind.AtMost) is { } cut)
        {
            throw new ArgumentException(
                $"projection: the row {cut.Name} of {rows.Name} is 0 where it holds, and a projection has to see its boundary: declare the row an equality that gives the value itself, and say AtMost in kinds",
                nameof(rows));
        }
        if (kinds is not null) Guard.Equal(kinds.Count, rows.Rows.Count, "projection: the kinds of rows");
        (_rows, _unit) = (rows, new double[Math.Max(rows.OutputCount, rows.Rows.Count)]);
        IsAtMost = [.. rows.Rows.Select((_, j) => kinds?[j] == ConstraintKind.AtMost)];
    }

    public int Outputs => _rows.OutputCount;

    public IReadOnlyList<bool> IsAtMost { get; }

    public bool HasCurvature => _rows is CurvedSampleConstraint<double>;

    public void Evaluate(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c, Span<double> jacobian)
    {
        jacobian.Clear();
        _rows.ValueOf(y, x, c);
        for (var j = 0; j < c.Length; j++)
        {
            _unit[j] = 1;
            _rows.LopOf(y, x, _unit.AsSpan(0, c.Length), jacobian.Slice(j * Outputs, Outputs));
            _unit[j] = 0;
        }
    }

    public void Curvature(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, Span<double> hessian)
    {
        hessian.Clear();
        var curved = (CurvedSampleConstraint<double>)_rows;
        for (var i = 0; i < Outputs; i++)
        {
            _unit[i] = 1;
            curved.CurvatureOf(y, x, multipliers, _unit.AsSpan(0, Outputs), hessian.Slice(i * Outputs, Outputs));
            _unit[i] = 0;
        }
    }
}
