using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Constraints;

/// <summary>The projection onto rows of text, on a device.</summary>
public abstract class ProjectionSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly ExpressionVariables Plane = new(2);

    /// <summary>An extractive column's balances, which bind inputs and outputs.</summary>
    private static readonly ConstraintTexts Column = new(
        new ExpressionVariables(9, columns: ["x1", "x2", "x3"]),
        [
            new("mass", "x1 + x2 = y1 + y2"), new("benzene", "0.697616946 x1 = y1 y3 + y2 y6"), new("cyclohexane", "0.302383054 x1 = y1 y4 + y2 y7"),
            new("top", "y3 + y4 + y5 = 1"), new("bottom", "y6 + y7 + y8 = 1"), new("reflux", "y9 = x3 y1"),
        ]);

    private static readonly ConstraintTexts Mixed = new(
        new ExpressionVariables(5, columns: ["height"]),
        [new("sphere", "norm(y) = height"), new("above", "y1 >= 0.3"), new("product", "y2 y3 <= 0.2"), new("wave", "sin(y4) + y5^2 = 0.5")]);

    /// <summary>Samples far from the set; fewer where a device is slow.</summary>
    protected virtual int FarPoints => Device is PoseEngine.Cpu.CpuDevice<T> { UseSimd: false } ? 500 : 10_000;

    [Test]
    public void DerivativesOfLimbs() => Prove(device => new ProjectionCase(device, LimbSymmetry.PaperTexts, Poses(device, 5, 40, 3), default));

    [Test]
    public void DerivativesOfColumnsAndProducts() => Prove(device => Case(device, Column, 4, spread: 0.3));

    [Test]
    public void DerivativesOfInequalities() => Prove(device => Case(device, Mixed, 9, spread: 1));

    [Test]
    public void FarPointsReachTheNearestOnes()
    {
        var count = FarPoints;
        using var projection = new Projection<T>(Device, LimbSymmetry.PaperTexts, count);
        var (target, y) = (Numbers.Normal(Device, new Shape(count, 51), 4), Device.Zeros(new Shape(count, 51)));
        Device.Vectors.Scale(500, target, target);
        projection.Project(target, default, y);
        var residuals = Residuals(projection, LimbSymmetry.PaperTexts, Numbers.Host(target), []);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(projection.Report().Failures, Is.Empty);
            Assert.That(residuals.Violation, Is.LessThan(1e-9 * 500), "rows");
            Assert.That(residuals.Stationarity, Is.LessThan(1e-9 * 500), "y - yhat + A^T lambda");
            Assert.That(projection.Report().MeanRounds, Is.LessThan(25));
        }
    }

    [Test]
    public void AProjectedPointStaysWhereItIs()
    {
        using var projection = new Projection<T>(Device, Column, 6);
        var (target, x) = (Numbers.Normal(Device, new Shape(6, 9), 1), Columns(Device, 6, 3));
        var (once, twice) = (Device.Zeros(target.Shape), Device.Zeros(target.Shape));
        projection.Project(target, x, once);
        projection.Project(once, x, twice);
        Close(twice, once, IsDouble ? 1e-13 : 1e-6, "P(P(y)) = P(y)");
        if (IsDouble) Assert.That(projection.Exits(), Has.All.EqualTo(ProjectionExit.Feasible));
    }

    [Test]
    public void FeasiblePointsKeepTheirBits()
    {
        var rows = new ConstraintTexts(Plane, [new("disc", "norm(y) <= 1"), new("right", "y1 >= 0")]);
        using var projection = new Projection<T>(Device, rows, 3);
        var (target, y) = (From(new Shape(3, 2), 0.1, 0.7, 0.5, -0.3, 0, 1), Device.Zeros(new Shape(3, 2)));
        projection.Project(target, default, y);
        Same.Numbers<T>(y.ToArray(), target.ToArray());
        Assert.That(projection.Exits(), Has.All.EqualTo(ProjectionExit.Feasible));
        projection.Product(target, y);
        Same.Numbers<T>(y.ToArray(), target.ToArray());
    }

    [Test]
    public void InequalitiesHaveTheirKnownNearestPoints()
    {
        // Into a disc, onto one edge of a quadrant, into its corner, and to where both bind.
        var rows = new ConstraintTexts(Plane, [new("disc", "norm(y) <= 2"), new("right", "y1 >= 1"), new("up", "y2 >= 1")]);
        using var projection = new Projection<T>(Device, rows, 4);
        var (target, y) = (From(new Shape(4, 2), 6, 8, 1.2, -3, -4, 0.5, 9, 0), Device.Zeros(new Shape(4, 2)));
        projection.Project(target, default, y);
        double[] expected = [1.2, 1.6, 1.2, 1, 1, 1, Math.Sqrt(3), 1];
        Assert.That(Numbers.Host(y), Is.EqualTo(expected).Within(IsDouble ? 1e-12 : 1e-6));
        Assert.That(projection.Multipliers.ToArray(), Has.All.GreaterThanOrEqualTo(0));
    }

    [Test]
    public void ColumnsMoveTheSet()
    {
        var rows = new ConstraintTexts(new ExpressionVariables(3, columns: ["radius"]), [new("sphere", "norm(y) = radius")]);
        using var projection = new Projection<T>(Device, rows, 2);
        var (target, y) = (From(new Shape(2, 3), 1, 2, 2, 0, 3, 4), Device.Zeros(new Shape(2, 3)));
        projection.Project(target, From(new Shape(2, 1), 6, 1), y);
        Assert.That(Numbers.Host(y), Is.EqualTo(new[] { 2, 4, 4, 0, 0.6, 0.8 }).Within(1e-6));
        Assert.That(() => projection.Project(target, default, y), Throws.ArgumentException.With.Message.Contains("1 columns of each sample, which are absent"));
    }

    [Test]
    public void DependentRowsChangeNothing()
    {
        var variables = new ExpressionVariables(3);
        var once = new ConstraintTexts(variables, [new("sphere", "norm(y) = 1"), new("plane", "y1 + y2 = 0.5")]);
        var twice = new ConstraintTexts(
            variables, [new("sphere", "norm(y) = 1"), new("again", "2 norm(y) = 2"), new("plane", "y1 + y2 = 0.5"), new("scaled", "1e6 (y1 + y2) = 5e5")]);
        using var single = new Projection<T>(Device, once, 3);
        using var doubled = new Projection<T>(Device, twice, 3);
        var (target, y, z) = (Numbers.Normal(Device, new Shape(3, 3), 5), Device.Zeros(new Shape(3, 3)), Device.Zeros(new Shape(3, 3)));
        single.Project(target, default, y);
        doubled.Project(target, default, z);
        Close(z, y, IsDouble ? 1e-11 : 1e-6, "nearest points");
        Assert.That(doubled.Report().Failures, Is.Empty);
        var (dy, dz) = (Device.Zeros(y.Shape), Device.Zeros(y.Shape));
        single.Product(target, dy);
        doubled.Product(target, dz);
        Close(dz, dy, IsDouble ? 1e-9 : 1e-5, "products");
    }

    [Test]
    public void SamplesThatFailAreCountedAndKeepTheirBestPoint()
    {
        var rows = new ConstraintTexts(Plane, [new("near", "norm(y) = 1"), new("far", "norm(y) = 2")]);
        using var projection = new Projection<T>(Device, rows, 3);
        var (target, y) = (From(new Shape(3, 2), 3, 0, double.NaN, 1, 0, 0), Device.Zeros(new Shape(3, 2)));
        projection.Project(target, default, y);
        var points = Numbers.Host(y);
        var exits = projection.Exits();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exits[0], Is.EqualTo(ProjectionExit.Stalled).Or.EqualTo(ProjectionExit.MostRounds), "contradiction");
            Assert.That(Math.Max(Math.Abs(points[0] - 1), Math.Abs(points[0] - 2)), Is.LessThanOrEqualTo(1 + 1e-6), "no further away than yhat, between the circles");
            Assert.That(exits[1], Is.EqualTo(ProjectionExit.NotFinite));
            Assert.That(points[2], Is.NaN);
            Assert.That(points[3], Is.EqualTo(1));
            Assert.That(exits[2], Is.EqualTo(ProjectionExit.Stalled), "no slope at the centre");
            Assert.That(points[4..], Is.All.Zero);
            Assert.That(projection.Report().Failed, Is.EqualTo(3));
            Assert.That(projection.Report().Failures, Does.StartWith("3 of 3 samples were not projected").And.Contains("1 that hold NaN or infinity"));
            Assert.That(projection.Report(1).Samples, Is.EqualTo(1));
        }
        projection.Product(From(new Shape(3, 2), 1, 1, 1, 1, 1, 1), y);
        Assert.That(Numbers.Host(y)[2..4], Is.All.NaN, "what is no number has no derivative");
    }

    [Test]
    public void JointsInOnePointAreLeftThere()
    {
        using var projection = new Projection<T>(Device, LimbSymmetry.PaperTexts, 1);
        var (target, y) = (Device.Zeros(new Shape(1, 51)), Device.Zeros(new Shape(1, 51)));
        Device.Vectors.Fill(target, T.One);
        projection.Project(target, default, y);
        Same.Numbers<T>(y.ToArray(), target.ToArray());
        projection.Product(target, y);
        Assert.That(Numbers.Host(y), Has.All.Matches<double>(double.IsFinite));
    }

    /// <summary>Where W is not positive definite the thorough way takes over, for the point and for products.</summary>
    [Test]
    public void TheNearestPointOnTheFarSideOfAnEllipseIsFound()
    {
        // From near the centre the curvature of the long axis exceeds the identity.
        var rows = new ConstraintTexts(Plane, [new("ellipse", "y1^2 / 9 + y2^2 = 1")]);
        using var projection = new Projection<T>(Device, rows, 2);
        var (target, y) = (From(new Shape(2, 2), 0.3, 0.1, 2.9, 0.01), Device.Zeros(new Shape(2, 2)));
        projection.Project(target, default, y);
        var points = Numbers.Host(y);
        for (var k = 0; k < 2; k++)
        {
            var (best, at) = (double.MaxValue, 0.0);
            var (a, b) = (Numbers.Host(target)[2 * k], Numbers.Host(target)[(2 * k) + 1]);
            for (var i = 0; i < 2_000_000; i++)
            {
                var angle = i * Math.PI / 1_000_000;
                var distance = Math.Pow((3 * Math.Cos(angle)) - a, 2) + Math.Pow(Math.Sin(angle) - b, 2);
                if (distance < best) (best, at) = (distance, angle);
            }
            Assert.That(points[(2 * k)..((2 * k) + 2)], Is.EqualTo(new[] { 3 * Math.Cos(at), Math.Sin(at) }).Within(1e-5), $"sample {k}");
        }
        Assert.That(projection.Report().Failures, Is.Empty);
    }

    [Test]
    public void ACallAllocatesNothing()
    {
        using var projection = new Projection<T>(Device, LimbSymmetry.PaperTexts, 4);
        var (target, y) = (Poses(Device, 4, 25, 1), Device.Zeros(new Shape(4, 51)));
        AllocatesNothing(() =>
        {
            projection.Project(target, default, y);
            projection.Product(target, y);
        });
    }

    /// <summary>Standing skeletons in mm with noise on every coordinate.</summary>
    internal static Tensor<T> Poses(ComputeDevice<T> device, int count, double noise, ulong seed)
    {
        double[] stand =
        [
            0, 0, 0, -132, 0, 0, -132, 0, -443, -132, 0, -897, 132, 0, 0, 132, 0, -443, 132, 0, -897, 0, 0, 233, 0, 0, 490, 0, 30, 605, 0, 0, 720,
            151, 0, 450, 151, 0, 171, 151, 0, -81, -151, 0, 450, -151, 0, 171, -151, 0, -81,
        ];
        var random = new RandomGenerator(seed);
        var all = new T[count * stand.Length];
        for (var i = 0; i < all.Length; i++) all[i] = T.CreateTruncating(stand[i % stand.Length] + (noise * random.NextNormal()));
        return device.From(all, new Shape(count, stand.Length));
    }

    /// <summary>The largest violation and the largest element of y - yhat + A^T lambda, in float64.</summary>
    private static (double Violation, double Stationarity) Residuals(Projection<T> projection, ConstraintTexts texts, double[] target, double[] x)
    {
        using var cpu = new PoseEngine.Cpu.CpuDevice<double>();
        var count = projection.Samples;
        var set = new ConstraintSet<double>(cpu, texts);
        var points = cpu.From(projection.Points.ToArray(), new Shape(count, texts.Variables.Outputs));
        var columns = x.Length == 0 ? default : cpu.From(x, new Shape(count, x.Length / count));
        var (c, pull) = (cpu.Zeros(new Shape(count, texts.Rows.Count)), cpu.Zeros(points.Shape));
        set.Evaluate(points, columns, c);
        set.Lop(points, columns, cpu.From(projection.Multipliers.ToArray(), c.Shape), pull);
        var stationarity = points.ToArray().Zip(target, (y, t) => y - t).Zip(pull.ToArray(), (g, p) => Math.Abs(g + p)).Max();
        return (c.ToArray().Max(Math.Abs), stationarity);
    }

    private static Tensor<T> Columns(ComputeDevice<T> device, int samples, int width)
        => device.From([.. Enumerable.Range(0, samples * width).Select(i => T.CreateTruncating(1 + (0.1 * (i % 7))))], new Shape(samples, width));

    private static ProjectionCase Case(ComputeDevice<T> device, ConstraintTexts texts, int samples, double spread)
    {
        var (outputs, columns) = (texts.Variables.Outputs, texts.Variables.Columns.Count);
        var target = Numbers.Normal(device, new Shape(samples, outputs), 77);
        device.Vectors.Scale(spread, target, target);
        return new ProjectionCase(device, texts, target, Columns(device, samples, columns));
    }

    private sealed class ProjectionCase : OperatorCase<T>
    {
        private readonly Projection<T> _projection;
        private readonly Tensor<T> _x;

        public ProjectionCase(ComputeDevice<T> device, ConstraintTexts texts, Tensor<T> target, Tensor<T> x)
            : base(device)
        {
            (_projection, _x, Inputs, Output) = (new Projection<T>(device, texts, target.Shape[0]), x, [target], device.Zeros(target.Shape));
        }

        public override Tensor<T>[] Inputs { get; }

        public override Tensor<T> Output { get; }

        public override void Forward()
        {
            _projection.Project(Inputs[0], _x, Output);
            Assert.That(_projection.Report().Failures, Is.Empty);
        }

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy) => _projection.Product(direction[0], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints) => _projection.Product(u, adjoints[0]);
    }
}
