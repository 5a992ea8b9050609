using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Cuda;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Cuda;

/// <summary>Projections on the CUDA device beside what their suite checks: launches, recordings, the CPU's numbers, limits.</summary>
[TestFixture(typeof(float), CudaModes.Plain)]
[TestFixture(typeof(double), CudaModes.Plain)]
[TestFixture(typeof(float), CudaModes.Gpu)]
[TestFixture(typeof(double), CudaModes.Gpu)]
public sealed class ProjectionKernelTests<T>(string mode)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Samples = 5;

    /// <summary>Curved rows with columns, inequalities, one row twice and one that some samples cannot meet.</summary>
    private static readonly ConstraintTexts Mixed = new(
        new ExpressionVariables(6, columns: ["height"]),
        [
            new("sphere", "norm(y[0:4]) = height"), new("again", "2 norm(y[0:4]) = 2 height"), new("above", "y1 >= 0.3"),
            new("product", "y2 y3 <= 0.2"), new("wave", "sin(y4) + y6^2 = 0.5"), new("below", "y1 <= 1.5 - exp(-y2)"),
        ]);

    private readonly CudaDevices _devices = new(mode);
    private readonly CpuDevice<T> _cpu = new(1);
    private CudaDevice<T> _device = null!;

    private static double Tolerance => typeof(T) == typeof(double) ? 1e-10 : 2e-7;

    [SetUp]
    public void Open() => _device = (CudaDevice<T>)_devices.Create<T>(1);

    [TearDown]
    public void Close()
    {
        _device?.Dispose();
        _devices.AfterTest();
    }

    [OneTimeTearDown]
    public void CloseCpu() => _cpu.Dispose();

    [Test]
    public void EachFunctionIsOneLaunchWithoutTheHost()
    {
        using var projection = new Projection<T>(_device, LimbSymmetry.PaperTexts, Samples);
        var (target, y) = (Poses(_device, 1), _device.Zeros(new Shape(Samples, 51)));
        Action[] functions = [() => projection.Project(target, default, y), () => projection.Product(target, y)];
        foreach (var function in functions) function();
        if (mode == CudaModes.Gpu) return;
        foreach (var function in functions)
        {
            var before = StandIn.Count();
            function();
            Assert.That(StandIn.Count() - before, Is.EqualTo(new StandInCounters { Launches = 1 }));
        }
    }

    [Test]
    public void ARecordingSeesNewNumbers()
    {
        using var recorded = new Projection<T>(_device, LimbSymmetry.PaperTexts, Samples);
        using var direct = new Projection<T>(_device, LimbSymmetry.PaperTexts, Samples);
        var (target, v, shape) = (Poses(_device, 1), Poses(_device, 9), new Shape(Samples, 51));
        var (y, dy, directY, directDy) = (_device.Zeros(shape), _device.Zeros(shape), _device.Zeros(shape), _device.Zeros(shape));
        using var recording = _device.Record("projection", () =>
        {
            recorded.Project(target, default, y);
            recorded.Product(v, dy);
        });
        for (ulong run = 1; run <= 3; run++)
        {
            target.CopyFrom(Poses(_device, run).ToArray());
            recording.Run();
            direct.Project(target, default, directY);
            direct.Product(v, directDy);
            Assert.That(y.ToArray(), Is.EqualTo(directY.ToArray()), $"points of run {run}");
            Assert.That(dy.ToArray(), Is.EqualTo(directDy.ToArray()), $"products of run {run}");
            Assert.That(recorded.Exits(), Has.All.EqualTo(ProjectionExit.Converged));
        }
    }

    [Test]
    public void PosesGoWhereTheCpuPutsThem() => Agree(LimbSymmetry.PaperTexts, Poses(_device, 3).ToArray(), [], isAllFound: true);

    [Test]
    public void CurvedRowsWithColumnsAgreeWithTheCpu()
    {
        var random = new RandomGenerator(5);
        T[] Numbers(int count, Func<double> next) => [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating(next()))];
        Agree(Mixed, Numbers(40 * 6, random.NextNormal), Numbers(40, () => random.NextUniform(0.5, 2)));
    }

    [Test]
    public void SamplesThatFailEndAsOnTheCpu()
    {
        var rows = new ConstraintTexts(new ExpressionVariables(3), [new("near", "norm(y[0:2]) = 1"), new("far", "norm(y[0:2]) = 2"), new("log", "log(y2) <= 1")]);
        double[] target = [3, 1, 7, double.NaN, 1, 2, 0, 1, 5, 1, 1, double.PositiveInfinity, 0, -1, 5, 2, 2, 2];
        Agree(rows, [.. target.Select(T.CreateTruncating)], []);
    }

    [Test]
    public void AMatrixTooLargeForSharedMemoryLiesInTheDevices()
    {
        const int outputs = 40;
        var rows = Enumerable.Range(1, outputs - 1).Select(i => new ConstraintText($"row {i}", $"y{i} y{i + 1} + y{i}^2 <= {1 + (i % 3)}"));
        var texts = new ConstraintTexts(new ExpressionVariables(outputs), [.. rows]);
        Assert.That(new ProjectionPrinter(texts.Projection).IsInShared, Is.False);
        Agree(texts, Numbers.Normal(_device, new Shape(4, outputs), 8).ToArray(), [], isAllFound: true);
    }

    [Test]
    public void MatricesTooLargeAreRefusedInOneLine()
    {
        var variables = new ExpressionVariables(750);
        var program = new ProjectionProgram(variables, [.. Enumerable.Range(1, 750).Select(i => ($"row {i}", $"y{i} = 1"))]);
        Assert.That(
            () => _device.Family<IProjectionKernels<T>>().Compile(program),
            Throws.TypeOf<NotSupportedException>().With.Message.EqualTo(
                "cuda: a projection onto 750 rows of 750 outputs takes 21 MiB a sample, at most 16 are possible; project onto fewer rows or outputs, or take the device cpu"));
    }

    [Test]
    public void ATapeTooLongForAKernelIsNamed()
    {
        var sum = string.Join("+", Enumerable.Range(2, 4500).Select(i => $"sin({i} y1)"));
        var program = new ProjectionProgram(new ExpressionVariables(1), [("waves", $"{sum} = 1")]);
        Assert.That(
            () => _device.Family<IProjectionKernels<T>>().Compile(program),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains($"a kernel has at most {ExpressionLimits.Operations}; write fewer or shorter rows"));
    }

    /// <summary>Points, multipliers, products and exits of both devices, for the samples that were found; exits for all.</summary>
    private void Agree(ConstraintTexts texts, T[] target, T[] x, bool isAllFound = false)
    {
        var outputs = texts.Variables.Outputs;
        var samples = target.Length / outputs;
        var here = Run(_device, texts, samples, target, x);
        var there = Run(_cpu, texts, samples, target, x);
        Assert.That(here.Exits, Is.EqualTo(there.Exits));
        Assert.That(here.Exits, isAllFound ? Has.All.EqualTo(ProjectionExit.Converged).Or.EqualTo(ProjectionExit.Feasible) : Is.Not.Empty);
        for (var k = 0; k < samples; k++)
        {
            if (here.Exits[k] == ProjectionExit.MostRounds) continue; // where it stops is a matter of rounding
            Close(here.Points, there.Points, k, outputs, 1e-10, "points");
            Close(here.Y, there.Y, k, outputs, Tolerance, "rounded points");
            if (here.Exits[k] == ProjectionExit.Stalled) continue;
            Close(here.Products, there.Products, k, outputs, typeof(T) == typeof(double) ? 1e-8 : 1e-6, "products");
        }
    }

    private static (ProjectionExit[] Exits, double[] Points, double[] Y, double[] Products) Run(
        ComputeDevice<T> device, ConstraintTexts texts, int samples, T[] target, T[] x)
    {
        using var projection = new Projection<T>(device, texts, samples);
        var shape = new Shape(samples, texts.Variables.Outputs);
        var (given, y, product) = (device.From(target, shape), device.Zeros(shape), device.Zeros(shape));
        projection.Project(given, x.Length == 0 ? default : device.From(x, new Shape(samples, x.Length / samples)), y);
        projection.Product(Numbers.Normal(device, shape, 6), product);
        return (projection.Exits(), projection.Points.ToArray(), Numbers.Host(y), Numbers.Host(product));
    }

    private static void Close(double[] actual, double[] expected, int sample, int width, double tolerance, string what)
    {
        var (a, e) = (actual.AsSpan(sample * width, width).ToArray(), expected.AsSpan(sample * width, width).ToArray());
        var scale = Math.Max(1, e.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max());
        Assert.That(a, Is.EqualTo(e).Within(tolerance * scale), $"{what} of sample {sample}");
    }

    private static Tensor<T> Poses(Device<T> device, ulong seed)
    {
        var poses = Numbers.Normal(device, new Shape(Samples, 51), seed).ToArray();
        return device.From([.. poses.Select(own => own * T.CreateTruncating(300))], new Shape(Samples, 51));
    }
}
