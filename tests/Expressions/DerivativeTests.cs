using PoseEngine.Expressions;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Expressions;

/// <summary>
/// The derivatives that are made of text: against central differences, each other, and by hand at kinks. On the host in
/// float64; devices are compared with the same reference by <see cref="ExpressionSuite{T}"/>.
/// </summary>
public class DerivativeTests
{
    private static readonly ExpressionVariables Six = new(6, ["p", "q"], columns: ["h"]);

    [TestCase("-y1")]
    [TestCase("y1 + y2")]
    [TestCase("y1 - y2")]
    [TestCase("y1 y2")]
    [TestCase("y1 / y2")]
    [TestCase("1 / y2")]
    [TestCase("y1 / 4")]
    [TestCase("y1^2")]
    [TestCase("y1^3")]
    [TestCase("y1^7")]
    [TestCase("y1^-3")]
    [TestCase("abs(y1)^0.5")]
    [TestCase("abs(y1)^2.5")]
    [TestCase("abs(y1)^-0.7")]
    [TestCase("abs(y1 / 3)^65")]
    [TestCase("abs(y1)^y2")]
    [TestCase("3^y2")]
    [TestCase("sqrt(1 + y1^2)")]
    [TestCase("exp(y1)")]
    [TestCase("log(abs(y1))")]
    [TestCase("sin(y1)")]
    [TestCase("cos(y1)")]
    [TestCase("tan(y1)")]
    [TestCase("tanh(y1)")]
    [TestCase("atan2(y1, y2)")]
    [TestCase("abs(y1)")]
    [TestCase("min(y1, y2)")]
    [TestCase("max(y1, y2)")]
    [TestCase("min(y1, y2, y3, y4)")]
    [TestCase("max(y)")]
    [TestCase("sum(y)")]
    [TestCase("sum(y^2)")]
    [TestCase("mean(sin(y))")]
    [TestCase("norm(y)")]
    [TestCase("distance(p, q)")]
    [TestCase("dot(p, q)")]
    [TestCase("norm(cross(p, q))")]
    [TestCase("cross(p, q)[1]")]
    [TestCase("angle(p, q)")]
    [TestCase("angle(p, q, y[1:4])")]
    [TestCase("angle(y[0:2], y[2:4])")]
    [TestCase("angle(y[0:2], y[4:6], y[2:4])")]
    [TestCase("angle([y1, y2, y3, y4, y5], [y6, 1, y2, h, y4])")]
    [TestCase("h y1^2 + sqrt(h^2) y2")]
    [TestCase("y1^2 y2^2 <= y3")]
    [TestCase("y1^2 y2^2 >= y3")]
    [TestCase("dot(p, q) = norm(p) norm(q) cos(angle(p, q))")]
    public void ARuleHolds(string text)
    {
        var derived = Derived.Of(Six, text);
        for (ulong seed = 1; seed <= 5; seed++)
        {
            var random = new RandomGenerator(seed);
            double[] Normal(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
            Assert.That(
                DerivativeProof.Check(derived, Normal(6), Normal(1), Normal(6), Normal(1), Normal(6)), Is.True, $"{text}, sample {seed}: away from kinks");
        }
    }

    // y = 0 or equal points: value, then the gradient.
    [TestCase("norm(y)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("distance(p, q)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("sqrt(y1)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("y1^0.5", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("abs(y1)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("angle(p, q)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("angle(p, [1, 0, 0])", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("angle([1, 0, 0], p)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("angle(p, q, [1, 2, 3])", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("atan2(y1, y2)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("min(y1, y2)", 0, new double[] { 1, 0, 0, 0, 0, 0 })]
    [TestCase("max(y1, y2)", 0, new double[] { 1, 0, 0, 0, 0, 0 })]
    [TestCase("min(y)", 0, new double[] { 1, 0, 0, 0, 0, 0 })]
    [TestCase("max(y3, y2, y1)", 0, new double[] { 0, 0, 1, 0, 0, 0 })]
    [TestCase("y1 <= y2", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("y1 >= y2", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("y1 <= y2 - 1", 1, new double[] { 1, -1, 0, 0, 0, 0 })]
    [TestCase("y1 >= y2 + 2", 2, new double[] { -1, 1, 0, 0, 0, 0 })]
    [TestCase("y1 <= y2 + 1", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("norm(y) + 3 y2 = 0", 0, new double[] { 0, 3, 0, 0, 0, 0 })]
    [TestCase("y1^0.25", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("y1^1.25", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("(y1^2 + y2^2)^0.25", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("y1^h", 0, new double[] { 1, 0, 0, 0, 0, 0 })]
    [TestCase("y1^(h / 2)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("y1^(y2 + 0.5)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("(h - 1)^(1 + y1)", 0, new double[] { 0, 0, 0, 0, 0, 0 })]
    [TestCase("(h - 1)^y1", 1, new double[] { 0, 0, 0, 0, 0, 0 })]
    public void AtAKinkTheDerivativeIsTheConventionAndHasNoCurvature(string text, double value, double[] gradient)
    {
        var derived = Derived.Of(Six, text);
        double[] y = [0, 0, 0, 0, 0, 0], x = [1], v = [0.3, -0.4, 0.5, 0.7, -0.9, 1.1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Reference.Run(derived.Value, y, x), Is.EqualTo(new[] { value }));
            Assert.That(Reference.Run(derived.Lop, y, x, [1]), Is.EqualTo(gradient));
            Assert.That(Reference.Run(derived.Rop, y, x, v)[0], Is.EqualTo(gradient.Zip(v, (g, d) => g * d).Sum()).Within(1e-15));
            Assert.That(Reference.Run(derived.Curvature, y, x, [1], v), Is.All.Zero);
        }
    }

    [TestCase("sin(exp(1000 y1)) <= 2")]
    [TestCase("min(log(y1), y2)")]
    [TestCase("norm(p) + distance(p, q)")]
    [TestCase("min(y1, y2)")]
    [TestCase("max(y2, y1)")]
    [TestCase("abs(y1)")]
    [TestCase("0 y1")]
    [TestCase("y1^0")]
    [TestCase("angle(p, q)")]
    [TestCase("y1 <= 1")]
    [TestCase("h + tanh(y1)")]
    public void WhatIsNotANumberStaysSo(string text)
    {
        var derived = Derived.Of(Six, text);
        Assert.That(Reference.Run(derived.Value, [double.NaN, 1, 2, 3, 4, 5], [1]), Is.All.NaN);
        Assert.That(Reference.Run(derived.Rop, [1, 2, 3, 4, 5, 6], [1], [double.NaN, 0, 0, 0, 0, 0]), text is "y1^0" or "max(y2, y1)" or "y1 <= 1" ? Is.All.Zero : Is.All.NaN);
        if (text is not ("0 y1" or "y1^0")) Assert.That(Reference.Run(derived.Lop, [double.NaN, 1, 2, 3, 4, 5], [1], [1])[0], Is.NaN, "the derivative where the value is NaN");
    }

    [Test]
    public void AnAngleKeepsItsDigitsAtItsEnds()
    {
        // Where the arc cosine has half of its digits left.
        var derived = Derived.Of(Six, "angle(p, q)");
        Assert.That(Reference.Run(derived.Value, [1, 0, 0, 1, 1e-9, 0], [0])[0], Is.EqualTo(1e-9).Within(1e-22));
        Assert.That(Reference.Run(derived.Value, [1, 0, 0, -1, 1e-9, 0], [0])[0], Is.EqualTo(Math.PI - 1e-9).Within(1e-15));
        Assert.That(Reference.Run(derived.Value, [1e-200, 0, 0, 0, 1e200, 0], [0])[0], Is.EqualTo(Math.PI / 2).Or.EqualTo(0), "squares leave the range");
    }

    [Test]
    public void EqualPartsAreOneAndNothingIsComputedInVain()
    {
        var program = ExpressionPrograms.Rows(Six, [("a", "norm(p) = 1"), ("b", "2 norm(p) = norm(p) norm(p)")]).Program;
        Assert.That(program.Instructions.Count(own => own.Operation == Operation.Sqrt), Is.EqualTo(1));
        var derived = Derived.Of(Six, "distance(p, q)");
        Assert.That(derived.Value.Instructions, Has.Count.EqualTo(6 + 3 + 3 + 2 + 1), derived.Value.ToString());

        // 1/norm, u/norm, three components of the gradient and their negatives.
        Assert.That(derived.Lop.Instructions, Has.Count.EqualTo(15 + 1 + 1 + 1 + 3 + 3), derived.Lop.ToString());
        Assert.That(Derived.Of(Six, "3 y1 - y2 = 7").Rop.Reads(ExpressionVariables.OutputArray), Is.False, "a linear row's R-op");
    }

    [Test]
    public void RandomExpressionsHaveTrueDerivatives()
    {
        var (done, skipped) = (0, 0);
        for (ulong seed = 1; done + skipped < 2500; seed++)
        {
            var random = new RandomExpressions(seed);
            var text = random.Row();
            var derived = Derived.Of(RandomExpressions.Variables, text);
            if (DerivativeProof.Check(derived, random.Numbers(6), random.Numbers(1), random.Numbers(6), random.Numbers(1), random.Numbers(6), text)) done++;
            else skipped++;
        }
        TestContext.Out.WriteLine($"{done} expressions proved, {skipped} left out beside kinks and poles");
        Assert.That(done, Is.GreaterThan(2300));
    }
}
