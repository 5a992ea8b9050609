using PoseEngine.Cpu;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Functions;

/// <summary>A right derivative passes every proof; each kind of wrong one fails the proof that is about it.</summary>
[UsesCuda]
public sealed class DerivativeProofTests
{
    private static readonly double[] Point = [0.5, -1.25, 2, 0.75];

    [Test]
    public void ARightDerivativePasses()
    {
        using var device = new CpuDevice<double>(1);
        var results = Proof().Of(Squares(device));
        Assert.That(results.Select(result => result.Name), Is.EqualTo((string[])["R-op against central differences", "adjoint identity", "linearity"]));
        Assert.That(results.Where(result => !result.Passed), Is.Empty);
        Assert.That(results[0].Value, Is.Positive, "differences are never exact");
    }

    [TestCase("cpu-simd")]
    [TestCase("cuda-plain")]
    public void SingleNumbersAreProvedAgainstDoubles(string deviceName)
    {
        using var device = Devices.Create<float>(deviceName);
        using var cpu = new CpuDevice<double>(1);
        var results = Proof().Of(Squares(device), Squares(cpu));
        Assert.That(results[0].Name, Is.EqualTo("R-op against float64"));
        Assert.That(results.Where(result => !result.Passed), Is.Empty);
        Assert.That(Proof().Of(Squares(device), Squares(cpu, rop: 1.001)).Select(result => result.Passed), Is.EqualTo((bool[])[false, true, true]));
    }

    [TestCase(1.001, 1, 0, ExpectedResult = "R-op against central differences, adjoint identity")]
    [TestCase(1, 1.001, 0, ExpectedResult = "adjoint identity")]
    [TestCase(1, 1, 1e-3, ExpectedResult = "R-op against central differences, adjoint identity, linearity")]
    public string AWrongDerivativeFails(double rop, double lop, double shift)
    {
        using var device = new CpuDevice<double>(1);
        return string.Join(", ", Proof().Of(Squares(device, rop, lop, shift)).Where(result => !result.Passed).Select(result => result.Name));
    }

    [Test]
    public void NotANumberNeverPasses() => Assert.That(new ProofResult("", double.NaN, double.PositiveInfinity).Passed, Is.False);

    [Test]
    public void SeveralFunctionsAreProvedAtOnePoint()
    {
        using var device = new CpuDevice<double>(1);
        var proof = Proof();
        Assert.That(proof.Of(Squares(device)).Concat(proof.Of(Squares(device))).Where(result => !result.Passed), Is.Empty);
    }

    [Test]
    public void AnotherNumberOfParametersIsRefused()
    {
        using var device = new CpuDevice<double>(1);
        Assert.That(() => new DerivativeProof([], new RandomGenerator(1)), Throws.ArgumentException);
        Assert.That(
            () => new DerivativeProof([1, 2], new RandomGenerator(1)).Of(Squares(device)),
            Throws.ArgumentException.With.Message.StartsWith("the proof of a function of so many parameters expects 2, got 4"));
    }

    private static DerivativeProof Proof() => new(Point, new RandomGenerator(3));

    private static MovableFunction<T> Squares<T>(ComputeDevice<T> device, double rop = 1, double lop = 1, double shift = 0)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var function = new SquareFunction<T>(device, Point.Length, rop, lop, shift);
        return new MovableFunction<T>(device, function, function.MoveTo);
    }

    /// <summary>f_i = w_i^2, whose products may be wrong by a factor, or by a shift that is not linear.</summary>
    private sealed class SquareFunction<T>(ComputeDevice<T> device, int count, double rop, double lop, double shift) : DifferentiableFunction<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        private readonly Tensor<T> _ones = Filled(device, count);
        private Tensor<T> _w;

        public override int RowCount => count;

        public override int ParameterCount => count;

        public override Tensor<T> Value { get; } = device.Zeros(count);

        public void MoveTo(Tensor<T> w)
        {
            _w = w;
            device.Vectors.Multiply(w, w, Value);
        }

        public override void Rop(Tensor<T> v, Tensor<T> result)
        {
            device.Vectors.Multiply(_w, v, result);
            device.Vectors.Combine(2 * rop, result, shift, _ones, result);
        }

        public override void Lop(Tensor<T> u, Tensor<T> result)
        {
            device.Vectors.Multiply(_w, u, result);
            device.Vectors.Scale(2 * lop, result, result);
        }

        private static Tensor<T> Filled(ComputeDevice<T> device, int count)
        {
            var ones = device.Zeros(count);
            device.Vectors.Fill(ones, T.One);
            return ones;
        }
    }
}
