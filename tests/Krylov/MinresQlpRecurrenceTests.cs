using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Krylov;

/// <summary>The scalar recurrence alone, fed with the sums of a Lanczos process done by hand.</summary>
public class MinresQlpRecurrenceTests
{
    private static readonly MinresQlpSettings Settings = new(1e-12, 1.5e-8, Math.ScaleB(1, -52), 1e15, double.PositiveInfinity, 9, 1000);

    [Test]
    public void ScalarsArePlainNumbers()
        => Assert.That(RuntimeHelpers.IsReferenceOrContainsReferences<MinresQlpScalars>(), Is.False);

    [TestCase(3, 4, 0.6, 0.8, 5)]
    [TestCase(-3, 4, -0.6, 0.8, 5)]
    [TestCase(0, 0, 1, 0, 0)]
    [TestCase(0, -2, 0, -1, 2)]
    [TestCase(3e-320, 0, 1, 0, 3e-320)]
    public void SymOrthoIsAReflection(double a, double b, double c, double s, double r)
    {
        var result = MinresQlpRecurrence.SymOrtho(a, b);
        Assert.That(result.C, Is.EqualTo(c).Within(1e-15));
        Assert.That(result.S, Is.EqualTo(s).Within(1e-15));
        Assert.That(result.R, Is.EqualTo(r).Within(1e-15 * r));
    }

    [Test]
    public void HypotenusesAreRoundedOnceOrTwice()
    {
        var random = new RandomGenerator(4);
        for (var i = 0; i < 3000; i++)
        {
            var (a, b) = (random.NextUniform(-1, 1), random.NextUniform(-1, 1));
            var squares = Square(a) + Square(b);
            var root = MinresQlpRecurrence.Hypotenuse(a, b);
            Assert.That((double)(Square(root) - squares) / (double)squares, Is.Zero.Within(Math.ScaleB(3, -53)), $"{a:r} {b:r}");
            var power = (37 * i % 1800) - 900;
            Assert.That(MinresQlpRecurrence.Hypotenuse(Math.ScaleB(a, power), Math.ScaleB(b, power)), Is.EqualTo(Math.ScaleB(root, power)));
        }

        // Exact in units of 2^-200.
        static BigInteger Square(double x) => BigInteger.Pow(new BigInteger(Math.ScaleB(x, 100)), 2);
    }

    [TestCase(3, -4, 5)]
    [TestCase(0, -2, 2)]
    [TestCase(3e-320, 0, 3e-320)]
    [TestCase(1e-300, 1e300, 1e300)]
    [TestCase(double.NaN, 1, double.NaN)]
    [TestCase(1, double.NegativeInfinity, double.PositiveInfinity)]
    public void HypotenusesOfOddNumbers(double a, double b, double expected)
        => Assert.That(MinresQlpRecurrence.Hypotenuse(a, b), Is.EqualTo(expected));

    [Test]
    public void TwoStepsSolveATwoByTwoSystem()
    {
        // B = [1 2; 2 -1], b = e1 is its own Lanczos basis: alpha = 1, -1 and beta_2 = 2, beta_3 = 0. The QR factors
        // have gamma = sqrt(5) twice; x = (1/5, 2/5), so ||x|| = 1/sqrt(5), and ||r_1|| = 2/sqrt(5).
        var s = Begun(1);
        Step(ref s, 1, 5, 2);
        Assert.That(s.Stop, Is.Zero);
        Assert.That(s.Phi, Is.EqualTo(2 / Math.Sqrt(5)).Within(1e-15));
        Assert.That(s.Mu0, Is.EqualTo(0.2).Within(1e-15));
        Step(ref s, -1, 1, 0);
        Assert.That(s.Exit, Is.EqualTo(SolveExit.Solved));
        Assert.That(s.Phi, Is.Zero);
        Assert.That(s.SolutionNorm, Is.EqualTo(1 / Math.Sqrt(5)).Within(1e-15));
        Assert.That(s.NormalResidualNorm, Is.EqualTo(2).Within(1e-14), "||B r_1|| with r_1 = (4, -2) / 5");
        Assert.That(s.OperatorNorm, Is.EqualTo(Math.Sqrt(5)).Within(1e-15));
    }

    [Test]
    public void SingularSystemDropsTheLastComponent()
    {
        // B = [1 1; 1 1], b = e1: alpha = 1, 1 and beta_2 = 1, beta_3 = 0; min-length solution (1/4, 1/4).
        var s = Begun(1);
        Step(ref s, 1, 2, 1);
        Step(ref s, 1, 1, 0);
        Assert.That(s.Exit, Is.EqualTo(SolveExit.LeastSquares));
        Assert.That(s.Mu0, Is.Zero);
        Assert.That(s.SolutionNorm, Is.EqualTo(Math.Sqrt(2) / 4).Within(1e-15));
        Assert.That(s.ResidualNorm, Is.EqualTo(Math.Sqrt(0.5)).Within(1e-15));
    }

    [Test]
    public void NothingMovesOnceTheSolveIsOver()
    {
        var s = Begun(1);
        Step(ref s, 2, 4, 0);
        Assert.That(s.Exit, Is.EqualTo(SolveExit.EigenvectorRightHandSide));
        Assert.That(s.Stop, Is.EqualTo(1), "the vector update of the last iteration still runs");
        var (mu0, iteration) = (s.Mu0, s.Iteration);
        for (var late = 0; late < 3; late++) Step(ref s, 7, 49, 3);
        Assert.That((s.Mu0, s.Iteration, s.Exit), Is.EqualTo((mu0, iteration, SolveExit.EigenvectorRightHandSide)));
        Assert.That(s.Stop, Is.EqualTo(2));
    }

    private static MinresQlpScalars Begun(double norm)
    {
        var s = MinresQlpRecurrence.Initial(Settings);
        MinresQlpRecurrence.ChooseScale(ref s, norm);
        s.Sum0 = norm * norm;
        MinresQlpRecurrence.Advance(ref s);
        return s;
    }

    /// <summary>One iteration from alpha_k, ||p||^2 and beta_k+1.</summary>
    private static void Step(ref MinresQlpScalars s, double alpha, double productSquared, double betaNext)
    {
        s.Sum0 = alpha * s.Stored;
        s.Sum1 = productSquared;
        MinresQlpRecurrence.AcceptProduct(ref s);
        s.Sum0 = Math.Pow(betaNext * s.NextScale, 2);
        MinresQlpRecurrence.Advance(ref s);
    }
}
