using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Expressions;

/// <summary>Programs of text on a device against <see cref="Reference"/>, and what holds for every operator.</summary>
public abstract class ExpressionSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double SmallestMargin = 1e-3;
    private static readonly ExpressionVariables Six = new(6, ["p", "q"], columns: ["h"]);

    /// <summary>Every operation, constants, an output that is an input and one that is 0.</summary>
    private static readonly string[] Everything =
    [
        "distance(p, q) = h", "angle(p, q, [1, 2, 3]) <= 1.5", "exp(y1) + log(2 + abs(y2)) = sin(y3) cos(y4)", "tanh(y1) >= atan2(y2, y3)",
        "abs(y1)^y2 = min(y3, y4, y5)", "max(y) = y1 / (2 + y2^2)", "-y4 = 0", "y5 = 0", "tan(tanh(y6)) = (1 + y1^2)^-1.5",
    ];

    private IExpressionKernels<T> Kernels => Device.Family<IExpressionKernels<T>>();

    [TestCase(1)]
    [TestCase(9)]
    [TestCase(1100)]
    public void DerivativesHold(int samples) => Prove(device => new Case(device, samples));

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(8)]
    [TestCase(33)]
    [TestCase(2500)]
    public void AnyNumberOfSamplesAgreesWithTheReference(int samples)
    {
        var derived = Derived.Of(Six, Everything);
        var count = Everything.Length;
        CompareAll(derived, Values(samples, 6, 1), Values(samples, 1, 2), Values(samples, 6, 3), Values(samples, count, 4), samples);
    }

    [Test]
    public void RandomExpressionsAgreeWithTheReference()
    {
        for (ulong seed = 1; seed <= (ulong)Sized(3, 1); seed++)
        {
            double[] y = Values(20, 6, seed), x = Values(20, 1, 2), v = Values(20, 6, 3), u = Values(20, 8, 4);
            var random = new RandomExpressions(1000 + seed);
            var rows = new List<string>();
            while (rows.Count < 8)
            {
                var row = random.Row();
                var own = Derived.Of(RandomExpressions.Variables, row);
                bool Is(SampleProgram program, int k, params double[][] inputs) => IsTame(program, Sample(k, 20, inputs));
                var tame = Enumerable.Range(0, 20).Count(k => Is(own.Value, k, y, x) && Is(own.Lop, k, y, x, u) && Is(own.Curvature, k, y, x, u, v));
                if (tame >= 19) rows.Add(row);
            }
            CompareAll(Derived.Of(RandomExpressions.Variables, [.. rows]), y, x, v, u, 20);
        }
    }

    [Test]
    public void KinksAreThoseOfTheReference()
    {
        string[] rows = ["norm(y) = 0", "distance(p, q) = 0", "abs(y1) = 0", "angle(p, q) = 0", "atan2(y1, y2) = 0", "min(y1, y2) = 0", "max(y1, y2) = 0", "y1 <= y2", "sqrt(y3) = 0"];
        var derived = Derived.Of(Six, rows);
        CompareAll(derived, new double[6], [1], [0.5, -0.25, 1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9], 1, minimumMargin: 0);
    }

    /// <summary>One program for all of them, since each is a kernel to compile; each row alone by its weight.</summary>
    [Test]
    public void WhatIsNotTakenHasNoDerivativeEvenWhereItIsInfinite()
    {
        string[] rows =
        [
            "exp(y1) >= 1",
            "exp(y1) / y2 >= 1",
            "y2 exp(y1) >= y2",
            "exp(y1)^1.5 + exp(y1)^y2 >= 1",
            "norm([exp(y1), y2]) >= abs(sqrt(y4))",
            "atan2(exp(y1), exp(y1)) + tanh(exp(y1)) <= 2",
            "1 / y3 - log(y3) >= 1",
            "min(2, exp(y1), 1 / y3^2) = 0",
            "max(1, -exp(y1), log(y3)) = 0",
            "exp(max(5, log(y3))) = 0",
            "y3^0.25 + (y3^2)^0.25 = 0",
            "y3^(y2 - 0.5) = 0",
            "y5 max(0, min(1 - exp(y1), y2)) = 0",
        ];
        var derived = Derived.Of(Six, rows);
        T[] y = Numbers1(1000, 1, 0, 2, 3, 4), x = Numbers1(1), v = Numbers1(1, 0, -2, 3, 0.5, 1);
        Assert.That(Run(derived.Value, [y, x], 1), Is.All.Matches<double>(double.IsFinite));
        Assert.That(Run(derived.Rop, [y, x, v], 1), Is.All.Zero, "R-op");
        for (var j = 0; j < rows.Length; j++)
        {
            var u = Numbers1([.. rows.Select((_, row) => row == j ? -3.0 : 0)]);
            Assert.That(Run(derived.Lop, [y, x, u], 1), Is.All.Zero, $"L-op of {rows[j]}");
            Assert.That(Run(derived.Curvature, [y, x, u, v], 1), Is.All.Zero, $"curvature of {rows[j]}");
        }
    }

    [Test]
    public void NaNComesOutWhereItWentIn()
    {
        string[] rows = ["norm(p) = 0", "min(y1, y4) = 0", "max(y4, y1) = 0", "abs(y1) = 0", "y1 <= 5", "y1^2.5 = 0", "0 y1 = 0", "atan2(y4, y1) = 0", "y4 = 0"];
        var derived = Derived.Of(Six, rows);
        var value = derived.Value;
        var y = Numbers1(double.NaN, 1, 2, 3, 4, 5);
        var c = Run(value, [.. y, .. Numbers1(1, 1, 1, 1, 1, 1)], new double[2], 2);
        Assert.That(c.Take(9).Select(double.IsNaN), Is.EqualTo(rows.Select(row => row != "y4 = 0")));
        Assert.That(c.Skip(9), Is.All.Matches<double>(double.IsFinite), "the other sample");
        var uy = Run(derived.Lop, [y, Numbers1(1), Numbers1(0, 0, 0, 0, 1, 0, 0, 0, 0)], 1);
        Assert.That(uy[0], Is.NaN, "the derivative of a row that is NaN");
    }

    [Test]
    public void ProductsTakeViewsThatBeginAnywhere() => ViewsGiveTheSameBits(new Case(Device, 5));

    [Test]
    public void RepeatedCallsAllocateNothing() => AllocatesNothing(new Case(Device, 5));

    [Test]
    public void ColumnsMayBeAbsentWhereNoneIsRead()
    {
        var y = Device.From(Numbers1(1, 2, 3, 4, 5, 6), new Shape(1, 6));
        var c = Device.Zeros(1);
        Kernels.Compile(Derived.Of(Six, "y1 + y2 = 1").Value).Run([y, default], [c]);
        Assert.That(Numbers.Host(c), Is.EqualTo(new[] { 2.0 }));
        Assert.That(
            () => Kernels.Compile(Derived.Of(Six, "y1 = h").Value).Run([y, default], [c]),
            Throws.ArgumentException.With.Message.Contains("the array x, which is absent: give a tensor of 1 x 1"));
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        var program = Kernels.Compile(Derived.Of(Six, "y1 = h").Value);
        Assert.That(
            () => program.Run([Device.Zeros(new Shape(2, 6)), Device.Zeros(2)], [Device.Zeros(3)]),
            Throws.ArgumentException.With.Message.Contains("the array c of 2 samples").And.Message.Contains("3"));
        Assert.That(() => program.Run([Device.Zeros(7), Device.Zeros(1)], [Device.Zeros(1)]), Throws.ArgumentException.With.Message.Contains("the array y"));
    }

    /// <summary>Numbers that both precisions hold exactly.</summary>
    private static double[] Values(int samples, int width, ulong seed)
    {
        var random = new RandomGenerator(seed, 77);
        return [.. Enumerable.Range(0, samples * width).Select(_ => (double)(float)random.NextNormal())];
    }

    private static double[][] Sample(int k, int samples, double[][] inputs)
        => [.. inputs.Select(input => input.AsSpan(k * (input.Length / samples), input.Length / samples).ToArray())];

    /// <summary>Whether rounding cannot change a branch or grow beyond measure.</summary>
    private static bool IsTame(SampleProgram program, double[][] sample, double margin = SmallestMargin)
        => Reference.Values(program, sample).All(value => Math.Abs(value) < 1e4) && Reference.Kinks(program, sample).Margin >= margin;

    private void CompareAll(Derived derived, double[] y, double[] x, double[] v, double[] u, int samples, double? minimumMargin = null)
    {
        Compare(derived.Value, samples, minimumMargin, y, x);
        Compare(derived.Rop, samples, minimumMargin, y, x, v);
        Compare(derived.Lop, samples, minimumMargin, y, x, u);
        Compare(derived.Curvature, samples, minimumMargin, y, x, u, v);
    }

    private void Compare(SampleProgram program, int samples, double? minimumMargin, params double[][] inputs)
    {
        var actual = Run(program, inputs.Select(Numbers1).ToArray(), samples);
        var width = program.Outputs[0].Width;
        var (compared, seen, stride) = (0, 0, Math.Max(1, samples / 50));
        for (var k = 0; k < samples; k += stride)
        {
            seen++;
            var own = Sample(k, samples, inputs);
            if (!IsTame(program, own, minimumMargin ?? SmallestMargin)) continue;
            compared++;
            var tolerance = (IsDouble ? 1e-11 : 2e-4) * Math.Max(1, Reference.Values(program, own).Max(Math.Abs));
            Assert.That(actual.AsSpan(k * width, width).ToArray(), Is.EqualTo(Reference.Run(program, own)).Within(tolerance), $"sample {k} of\n{program}");
        }
        Assert.That(compared, Is.GreaterThanOrEqualTo(seen / 4), "samples beside kinks and poles are left out, not most of them");
    }

    private double[] Run(SampleProgram program, T[] y, double[] x, int samples) => Run(program, [y, Numbers1(x)], samples);

    private double[] Run(SampleProgram program, T[][] inputs, int samples)
    {
        var tensors = inputs.Select(input => Device.From(input, new Shape(samples, input.Length / samples))).ToArray();
        var output = Device.From(Enumerable.Repeat(T.NaN, samples * program.Outputs[0].Width).ToArray());
        Kernels.Compile(program).Run(tensors, [output]);
        return Numbers.Host(output);
    }

    [TestCase(1, 3)]
    [TestCase(40, 2)]
    [TestCase(300, 6)]
    public void AStackOfAdjointsGivesTheBitsOfEach(int samples, int stack)
    {
        var derived = Derived.Of(Six, "distance(p, q) = h", "y1 y2 = sin(y3)");
        var lop = Kernels.Compile(derived.Lop);
        var (y, x) = (Numbers.Normal(Device, new Shape(samples, 6), 1), Numbers.Normal(Device, new Shape(samples, 1), 2));
        var u = Numbers.Normal(Device, new Shape(stack, samples, 2), 3);
        var (together, alone) = (Device.Zeros(new Shape(stack, samples, 6)), Device.Zeros(new Shape(samples, 6)));
        lop.Run([y, x, u], [together], stack);
        for (var j = 0; j < stack; j++)
        {
            lop.Run([y, x, u.Slice(j * samples * 2, samples * 2)], [alone]);
            Assert.That(together.Slice(j * alone.Count, alone.Count).ToArray(), Is.EqualTo(alone.ToArray()));
        }
        Assert.That(() => lop.Run([y, x, u], [together], stack + 1), Throws.ArgumentException);
    }

    /// <summary>Rows without kinks near the samples, for the proofs that every operator gets.</summary>
    private sealed class Case : OperatorCase<T>
    {
        private static readonly Derived Smooth = Derived.Of(
            Six, "distance(p, q) = h", "angle(p, q) = y1 y2", "sin(y1) + tanh(y2 y3) = h y4^3", "log(2 + y5^2) = exp(y6 / 4)");

        private readonly Tensor<T> _x;
        private readonly ICompiledProgram<T> _value;
        private readonly ICompiledProgram<T> _rop;
        private readonly ICompiledProgram<T> _lop;

        public Case(ComputeDevice<T> device, int samples)
            : base(device)
        {
            var kernels = device.Family<IExpressionKernels<T>>();
            (_value, _rop, _lop) = (kernels.Compile(Smooth.Value), kernels.Compile(Smooth.Rop), kernels.Compile(Smooth.Lop));
            _x = Numbers.Normal(device, new Shape(samples, 1), 2);
            Inputs = [Numbers.Normal(device, new Shape(samples, 6), 1)];
            Output = device.Zeros(new Shape(samples, 4));
        }

        public override Tensor<T>[] Inputs { get; }

        public override Tensor<T> Output { get; }

        public override void Forward() => _value.Run([Inputs[0], _x], [Output]);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy) => _rop.Run([Inputs[0], _x, direction[0]], [dy]);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints) => _lop.Run([Inputs[0], _x, u], [adjoints[0]]);
    }
}
