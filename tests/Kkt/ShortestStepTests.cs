using System.Numerics;
using PoseEngine.Kkt;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Kkt;

/// <summary>Steps out of a Gram matrix: by hand, beside Hard-SGD's, and beside the rows themselves on every device.</summary>
[TestFixture(typeof(double), "cpu-scalar")]
[TestFixture(typeof(float), "cpu-scalar")]
[TestFixture(typeof(double), "cpu-simd")]
[TestFixture(typeof(float), "cpu-simd")]
[TestFixture(typeof(double), "cuda-checked")]
[TestFixture(typeof(float), "cuda-checked")]
[TestFixture(typeof(double), "cuda-gpu")]
[TestFixture(typeof(float), "cuda-gpu")]
public class ShortestStepTests<T>(string deviceName) : DeviceFixture<T>(deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static bool IsDouble => typeof(T) == typeof(double);

    [TestCase(new[] { 1, 2, 3 }, TestName = "step of independent rows")]
    [TestCase(new[] { 1, 2, 1 }, TestName = "step of a sample twice")]
    [TestCase(new[] { 1, 0, 2 }, TestName = "step of coincident joints")]
    public void TheUndampedStepIsTheSolutionOfMinimumLength(int[] samples)
    {
        const double eta = SmallConstraints<T>.Eta;
        var problem = new SmallConstraints<T>(Device, samples);
        var parameters = problem.Function.ParameterCount;
        var (gradient, step, again) = (Numbers.Normal(Device, new Shape(parameters), 7), Device.Zeros(parameters), Device.Zeros(parameters));
        Device.Vectors.Scale(-1, gradient, problem.RightHandSide.Slice(0, parameters));
        Device.Vectors.Scale(-1, problem.Function.Value, problem.RightHandSide.Slice(parameters, problem.Function.RowCount));
        using var steps = new ShortestStep<T>(Device, problem.Function);
        steps.Form();
        steps.Hard(gradient, eta, 0, step);
        Near(Numbers.Host(step), problem.Expected()[..parameters]);
        steps.Hard(gradient, eta, 0, again);
        Assert.That(again.ToArray(), Is.EqualTo(step.ToArray()), "the same bits");

        // The part along the rows is the correction; the other one, the projected gradient, is orthogonal to it.
        var diagnosis = new GramDiagnosis(steps.S, problem.Function.RowCount, ShortestStep<T>.Accuracy);
        var promise = steps.Promise(step, diagnosis);
        Assert.That(diagnosis.Rank, Is.EqualTo(problem.Rank));
        steps.Correction(again);
        Assert.That(promise.Norm, Is.EqualTo(Numbers.Norm(step)).Within(1e-5));
        Assert.That(promise.SpanShare, Is.EqualTo(Numbers.Dot(again, again) / Numbers.Dot(step, step)).Within(IsDouble ? 1e-10 : 1e-4));
        Assert.That(steps.Promise(again, diagnosis).SpanShare, Is.EqualTo(1).Within(IsDouble ? 1e-10 : 1e-4));
        Near(promise.Change, steps.Promise(again, diagnosis).Change);
    }

    private static void Near(double[] actual, double[] expected)
    {
        var difference = Math.Sqrt(actual.Zip(expected, (a, e) => (a - e) * (a - e)).Sum());
        Assert.That(difference, Is.LessThan((IsDouble ? 1e-9 : 1e-4) * (1 + Math.Sqrt(expected.Sum(e => e * e)))));
    }
}

