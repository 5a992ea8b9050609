using PoseEngine.Expressions;

namespace PoseEngine.Tests.Expressions;

public sealed class OutputScaleTests
{
    // Four rows of two columns; the last row does not count.
    private static readonly double[] Values = [1, 7, 3, 7, 5, 7, 100, 100];

    [Test]
    public void MeanAndSpreadAreThoseOfTheRowsThatCount()
    {
        var scale = OutputScale.OfSpread(Values, 2, [0, 1, 2], 2);
        Assert.That(scale.Means, Is.EqualTo((double[])[3, 7]));
        Assert.That(scale.Spreads, Is.EqualTo((double[])[Math.Sqrt(8 / 3.0), 1]).Within(1e-15), "what never changes has no spread");
        Assert.That(scale.FromTarget(0, scale.ToTarget(0, 0.25)), Is.EqualTo(0.25).Within(1e-15));
    }

    [Test]
    public void AGroupOfColumnsHasOneMean()
    {
        var scale = OutputScale.OfSpread(Values, 2, [0, 1, 2], 1);
        Assert.That(scale.Means, Is.EqualTo((double[])[5]).Within(1e-15));
        Assert.That(scale.Spreads.Single(), Is.EqualTo(Math.Sqrt((16 + 4 + 4 + 4 + 0 + 4) / 6.0)).Within(1e-14));
    }

    [Test]
    public void WhatHasNoSpreadIsRefused()
    {
        Assert.That(() => OutputScale.OfSpread(Values, 2, [], 1), Throws.ArgumentException.With.Message.Contains("0 rows of 2 numbers in 1 groups"));
        Assert.That(() => OutputScale.OfSpread(Values, 2, [0], 3), Throws.ArgumentException);
        Assert.That(() => OutputScale.OfSpread([double.NaN], 1, [0], 1), Throws.ArgumentException.With.Message.Contains("finite"));
    }
}
