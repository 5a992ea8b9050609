using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Tests.Experiments.Benchmarks;

public class ScaleTests
{
    private static readonly double[] Sizes = [48, 96, 192, 384, 768, 1536, 3072];

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void APowerHasItsSlope(int power)
        => Assert.That(ScaleFit.Slope(Points(x => 0.3 * Math.Pow(x, power))), Is.EqualTo(power).Within(1e-9));

    [Test]
    public void TheSlopeIsThatOfTheLargerHalf()
        => Assert.That(ScaleFit.Slope(Points(x => x < 384 ? 5 : x)), Is.EqualTo(1).Within(1e-9));

    [Test]
    public void TheTermsOfASumAreFound()
    {
        var terms = ScaleFit.Cubic(Points(x => (0.2 * x) + (3e-5 * x * x) + (2e-8 * x * x * x)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(terms.Linear, Is.EqualTo(0.2).Within(1e-9));
            Assert.That(terms.Quadratic, Is.EqualTo(3e-5).Within(1e-11));
            Assert.That(terms.Cubic, Is.EqualTo(2e-8).Within(1e-13));
        }
    }

    [Test]
    public void NoTermIsNegative()
    {
        var terms = ScaleFit.Cubic(Points(x => (0.2 * x) - (1e-5 * x * x)));
        Assert.That(terms, Is.EqualTo(terms with { Quadratic = 0, Cubic = 0 }));
        Assert.That(terms.Linear, Is.EqualTo(0.19).Within(0.02));
    }

    [Test]
    public void TheTableNamesSlopesAndTheCubicTerm()
    {
        var text = ScaleText.Table(Sweep());
        Assert.That(text, Does.Contain("Gram solver, ms").And.Contain("3,072"));
        Assert.That(text, Does.Contain("50 % linear").And.Contain("0 % quadratic").And.Contain("50 % cubic (factoring S)"));
    }

    [Test]
    public void TheFigureIsWrittenTwice()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            ScaleFigure.Draw(Sweep(), folder);
            Assert.That(File.ReadAllText(Path.Combine(folder, "scale-rows.svg")), Does.Contain("cubic term"));
            Assert.That(new FileInfo(Path.Combine(folder, "scale-rows.png")).Length, Is.GreaterThan(10_000));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ScaleSweep Sweep()
    {
        var points = Points(x => x + (x * x * x / (3072.0 * 3072)));
        return new ScaleSweep(
            "scale-rows", "constraint rows", [new("memory", "MB", Points(x => x)), new("Gram solver", "ms", points)],
            ScaleFit.Cubic(points));
    }

    private static ScalePoint[] Points(Func<double, double> function) => [.. Sizes.Select(x => new ScalePoint(x, function(x)))];
}
