using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Cuda;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Cuda;

/// <summary>Text on the CUDA device beside what its suite checks: launches, recordings, numbers, limits.</summary>
[TestFixture(typeof(float), CudaModes.Plain)]
[TestFixture(typeof(double), CudaModes.Plain)]
[TestFixture(typeof(float), CudaModes.Gpu)]
[TestFixture(typeof(double), CudaModes.Gpu)]
public sealed class ExpressionKernelTests<T>(string mode)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Samples = 5;
    private readonly CudaDevices _devices = new(mode);
    private CudaDevice<T> _device = null!;

    [SetUp]
    public void Open() => _device = (CudaDevice<T>)_devices.Create<T>(1);

    [TearDown]
    public void Close()
    {
        _device?.Dispose();
        _devices.AfterTest();
    }

    [Test]
    public void AProductIsOneLaunchWithoutTheHost()
    {
        var set = new ConstraintSet<T>(_device, LimbSymmetry.PaperTexts);
        var (y, u, v) = (Poses(1), Numbers.Normal(_device, new Shape(Samples, 6), 2), Poses(3));
        var (c, uy) = (_device.Zeros(u.Shape), _device.Zeros(y.Shape));
        Action[] products =
        [
            () => set.Evaluate(y, default, c), () => set.Rop(y, default, v, c),
            () => set.Lop(y, default, u, uy), () => set.Curvature(y, default, u, v, uy),
        ];
        foreach (var product in products) product();
        if (mode == CudaModes.Gpu) return;
        foreach (var product in products)
        {
            var before = StandIn.Count();
            product();
            Assert.That(StandIn.Count() - before, Is.EqualTo(new StandInCounters { Launches = 1 }));
        }
    }

    [Test]
    public void ARecordingSeesNewNumbers()
    {
        using var cpu = new PoseEngine.Cpu.CpuDevice<T>(1);
        var (set, reference) = (new ConstraintSet<T>(_device, LimbSymmetry.PaperTexts), new ConstraintSet<T>(cpu, LimbSymmetry.PaperTexts));
        var (y, u, uy) = (Poses(1), Numbers.Normal(_device, new Shape(Samples, 6), 2), _device.Zeros(new Shape(Samples, 51)));
        var (yHost, uHost, uyHost) = (cpu.Zeros(y.Shape), cpu.From(u.ToArray(), u.Shape), cpu.Zeros(uy.Shape));
        using var recording = _device.Record("lop", () => set.Lop(y, default, u, uy));
        for (ulong run = 1; run <= 4; run++)
        {
            y.CopyFrom(Poses(run).ToArray());
            recording.Run();
            yHost.CopyFrom(y.ToArray());
            reference.Lop(yHost, default, uHost, uyHost);
            var tolerance = typeof(T) == typeof(double) ? 1e-14 : 1e-5;
            Assert.That(Numbers.Host(uy), Is.EqualTo(Numbers.Host(uyHost)).Within(tolerance), $"run {run}");
        }
    }

    [Test]
    public void OneTextIsCompiledOnce()
    {
        var text = ExpressionPrinter.Print<T>(LimbSymmetry.PaperTexts.Value);
        var compiler = _device.Context.Compiler;
        var module = compiler.LoadUnfused<T>("expression.cu", text);
        Assert.That(compiler.LoadUnfused<T>("expression.cu", ExpressionPrinter.Print<T>(LimbSymmetry.PaperTexts.Value)), Is.SameAs(module));
    }

    [Test]
    public void EveryNumberArrivesAsItIs()
    {
        double[] numbers =
        [
            0.1, -1.0 / 3, 3, 1e20, 123456789, double.Pi, 1.4e-45, double.Epsilon, 1e300, -1e300, double.MaxValue, float.MaxValue,
            double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.NegativeZero,
        ];
        var builder = new ProgramBuilder([new ProgramArray("y", 1)]);
        var stores = numbers.Select((number, i) => new ProgramStore(0, i, builder.Constant(number))).ToArray();
        var program = builder.Build([new ProgramArray("c", numbers.Length)], stores);
        var c = _device.Zeros(numbers.Length);
        _device.Family<IExpressionKernels<T>>().Compile(program).Run([_device.Zeros(1)], [c]);

        // -0 is not stored, as 0 is not: it comes out as 0, which equals it.
        Assert.That(c.ToArray(), Is.EqualTo(numbers.Select(T.CreateTruncating)));
    }

    [Test]
    public void AProgramTooLongForAKernelIsNamed()
    {
        var builder = new ProgramBuilder([new ProgramArray("y", 1)]);
        var value = builder.Input(0, 0);
        for (var i = 0; i < ExpressionLimits.Operations; i++) value = builder.Apply(Operation.Sin, value);
        var program = builder.Build([new ProgramArray("c", 1)], [new ProgramStore(0, 0, value)]);
        Assert.That(
            () => _device.Family<IExpressionKernels<T>>().Compile(program),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains($"{ExpressionLimits.Operations + 1} operations for c, a kernel has at most"));
    }

    private Tensor<T> Poses(ulong seed) => Numbers.Normal(_device, new Shape(Samples, 51), seed);
}
