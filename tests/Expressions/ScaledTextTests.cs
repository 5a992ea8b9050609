using PoseEngine.Constraints;
using PoseEngine.Expressions;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Expressions;

/// <summary>Text in the unit of the targets on outputs in the network's own unit.</summary>
public class ScaledTextTests
{
    private static readonly OutputScale Affine = new([1, -2, 0.5, 3, 0, -1], [2, 0.5, 3, 0.25, 1, 4]);

    private static readonly string[] Rows = ["norm(y) = 10", "distance(p, q) <= h", "y1 y2 >= exp(y3 / 10)", "angle(p, q) = 1", "y4^3 - sin(y5) = atan2(y6, 1 + y1^2)"];

    [Test]
    public void NumbersGoThereAndBack()
    {
        Assert.That(Affine.ToTarget(2, 4), Is.EqualTo(12.5));
        for (var j = 0; j < 6; j++) Assert.That(Affine.FromTarget(j, Affine.ToTarget(j, 0.7)), Is.EqualTo(0.7).Within(1e-15));
        Assert.That((Affine.Unit, OutputScale.Uniform(3, 100).Unit, new OutputScale([0, 0], [2, 2]).Unit), Is.EqualTo(((double?)null, (double?)100, (double?)2)));
        Assert.That(new OutputScale([0, 1], [2, 2]).Unit, Is.Null);
    }

    [Test]
    public void ScalesThatAreNoneAreRefused()
    {
        Assert.That(() => new OutputScale([0], [1, 1]), Throws.InstanceOf<ArgumentException>().With.Message.Contains("the spreads of outputs"));
        Assert.That(() => new OutputScale([double.NaN], [1]), Throws.ArgumentException.With.Message.StartsWith("the means of outputs must be finite"));
        foreach (var spread in (double[])[0, -1, double.NaN, double.PositiveInfinity])
        {
            Assert.That(() => new OutputScale([0], [spread]), Throws.ArgumentException.With.Message.StartsWith("the spreads of outputs must be numbers above 0"));
        }
        Assert.That(() => new ExpressionVariables(2) { Scale = Affine }, Throws.InstanceOf<ArgumentException>().With.Message.Contains("the scales of outputs"));
    }

    [Test]
    public void ARowSaysHowManyOfItsUnitsOneOfItsValueIs()
    {
        ConstraintText[] rows = [new("length", "norm(y[0:3]) = y4"), new("angle", "y1 / y2 <= 2"), new("square", "dot(y[0:3], y[3:6]) = 0"), new("fixed", "norm(y) = 10"), new("any", "0 y1 = 0")];
        double[] UnitsOf(OutputScale? scale) => new ConstraintTexts(new ExpressionVariables(6) { Scale = scale }, rows).Units.ToArray();
        Assert.That(UnitsOf(OutputScale.Uniform(6, 100)), Is.EqualTo(new double[] { 100, 1, 10_000, 100, 1 }));
        Assert.That(UnitsOf(Affine), Is.All.EqualTo(1));
        Assert.That(UnitsOf(null), Is.All.EqualTo(1));
    }

    [TestCase("y1", 1)]
    [TestCase("-abs(y1)", 1)]
    [TestCase("distance(p, q)", 1)]
    [TestCase("distance(p, q) - norm(p)", 1)]
    [TestCase("norm(p)^2", 2)]
    [TestCase("dot(p, q)", 2)]
    [TestCase("cross(p, q)[0] + y1 y2", 2)]
    [TestCase("y1 / y2", 0)]
    [TestCase("1 / y1", -1)]
    [TestCase("y1^-3", -3)]
    [TestCase("sqrt(abs(y1))", 0.5)]
    [TestCase("abs(y1)^2.5", 2.5)]
    [TestCase("y1^3 / norm(y)", 2)]
    [TestCase("angle(p, q)", 0)]
    [TestCase("atan2(y1, y2)", 0)]
    [TestCase("atan2(y1, y2^2)", null)]
    [TestCase("exp(y1 / y2)", 0)]
    [TestCase("exp(y1)", null)]
    [TestCase("log(abs(y1))", null)]
    [TestCase("sin(y1)", null)]
    [TestCase("min(y1, y2, y3)", 1)]
    [TestCase("max(y1, 0)", 1)]
    [TestCase("max(y1, 1)", null)]
    [TestCase("h y1", 1)]
    [TestCase("y1 - h", null)]
    [TestCase("y1 + y2^2", null)]
    [TestCase("norm(y) - 10", null)]
    [TestCase("2^y1", null)]
    [TestCase("abs(y1)^y2", null)]
    [TestCase("2^(y1 / y2)", 0)]
    [TestCase("y1 + 0 h", 1)]
    [TestCase("distance(p, q) <= 2 norm(p)", 1)]
    [TestCase("distance(p, q) <= 520", null)]
    [TestCase("angle(p, q) >= 1.2", 0)]
    public void ADegreeFollowsFromItsParts(string text, double? degree)
    {
        Assert.That(DegreeOf(text), Is.EqualTo(degree));
        if (degree is { } d) ScalesWith(text, d, seed: 1);
    }

