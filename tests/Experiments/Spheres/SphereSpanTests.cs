using PoseEngine.Cpu;
using PoseEngine.Experiments.Spheres;
using PoseEngine.Functions;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using Eigen = PoseEngine.Tests.Krylov.SymmetricEigen;

namespace PoseEngine.Tests.Experiments.Spheres;

/// <summary>The steps in d dimensions, in the span of the vectors, and by a dense solve of Eq. 5 there.</summary>
public class SphereSpanTests
{
    private const int Dimension = 2000, Spheres = 30, Active = 8;

    private static readonly SpheresSettings Settings = new()
    {
        Dimension = Dimension,
        Spheres = Spheres,
        Active = Active,
        Iterations = 40,
        Seeds = 0,
    };

    [Test]
    public void HardStepsAreThoseOfADenseSolveInTheSpan([Values("literal", "similar")] string name)
    {
        var reading = SphereReading.Parse(name)[0];
        using var device = new CpuDevice<double>(2);
        using var problem = SphereProblem<double>.Draw(device, Spheres, Dimension, 3);
        var span = SphereSpan.Coordinates(problem);
        var (x0, w) = (span[Spheres], span[Spheres + 1]);
        double[][] centres = [.. span[..Spheres].Select(z => z.Select(c => reading.Scale(Dimension) * c).ToArray())];
        var (full, spheres) = (device.Zeros(Dimension), device.Zeros<int>(new Shape(Active)));
        device.Vectors.Copy(problem.Start, full);
        using var method = SphereMethods.Hard(problem, reading.Scale(Dimension), Active, full, Settings.Eta);
        for (var iteration = 0; iteration < 4; iteration++)
        {
            var active = SphereCourse<double>.ActiveSet(3, iteration, Active, Spheres);
            spheres.CopyFrom(active);
            method.Step(default, new Batch<double> { Samples = spheres });
            w = DenseStep(w, x0, [.. active.Select(i => centres[i])]);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(Numbers.Norm(full), Is.EqualTo(Norm(w)).Within(1e-9 * Norm(w)));
                var toTarget = Numbers.Norm(Numbers.Combine(device, 1, full, -1, problem.Target));
                Assert.That(toTarget, Is.EqualTo(Norm(Minus(w, x0))).Within(1e-9 * Norm(w)));
                for (var i = 0; i < Spheres; i++)
                {
                    var z = problem.Centres.Slice(i * Dimension, Dimension);
                    var distance = Numbers.Norm(Numbers.Combine(device, 1, full, -reading.Scale(Dimension), z));
                    Assert.That(distance, Is.EqualTo(Norm(Minus(w, centres[i]))).Within(1e-9 * distance), $"sphere {i}, iteration {iteration}");
                }
            }
        }
    }

    [Test]
    public void ACourseInTheSpanIsTheCourseInAllDimensions()
    {
        using var device = new CpuDevice<double>(2);
        using var problem = SphereProblem<double>.Draw(device, Spheres, Dimension, 5);
        using var span = SphereProblem<double>.From(device, SphereSpan.Coordinates(problem));
        Assert.That(span.Dimension, Is.EqualTo(Spheres + 2));
        using SphereCourse<double> full = new(problem, Settings, 5), reduced = new(span, Settings, 5);
        while (full.Iteration < Settings.Iterations)
        {
            full.Step();
            reduced.Step();
        }
        foreach (var (a, b) in full.Curves.Zip(reduced.Curves))
        {
            for (var i = 0; i <= Settings.Iterations; i++)
            {
                Assert.That(a.Median[i], Is.EqualTo(b.Median[i]).Within(1e-7 * b.Median.Min()), $"{a.Name}, iteration {i}");
                Assert.That(a.Objective[i], Is.EqualTo(b.Objective[i]).Within(1e-9 * b.Objective[i]));
            }
        }
    }

    [Test]
    public void CoordinatesKeepAllProducts()
    {
        using var device = new CpuDevice<float>(2);
        using var problem = SphereProblem<float>.Draw(device, 5, 33_000, 2);
        var l = SphereSpan.Coordinates(problem);
        var rows = Enumerable.Range(0, 7).Select(i => Numbers.Host(problem.Vectors.Slice(i * 33_000, 33_000))).ToArray();
        for (var i = 0; i < 7; i++)
        {
            for (var j = 0; j < 7; j++) Assert.That(Dot(l[i], l[j]), Is.EqualTo(Dot(rows[i], rows[j])).Within(1e-9 * Norm(rows[i]) * Norm(rows[j])));
        }
        Assert.That(Norm(l[5]), Is.EqualTo(SpheresSettings.VectorNorm).Within(1e-6));
        Assert.That(Norm(l[6]), Is.EqualTo(SpheresSettings.VectorNorm).Within(1e-6));
    }

    [Test]
    public void InFewerDimensionsThanVectorsNothingIsLost()
    {
        using var device = new CpuDevice<double>(1);
        using var problem = SphereProblem<double>.Draw(device, 6, 3, 2);
        var l = SphereSpan.Coordinates(problem);
        for (var i = 0; i < 8; i++)
        {
            var own = problem.Vectors.Slice(i * 3, 3).ToArray();
            Assert.That(Norm(l[i]), Is.EqualTo(Norm(own)).Within(1e-6 * Norm(own)));
        }
        Assert.That(SphereSpan.Draw(6, 3, 1), Has.All.Length.EqualTo(3));
    }

    [Test]
    public void DrawnSpansLookLikeThoseOfDrawnVectors()
    {
        // Norms and angles of 20 centres in 500 dimensions: means and spreads of both ways agree.
        using var device = new CpuDevice<double>(2);
        using var problem = SphereProblem<double>.Draw(device, 20, 500, 4);
        var (mine, theirs) = (Products(SphereSpan.Draw(20, 500, 4)), Products(SphereSpan.Coordinates(problem)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mine.Norms.Average(), Is.EqualTo(theirs.Norms.Average()).Within(0.5));
            Assert.That(Norm(mine.Angles), Is.EqualTo(Norm(theirs.Angles)).Within(0.2 * Norm(theirs.Angles)));
            Assert.That(mine.Angles.Average(), Is.Zero.Within(0.02));
        }
    }

    private static (double[] Norms, double[] Angles) Products(double[][] rows)
    {
        var angles = new List<double>();
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j < i; j++) angles.Add(Dot(rows[i], rows[j]) / Norm(rows[i]) / Norm(rows[j]));
        }
        return ([.. rows[..^2].Select(Norm)], [.. angles]);
    }

    /// <summary>The system of Eq. 5 formed with all its elements, and its solution of minimum length.</summary>
    private static double[] DenseStep(double[] w, double[] x0, double[][] centres)
    {
        var (n, m) = (w.Length, centres.Length);
        var matrix = new double[n + m, n + m];
        var b = new double[n + m];
        for (var j = 0; j < n; j++) (matrix[j, j], b[j]) = (Settings.Eta, x0[j] - w[j]);
        for (var i = 0; i < m; i++)
        {
            var difference = Minus(w, centres[i]);
            for (var j = 0; j < n; j++) matrix[n + i, j] = matrix[j, n + i] = difference[j] / Norm(difference);
            b[n + i] = SpheresSettings.Radius - Norm(difference);
        }
        var solution = new Eigen(matrix).PseudoInverse(b);
        return [.. w.Select((x, j) => x + solution[j])];
    }

    private static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (p, q) => p - q)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();

    private static double Norm(double[] a) => Math.Sqrt(Dot(a, a));
}
