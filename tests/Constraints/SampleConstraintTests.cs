using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Constraints;

/// <summary>Constraints in C#, with columns and second derivatives.</summary>
public class SampleConstraintTests
{
    [Test]
    public void AllFunctionsSeeTheSamplesOwnColumns()
    {
        using var device = new CpuDevice<double>(1);
        ICurvedConstraint<double> constraint = new Circle();
        var (y, x) = (device.From([3, 4, 1, 2], new Shape(2, 2)), device.From([5, 2], new Shape(2, 1)));
        var (rows, outputs) = (device.Zeros(2), device.Zeros(new Shape(2, 2)));
        constraint.Evaluate(y, x, rows);
        Assert.That(rows.ToArray(), Is.EqualTo(new double[] { 0, 1 }));
        constraint.Rop(y, x, device.From([1, 0, 0, 1], new Shape(2, 2)), rows);
        Assert.That(rows.ToArray(), Is.EqualTo(new double[] { 6, 4 }));
        constraint.Lop(y, x, device.From([1, 10]), outputs);
        Assert.That(outputs.ToArray(), Is.EqualTo(new double[] { 6, 8, 20, 40 }));
        constraint.Curvature(y, x, device.From([1, 10]), device.From([1, 2, 3, 4], new Shape(2, 2)), outputs);
        Assert.That(outputs.ToArray(), Is.EqualTo(new double[] { 2, 4, 60, 80 }));
        Assert.That(constraint.Rows, Is.EqualTo(new[] { new ConstraintRow("circle", "m2") }));
    }

    [Test]
    public void RowsWithoutNamesAreNumbered()
    {
        Assert.That(ConstraintRow.Numbered("bone", 1).Select(row => row.Name), Is.EqualTo(new[] { "bone" }));
        Assert.That(ConstraintRow.Numbered("bone", 3).Select(row => row.Name), Is.EqualTo(new[] { "bone 1", "bone 2", "bone 3" }));
    }

    /// <summary>||y||^2 = x^2.</summary>
    private sealed class Circle() : CurvedSampleConstraint<double>("circle", outputs: 2, [new ConstraintRow("circle", "m2")])
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c) => c[0] = (y[0] * y[0]) + (y[1] * y[1]) - (x[0] * x[0]);

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc)
            => dc[0] = 2 * ((y[0] * dy[0]) + (y[1] * dy[1]));

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy)
            => (uy[0], uy[1]) = (2 * u[0] * y[0], 2 * u[0] * y[1]);

        protected override void Curvature(
            ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, ReadOnlySpan<double> v, Span<double> result)
            => (result[0], result[1]) = (2 * multipliers[0] * v[0], 2 * multipliers[0] * v[1]);
    }
}