    [Test]
    public void ADegreeThatIsFoundIsTrue()
    {
        var (found, none) = (0, 0);
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var text = Random(new RandomGenerator(seed), 3);
            if (DegreeOf(text) is not { } degree) none++;
            else if (!double.IsNaN(degree) && ++found > 0) ScalesWith(text, degree, seed);
        }
        Assert.That(Math.Min(found, none), Is.GreaterThan(50), $"{found} have a degree, {none} have none");
    }

    [Test]
    public void AChainOfAnyLengthNeedsNoStack()
    {
        var variables = new ExpressionVariables(9000) { Scale = OutputScale.Uniform(9000, 10) };
        double[]? rows = null;
        var thread = new Thread(() => rows = [.. ((string[])["sum(y) = 0", "sum(y) = 1"]).SelectMany(row => Reference.Run(ExpressionPrograms.Rows(variables, [("row", row)]).Program, new double[9000], []))], 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.That(rows, Is.EqualTo(new[] { 0, -0.1 }));
    }

    /// <summary>Of limbs the values are lengths in the network's unit, as of networks that were trained before there were scales.</summary>
    [Test]
    public void WithOneUnitARowThatGetsAFactorStaysAsItIsWritten()
    {
        foreach (var row in (string[])["distance(p, q) = norm(p)", "angle(p, q) >= 1.2", "y1 y2 <= y3^2"])
        {
            Assert.That(Program(OutputScale.Uniform(6, 100), row).ToString(), Is.EqualTo(Program(null, row).ToString()), row);
        }
        var texts = LimbSymmetry.PaperTexts;
        var scaled = new ConstraintTexts(new ExpressionVariables(51, LimbSymmetry.PaperPoints) { Scale = OutputScale.Uniform(51, 100) }, texts.Texts);
        Assert.That(scaled.Value.ToString(), Is.EqualTo(texts.Value.ToString()));
    }

    [TestCase("norm(y) = 10")]
    [TestCase("distance(p, q) <= 7")]
    [TestCase("y1 >= h")]
    [TestCase("y1^2 = y2 + exp(y3 / 100)")]
    public void WithOneUnitEveryOtherRowIsDividedByIt(string row)
    {
        var (z, x) = (Normal(6, 1), Normal(1, 2));
        var y = z.Select(value => 100 * value).ToArray();
        Assert.That(Reference.Run(Program(OutputScale.Uniform(6, 100), row), z, x)[0], Is.EqualTo(Reference.Run(Program(null, row), y, x)[0] / 100).Within(1e-12));
        Prove(Derived.Of(With(OutputScale.Uniform(6, 100)), row), row);
    }

    [Test]
    public void AUnitOf1ChangesNothing()
    {
        foreach (var row in Rows) Assert.That(Program(OutputScale.Uniform(6, 1), row).ToString(), Is.EqualTo(Program(null, row).ToString()));
    }

    /// <summary>c(z) = C(m + s z): dc = dC (s dz), u^T dc/dz = s (u^T dC/dy), and s H (s v) for curvature.</summary>
    [Test]
    public void WithMeansAndSpreadsValuesAreThoseOfTheTextAndDerivativesFollowTheChainRule()
    {
        var (scaled, plain) = (Derived.Of(With(Affine), Rows), Derived.Of(With(null), Rows));
        double[] Stretched(double[] values) => [.. values.Select((value, j) => Affine.Spreads[j] * value)];
        for (ulong seed = 1; seed <= 5; seed++)
        {
            double[] z = Normal(6, seed), x = Normal(1, seed + 10), d = Normal(6, seed + 20), u = Normal(Rows.Length, seed + 30);
            double[] y = [.. z.Select((value, j) => Affine.ToTarget(j, value))];
            Assert.That(Reference.Run(scaled.Value, z, x), Is.EqualTo(Reference.Run(plain.Value, y, x)).Within(1e-12));
            Assert.That(Reference.Run(scaled.Rop, z, x, d), Is.EqualTo(Reference.Run(plain.Rop, y, x, Stretched(d))).Within(1e-11));
            Assert.That(Reference.Run(scaled.Lop, z, x, u), Is.EqualTo(Stretched(Reference.Run(plain.Lop, y, x, u))).Within(1e-11));
            Assert.That(Reference.Run(scaled.Curvature, z, x, u, d), Is.EqualTo(Stretched(Reference.Run(plain.Curvature, y, x, u, Stretched(d)))).Within(1e-10));
        }
        foreach (var row in Rows) Prove(Derived.Of(With(Affine), row), row);
    }

    /// <summary>An objective is scaled as rows are.</summary>
    [Test]
    public void ObjectivesAreScaledToo()
    {
        var z = Normal(6, 1);
        double[] y = [.. z.Select((value, j) => Affine.ToTarget(j, value))];
        double Value(OutputScale? scale, double[] at) => Reference.Run(ExpressionPrograms.Scalar(With(scale), "objective", "exp(y1) + sum(y^2)"), at, [0])[0];
        Assert.That(Value(Affine, z), Is.EqualTo(Value(null, y)).Within(1e-12));
    }

    /// <summary>Against central differences, at some of the points beside no kink.</summary>
    private static void Prove(Derived derived, string what)
    {
        var proved = Enumerable.Range(1, 5).Count(seed =>
            DerivativeProof.Check(derived, Normal(6, (ulong)seed), Normal(1, 7), Normal(6, 8), Normal(1, 9), Normal(6, 10), what));
        Assert.That(proved, Is.Positive, what);
    }

    private static void ScalesWith(string text, double degree, ulong seed)
    {
        var program = text.Contains('=') ? Program(null, text) : ExpressionPrograms.Scalar(With(null), "text", text);
        var (y, x) = (Normal(6, seed), Normal(1, seed + 1));
        foreach (var factor in (double[])[0.5, 3])
        {
            var (at, expected) = (Reference.Run(program, [.. y.Select(value => factor * value)], x)[0], Math.Pow(factor, degree) * Reference.Run(program, y, x)[0]);
            // 1 / 0 is infinite with either sign.
            if (double.IsFinite(expected)) Assert.That(at, Is.EqualTo(expected).Within(1e-9 * Math.Max(1, Math.Abs(expected))), text);
        }
    }

    /// <summary>Text of parts that often go together.</summary>
    private static string Random(RandomGenerator random, int depth)
    {
        if (depth == 0) return ((string[])["y1", "y2", "y5", "norm(p)", "distance(p, q)", "h", "3"])[random.NextInt(7)];
        var (a, b) = (Random(random, depth - 1), Random(random, depth - 1));
        return ((string[])[$"({a} + {b})", $"({a} - 2 * ({b}))", $"({a}) * ({b})", $"({a}) / ({b})", $"abs({a})", $"max({a}, {b})", $"min({a}, {b})", $"sqrt(abs({a}))", $"({a})^2", $"atan2({a}, {b})"])[random.NextInt(10)];
    }

    private static double? DegreeOf(string text)
    {
        var builder = new ProgramBuilder(With(null).Arrays);
        return Homogeneity.DegreeOf(builder, text.Contains('=') ? Parser.Row("row", text, With(null), builder).Value : Parser.Scalar("text", text, With(null), builder));
    }

    private static ExpressionVariables With(OutputScale? scale) => new(6, ["p", "q"], columns: ["h"]) { Scale = scale };

    private static SampleProgram Program(OutputScale? scale, string row) => ExpressionPrograms.Rows(With(scale), [("row", row)]).Program;

    private static double[] Normal(int count, ulong seed)
    {
        var random = new RandomGenerator(seed, 5);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
    }
}
