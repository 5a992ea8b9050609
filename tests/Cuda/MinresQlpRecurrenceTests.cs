using System.Reflection;
using System.Runtime.InteropServices;
using PoseEngine.Cuda;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cuda;

/// <summary>The scalar recurrence in C# and in kernels/minres_qlp.cuh, fed with the same numbers: the same bits.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Checked)]
[TestFixture(CudaModes.Gpu)]
public sealed unsafe class CudaMinresQlpRecurrenceTests(string mode)
{
    private const string Source = """
        #include "minres_qlp.cuh"

        extern "C" __global__ void place(int* at)
        {
            MinresScalars s;
            const char* first = (const char*)&s;
            at[0] = int(sizeof s);
            at[1] = int((const char*)&s.scale - first);
            at[2] = int((const char*)&s.gamma - first);
            at[3] = int((const char*)&s.pass_current - first);
            at[4] = int((const char*)&s.iteration - first);
            at[5] = int((const char*)&s.directions_due - first);
        }

        extern "C" __global__ void choose(MinresScalars* s, double greatest)
        {
            choose_scale(*s, greatest);
        }

        extern "C" __global__ void accept(MinresScalars* s, double sum0, double sum1)
        {
            s->sum0 = sum0;
            s->sum1 = sum1;
            accept_product(*s);
        }

        extern "C" __global__ void step(MinresScalars* s, double sum)
        {
            s->sum0 = sum;
            advance(*s);
        }

        extern "C" __global__ void hypotenuses(const double* a, const double* b, double* c, int count)
        {
            for (int i = 0; i < count; ++i) c[i] = hypotenuse(a[i], b[i]);
        }
        """;

