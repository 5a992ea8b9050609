using PoseEngine.Functions;
using PoseEngine.Kkt;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>The forgetting matrix where it can be computed by hand, y = w x + b with C(y) = y - 1, and in numbers given.</summary>
public class ForgettingMatrixTests
{
    private const double Rounding = 1e-14;

    [Test]
    public void ALinearModelUnderExactProjectionsHasTheKnownMatrix()
    {
        // w = 2, b = 3; set 0 is x = 0 with C = 2, set 1 is x = 1 with C = 4. The shortest correction at x = 0 is (0, -2),
        // which takes 2 of set 1 too; that at x = 1 is then (-1, -1), which moves set 0 from 0 to -1.
        var (matrix, w) = Linear(0, 1);
        Assert.That(w, Is.EqualTo(new[] { 1.0, 0.0 }).Within(Rounding));
        double[][] levels = [[2, 4], [0, 2], [1, 0]];
        for (var t = 0; t < levels.Length; t++) Assert.That(matrix.Levels[t], Is.EqualTo(levels[t]).Within(Rounding));
        double[] changes = [matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1]];
        Assert.That(changes, Is.EqualTo(new[] { -2.0, -2.0, 1.0, -2.0 }).Within(Rounding));
        for (var t = 0; t < matrix.Steps; t++) Assert.That(matrix[t, t], Is.EqualTo(-matrix.Levels[t][t]).Within(Rounding), "C is linear: a step meets its own");
        double[] means = [matrix.Own, matrix.Earlier, matrix.Unseen];
        Assert.That(means, Is.EqualTo(new[] { -2.0, 1.0, -2.0 }).Within(Rounding));
        Assert.That(matrix.ForgottenShare, Is.EqualTo(0.5).Within(Rounding), "of the 2 that step 0 won, 1 is lost");
        Assert.That(matrix.LostAtOnceShare, Is.EqualTo(0.5).Within(Rounding), "by the step behind it, which is the last");
    }

    [Test]
    public void WhatIsLostAtOnceMayComeBack()
    {
        double[][] levels = [[4, 4, 4], [0, 5, 4], [3, 1, 4], [1, 3, 2]];
        var row = 0;
        var matrix = ForgettingMatrix.Measure(3, _ => row++, () => levels[row]);
        double[] means = [matrix.Own, matrix.Previous, matrix.Earlier, matrix.Unseen];
        Assert.That(means, Is.EqualTo(new[] { (-4 - 4 - 2) / 3.0, (3 + 2) / 2.0, (3 - 2 + 2) / 3.0, (1 + 0 + 0) / 3.0 }).Within(Rounding));

        // Steps 0 and 1 won 4 each; the next ones lost 3 and 2 of it, and at the end 1 and 2 are lost.
        Assert.That(matrix.LostAtOnceShare, Is.EqualTo(5 / 8.0).Within(Rounding));
        Assert.That(matrix.ForgottenShare, Is.EqualTo(3 / 8.0).Within(Rounding));
    }

    [Test]
    public void TheSameStepsGiveTheSameBits()
    {
        var (once, again) = (Linear(0.3, 1.7, -2.9).Matrix, Linear(0.3, 1.7, -2.9).Matrix);
        Assert.That(again.Levels, Is.EqualTo(once.Levels));
    }

    [Test]
    public void OneStepHasNoOthers()
    {
        var matrix = ForgettingMatrix.Measure(1, _ => { }, () => [3]);
        Assert.That((matrix.Own, matrix.Earlier, matrix.Unseen, matrix.ForgottenShare, matrix.LostAtOnceShare), Is.EqualTo((0.0, double.NaN, double.NaN, double.NaN, double.NaN)));
    }

    [Test]
    public void BadInputAndACancelledTokenAreRefused()
    {
        Assert.That(() => ForgettingMatrix.Measure(0, _ => { }, () => []), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => ForgettingMatrix.Measure(2, _ => { }, () => [1]), Throws.ArgumentException.With.Message.Contains("levels"));
        Assert.That(() => ForgettingMatrix.Measure(1, _ => { }, () => [1], new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>A step a sample: the shortest correction.</summary>
    private static (ForgettingMatrix Matrix, double[] W) Linear(params double[] xs)
    {
        using var tiny = new TinyProblem(2, 3);
        using var constraint = tiny.Function(1);
        using var steps = new ShortestStep<double>(tiny.Device, constraint);
        using var values = new SampleConstraints<double>(tiny.Network, tiny.Constraint, new ArraySource<double>(xs, new Shape(1)), batch: 2);
        Batch<double>[] sets = [.. xs.Select(x => tiny.Batch((x, 0)))];
        int[] all = [.. Enumerable.Range(0, xs.Length)];
        var step = tiny.Device.Zeros(2);
        var matrix = ForgettingMatrix.Measure(
            xs.Length,
            t =>
            {
                constraint.MoveTo(tiny.Parameters, sets[t]);
                steps.Form();
                steps.Correction(step);
                tiny.Device.Vectors.Axpy(1, step, tiny.Parameters);
            },
            () => Array.ConvertAll(values.Of(tiny.Parameters, all), Math.Abs));
        return (matrix, tiny.Parameters.ToArray());
    }
}
