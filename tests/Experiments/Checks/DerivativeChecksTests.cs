using System.Numerics;
using PoseEngine.Experiments.Checks;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Checks;

[TestFixture(typeof(double), "cpu-scalar")]
[TestFixture(typeof(double), "cpu-simd")]
[TestFixture(typeof(float), "cpu-scalar")]
[TestFixture(typeof(float), "cpu-simd")]
[TestFixture(typeof(double), "cuda-plain")]
[TestFixture(typeof(float), "cuda-plain")]
[TestFixture(typeof(double), "cuda-gpu")]
[TestFixture(typeof(float), "cuda-gpu")]
internal sealed class DerivativeChecksTests<T>(string deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static IEnumerable<CheckCase> Cases => CheckCase.All;

    [TestCaseSource(nameof(Cases))]
    public void EveryProofHolds(CheckCase check)
    {
        using var device = Devices.Create<T>(deviceName);
        foreach (var result in check.Prove(device, seed: 3))
        {
            Assert.That(result.Value, Is.LessThanOrEqualTo(result.Tolerance), result.Name);
        }
    }

    [Test]
    public void AWrongDerivativeIsFound()
    {
        // A dense layer whose L-op forgets a factor is what a proof must not pass: scale the adjoint by 1.001.
        using var device = Devices.Create<T>(deviceName);
        var network = new Network<T>(device, new Shape(5), LayerSpec.ParseNetwork("dense4"));
        var generator = new RandomGenerator(1);
        var x = device.From([.. Enumerable.Range(0, 10).Select(_ => T.CreateChecked(generator.NextNormal()))], new Shape(2, 5));
        var at = network.Linearize(network.InitializeHe(generator), x);
        var (v, g) = (network.InitializeHe(generator), device.Zeros(network.ParameterCount));
        var dy = device.Zeros(new Shape(2, 4));
        at.Rop(v, dy);
        at.Lop(dy, g);
        device.Vectors.Scale(1.001, g, g);
        var relative = Math.Abs(device.Vectors.Dot(dy, dy) - device.Vectors.Dot(g, v)) / device.Vectors.Dot(dy, dy);
        Assert.That(new ProofResult("broken", relative, 1e-5).Passed, Is.False);
        Assert.That(new ProofResult("not a number", double.NaN, 1).Passed, Is.False);
    }
}