/// <summary>The same on y = w x + b with C(y) = y - 1, where it can be computed by hand.</summary>
public class ShortestStepByHandTests
{
    [Test]
    public void EveryKindOfStep()
    {
        // x = 1: A = (1, 1), S = 2, C = 2 + 3 - 1 = 4; g = (10, 4), eta = 100.
        using var tiny = new TinyProblem(2, 3);
        using var constraint = tiny.Function(1);
        constraint.MoveTo(tiny.Parameters, tiny.Batch((1, 0)));
        using var steps = new ShortestStep<double>(tiny.Device, constraint);
        steps.Form();
        var (gradient, step) = (tiny.Device.From([10.0, 4.0]), tiny.Device.Zeros(2));
        double[] Taken() => step.ToArray();
        Assert.That((steps.S.ToArray(), steps.C), Is.EqualTo((new[] { 2.0 }, new[] { 4.0 })));

        steps.Gradient(gradient, 100, step);
        Assert.That(Taken(), Is.EqualTo(new[] { -0.1, -0.04 }).Within(1e-15));
        steps.Correction(step);
        Assert.That(Taken(), Is.EqualTo(new[] { -2.0, -2.0 }).Within(1e-15));

        // Lambda = (400 - 14) / 2 = 193.
        steps.Hard(gradient, 100, 0, step);
        Assert.That(Taken(), Is.EqualTo(new[] { -2.03, -1.97 }).Within(1e-13));
        var diagnosis = new GramDiagnosis(steps.S, 1, ShortestStep<double>.Accuracy);
        var promise = steps.Promise(step, diagnosis);
        Assert.That(promise.Change, Is.EqualTo(new[] { -4.0 }).Within(1e-13), "C + A dw = 0");
        Assert.That(promise.SpanShare, Is.EqualTo(8 / 8.0018).Within(1e-12));

        // Damped by the diagonal, S + 2 = 4: Lambda = 96.5. By half of it, S + 1 = 3.
        steps.Hard(gradient, 100, 1, step);
        Assert.That(Taken(), Is.EqualTo(new[] { -1.065, -1.005 }).Within(1e-13));
        steps.Hard(gradient, 100, 0.5, step);
        Assert.That(Taken()[0], Is.EqualTo(-(10 + (386 / 3.0)) / 100).Within(1e-13));

        // lambda = 5: the gradient 2 lambda C A = (40, 40).
        steps.Penalty(gradient, 100, 5, step);
        Assert.That(Taken(), Is.EqualTo(new[] { -0.5, -0.44 }).Within(1e-15));

        // A step of length 0 has no share.
        tiny.Device.Vectors.Fill(step, 0);
        Assert.That(steps.Promise(step, diagnosis).SpanShare, Is.NaN);
        Assert.That(() => steps.Hard(gradient, 0, 0, step), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("eta"));
        Assert.That(() => steps.Hard(gradient, 1, -1, step), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("delta"));
        Assert.That(() => steps.Penalty(gradient, 1, -1, step), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("lambda"));
    }

    [Test]
    public void TheUndampedStepIsThatOfHardSgd()
    {
        using var tiny = new TinyProblem(2, 1);
        var (batch, active) = (tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0), (2, 0), (5, 0)));
        using var constraint = tiny.Function(3);
        using var risk = tiny.Risk();
        constraint.MoveTo(tiny.Parameters, active);
        risk.MoveTo(tiny.Parameters, batch);
        var (gradient, step) = (tiny.Device.Zeros(2), tiny.Device.Zeros(2));
        risk.Gradient(gradient);
        using var steps = new ShortestStep<double>(tiny.Device, constraint);
        steps.Form();
        steps.Hard(gradient, 100, 0, step);
        var moved = tiny.Parameters.ToArray().Zip(step.ToArray(), (w, dw) => w + dw).ToArray();
        new HardSgd<double>(tiny.Risk(), tiny.Function(3), tiny.Parameters, new HardSgdOptions(100)).Step(batch, active);
        Assert.That(moved, Is.EqualTo(tiny.Parameters.ToArray()).Within(1e-12));
    }

    [Test]
    public void NumbersThatAreNoneAreReported()
    {
        using var tiny = new TinyProblem(double.NaN, 1);
        using var constraint = tiny.Function(1);
        constraint.MoveTo(tiny.Parameters, tiny.Batch((1, 0)));
        using var steps = new ShortestStep<double>(tiny.Device, constraint);
        Assert.That(() => steps.Form(), Throws.InstanceOf<NotFiniteNumberException>());
    }
}