    private readonly CudaDevices _devices = new(mode);
    private CudaDevice<double> _device = null!;
    private CudaModule _module = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _device = (CudaDevice<double>)_devices.Create<double>(1);
        _module = _device.Context.Compiler.LoadText("recurrence_test.cu", Source, KernelCompiler.Unfused);
    }

    [OneTimeTearDown]
    public void Close() => _device?.Dispose();

    [TearDown]
    public void AfterTest() => _devices.AfterTest();

    [Test]
    public void TheLayoutsAgree()
    {
        var at = _device.Zeros<int>(new Shape(6));
        var arguments = new KernelArguments();
        arguments.Add(at.DevicePointer());
        Launch("place", arguments);
        Assert.That(at.ToArray(), Is.EqualTo(new[]
        {
            sizeof(MinresQlpScalars), Offset("Scale"), Offset("Gamma"), Offset("PassCurrent"), Offset("Iteration"), Offset("DirectionsDue"),
        }));
    }

    [Test]
    public void HypotenusesAreThoseOfTheHost()
    {
        var random = new RandomGenerator(7);
        (double A, double B)[] pairs =
        [
            .. Enumerable.Range(0, 3000)
                .Select(i => (random.NextNormal() * Scale(i), random.NextNormal() * (i % 3 == 0 ? Scale(i + 1) : Scale(i)))),
            (0, 0), (-3, 4), (0, -2), (3e-320, 0), (3e-320, 4e-320), (1e308, 1e308), (1e-300, 1e300), (5e-324, 5e-324),
            (double.NaN, 1), (1, double.PositiveInfinity), (double.NegativeInfinity, 2),
        ];
        var (a, b) = (_device.From([.. pairs.Select(pair => pair.A)]), _device.From([.. pairs.Select(pair => pair.B)]));
        var c = _device.Zeros(pairs.Length);
        var arguments = new KernelArguments();
        arguments.Add(a.DevicePointer());
        arguments.Add(b.DevicePointer());
        arguments.Add(c.DevicePointer());
        arguments.Add(pairs.Length);
        Launch("hypotenuses", arguments);
        Assert.That(c.ToArray(), Is.EqualTo(pairs.Select(pair => MinresQlpRecurrence.Hypotenuse(pair.A, pair.B))));

        double Scale(int i) => Math.ScaleB(1, (i * 37 % 1900) - 950);
    }

    [Test]
    public void RandomSolvesTakeTheSameCourse([Range(1, 40)] int seed)
    {
        var random = new RandomGenerator((ulong)seed);
        var settings = new MinresQlpSettings(
            1e-12, 1.5e-8, Math.ScaleB(1, -52), 4.5e14, seed % 5 == 0 ? 20 : double.PositiveInfinity, 30, seed % 2 == 0 ? 1000 : 120);
        var host = MinresQlpRecurrence.Initial(settings);
        using var device = new Twin(this, host);
        var greatest = Math.ScaleB(random.NextUniform(1, 2), (seed * 17 % 80) - 40);
        MinresQlpRecurrence.ChooseScale(ref host, greatest);
        device.Choose(greatest);
        Compare(device, host, "the scale");
        Step(random.NextUniform(1, 9));
        for (var k = 1; k <= 32; k++)
        {
            // A Lanczos process that ends, shrinks or goes on, with the sums of vectors stored at any scale.
            var alpha = seed % 4 == 3 && k % 2 == 0 ? 0 : random.NextNormal();
            var beta = seed % 7 == 6 && k == 9 ? 0 : seed % 3 == 0 ? Math.Pow(0.4, k) : random.NextUniform(0.1, 2);
            Accept(alpha * host.Stored, (alpha * alpha) + random.NextUniform(0, 3));
            Step(Math.Pow(beta * host.NextScale, 2));
        }
        Assert.That(host.Stop, Is.Not.Zero);

        void Accept(double sum0, double sum1)
        {
            (host.Sum0, host.Sum1) = (sum0, sum1);
            MinresQlpRecurrence.AcceptProduct(ref host);
            device.Accept(sum0, sum1);
            Compare(device, host, $"the product of iteration {host.Iteration}");
        }

        void Step(double sum)
        {
            host.Sum0 = sum;
            MinresQlpRecurrence.Advance(ref host);
            device.Step(sum);
            Compare(device, host, $"iteration {host.Iteration}");
        }
    }

    [TestCase(double.NaN, 1, 1)]
    [TestCase(1, double.PositiveInfinity, 1)]
    [TestCase(1, 1, double.NaN)]
    [TestCase(1, 1, -3)]
    [TestCase(0, 0, 0)]
    public void OddSumsEndTheSolveAlike(double sum0, double sum1, double norm)
    {
        var settings = new MinresQlpSettings(1e-12, 1.5e-8, Math.ScaleB(1, -52), 4.5e14, double.PositiveInfinity, 30, 1000);
        var host = MinresQlpRecurrence.Initial(settings);
        using var device = new Twin(this, host);
        MinresQlpRecurrence.ChooseScale(ref host, 3);
        device.Choose(3);
        host.Sum0 = 2;
        MinresQlpRecurrence.Advance(ref host);
        device.Step(2);
        (host.Sum0, host.Sum1) = (sum0, sum1);
        MinresQlpRecurrence.AcceptProduct(ref host);
        device.Accept(sum0, sum1);
        host.Sum0 = norm;
        MinresQlpRecurrence.Advance(ref host);
        device.Step(norm);
        Compare(device, host, "the only iteration");
        Assert.That(host.Stop, Is.EqualTo(2));
    }

    [TestCase(0)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(3e-320)]
    [TestCase(1e308)]
    public void OddScalesAreChosenAlike(double greatest)
    {
        var host = MinresQlpRecurrence.Initial(new MinresQlpSettings(1e-12, 1.5e-8, 1e-16, 1e15, double.PositiveInfinity, 30, 1000));
        using var device = new Twin(this, host);
        MinresQlpRecurrence.ChooseScale(ref host, greatest);
        device.Choose(greatest);
        Compare(device, host, "the scale");
    }

    private static int Offset(string field) => (int)Marshal.OffsetOf<MinresQlpScalars>(field);

    private static void Compare(Twin device, in MinresQlpScalars host, string what)
    {
        var actual = device.Read();
        var (a, e) = (Words(actual), Words(host));
        if (a.AsSpan().SequenceEqual(e)) return;
        foreach (var field in typeof(MinresQlpScalars).GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            Assert.That(field.GetValue(actual), Is.EqualTo(field.GetValue(host)), $"{what}: {field.Name}");
        }
    }

    private static byte[] Words(MinresQlpScalars scalars) => MemoryMarshal.AsBytes(new ReadOnlySpan<MinresQlpScalars>(in scalars)).ToArray();

    private void Launch(string kernel, in KernelArguments arguments) => _module[kernel].Launch(new LaunchShape(1, 1, 1, 1), arguments);

    /// <summary>The scalars on the device.</summary>
    private sealed class Twin : IDisposable
    {
        private readonly CudaMinresQlpRecurrenceTests _tests;
        private readonly CudaStorage<MinresQlpScalars> _memory;

        public Twin(CudaMinresQlpRecurrenceTests tests, MinresQlpScalars initial)
        {
            _tests = tests;
            _memory = new CudaStorage<MinresQlpScalars>(tests._device.Context, 1);
            _memory.Write(0, new ReadOnlySpan<MinresQlpScalars>(in initial));
        }

        public void Choose(double greatest) => Launch("choose", greatest);

        public void Accept(double sum0, double sum1) => Launch("accept", sum0, sum1);

        public void Step(double sum) => Launch("step", sum);

        public MinresQlpScalars Read()
        {
            var scalars = new MinresQlpScalars[1];
            _memory.Read(0, scalars);
            return scalars[0];
        }

        public void Dispose() => _memory.Dispose();

        private void Launch(string kernel, params ReadOnlySpan<double> numbers)
        {
            var arguments = new KernelArguments();
            arguments.Add(_memory.Pointer);
            foreach (var number in numbers) arguments.Add(number);
            _tests.Launch(kernel, arguments);
        }
    }
}
