using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Figures of a whole set of samples, of y = w x + b with a scalar x, computed by hand.</summary>
[TestFixture("cpu-simd")]
[TestFixture("cuda-plain")]
[TestFixture("cuda-gpu")]
public sealed class EvaluatorTests(string deviceName)
{
    private readonly double[] _x = [0, 1, 2, 3, 4];

    [Test]
    public void PredictionsErrorsAndViolations()
    {
        // y = 2 x + 1 in units of 10; targets are y + 3 in the source's unit.
        using var device = Devices.Create<double>(deviceName);
        var network = new Network<double>(device, new Shape(1), new DenseSpec(1));
        var w = device.From([2.0, 1]);
        var source = new ArraySource<double>(_x, new Shape(1), [.. _x.Select(x => (10 * ((2 * x) + 1)) + 3)], [.. _x.Select(x => (2 * x) + 1 - (x / 10))]);
        using var evaluator = new Evaluator<double>(network, source, unit: 10, batch: 2, constraint: new IsColumn());
        var heard = new List<(long, long)>();
        var evaluation = evaluator.Evaluate(w, tolerance: 0.25, progress: new Heard(heard));
        Assert.That(evaluation.Predictions, Is.EqualTo(new double[] { 10, 30, 50, 70, 90 }).Within(1e-12));
        Assert.That(evaluation.Rmse, Is.EqualTo(3).Within(1e-12));
        Assert.That(evaluation.Loss, Is.EqualTo(0.09).Within(1e-12), "in the square of the outputs' unit");
        var row = evaluation.Violations.Single();
        Assert.That(row.Row.Unit, Is.EqualTo("m"));
        Assert.That((row.Median, row.P95, row.Maximum, row.ShareMet), Is.EqualTo((0.2, 0.38, 0.4, 0.6)).Using<(double, double, double, double)>(Near));
        Assert.That(heard, Is.EqualTo(new[] { (2L, 5L), (4L, 5L), (5L, 5L) }));
        w.CopyFrom([double.NaN, 1]);
        var broken = evaluator.Evaluate(w);
        Assert.That((broken.Rmse, broken.Violations[0].Median, broken.Violations[0].ShareMet), Is.EqualTo((double.NaN, double.NaN, double.NaN)));
    }

    [Test]
    public void WithoutTargetsOrConstraintsThereAreOnlyPredictions()
    {
        using var device = Devices.Create<double>(deviceName);
        var network = new Network<double>(device, new Shape(1), new DenseSpec(1));
        using var evaluator = new Evaluator<double>(network, new ArraySource<double>(_x, new Shape(1)));
        var evaluation = evaluator.Evaluate(device.From([1.0, 0]));
        Assert.That(evaluation.Predictions, Is.EqualTo(_x));
        Assert.That((evaluation.Rmse, evaluation.Violations.Count), Is.EqualTo((double.NaN, 0)));
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.That(() => evaluator.Predict(device.From([1.0, 0]), cancellation: source.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private static bool Near((double, double, double, double) a, (double, double, double, double) b)
        => Math.Abs(a.Item1 - b.Item1) < 1e-12 && Math.Abs(a.Item2 - b.Item2) < 1e-12 && Math.Abs(a.Item3 - b.Item3) < 1e-12 && Math.Abs(a.Item4 - b.Item4) < 1e-12;

    private sealed class Heard(List<(long, long)> values) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value) => values.Add(value);
    }

    /// <summary>y = x_1, the first column.</summary>
    private sealed class IsColumn() : SampleConstraint<double>("is", 1, [new ConstraintRow("is", "m")])
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c) => c[0] = y[0] - x[0];

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc) => dc[0] = dy[0];

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy) => uy[0] = u[0];
    }
}
