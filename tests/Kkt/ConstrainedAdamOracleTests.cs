using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>
/// The first step of Eq. 12 on the Eq. 13 network from zero moments, as printed: f = 0.316, and D from 3e-6 to 49. In
/// float64 only: gradients that are zero but for rounding stand beside epsilon = 1e-8 in D, so that float32 leaves the
/// step undetermined from the third digit on. The scalar CPU would take twenty seconds and the stand-in a minute; they solve
/// MetricSystemTests.
/// </summary>
[TestFixture("cpu-simd")]
[TestFixture("cuda-gpu")]
public class ConstrainedAdamOracleTests(string deviceName)
{
    [Test]
    public void TheStepOfEq12Agrees()
    {
        using var device = Devices.Create<double>(deviceName);
        var oracle = new PoseNetworkOracle<double>(device);
        var expected = oracle["kkt_eq12_eta1000_first_step"];
        var linearization = oracle.Network.Linearize(oracle.Weights, oracle.Inputs);
        var residual = new Residual<double>(linearization);
        residual.Update(oracle.Targets);
        var count = oracle.Network.ParameterCount;
        var (gradient, m, v, roots) = (device.Zeros(count), device.Zeros(count), device.Zeros(count), device.Zeros(count));
        residual.Lop(residual.Value, gradient);
        var constraint = new OutputConstraintFunction<double>(linearization, new LimbSymmetry<double>(device));
        constraint.Update();

        var numbers = device.Zeros<double>(new Shape(AdamStep.ScalarCount));
        device.Optimizers.PrepareAdam(new AdamStep(1000, 0.9, 0.999, expected.GetProperty("epsilon").GetDouble(), 1), numbers);
        device.Optimizers.AdamMetric(numbers, gradient, m, v, roots);
        Assert.That(Math.Pow(device.Vectors.MaxAbs(roots), -2), Is.EqualTo(expected.GetProperty("D_min").GetDouble()).Within(1e-9).Percent);

        var system = new ConstrainedAdamSystem<double>(device, constraint, roots);
        var (b, x) = (device.Zeros(system.Size), device.Zeros(system.Size));
        system.RightHandSide(m, b);
        using var solver = new KktKrylov<double>(device, system, new KrylovOptions { RelativeTolerance = 1e-14 });
        var probes = device.Zeros<double>(new Shape(KktSystem<double>.TraceProbes));
        solver.Draw(1);
        solver.Probe(system.Step(x), probes);
        var report = solver.Solve(probes.ToArray(), b, x);
        TestContext.Out.WriteLine(report.Explanation);
        Assert.That(report.IsConverged, report.Explanation);
        system.Unscale(x);
        Assert.That(PoseNetworkOracle<double>.DigestDifference(system.Step(x), expected.GetProperty("dw")), Is.LessThan(1e-10));
        Assert.That(
            PoseNetworkOracle<double>.Difference(system.Multipliers(x), PoseNetworkOracle<double>.Numbers(expected.GetProperty("lambda"))),
            Is.LessThan(1e-10));
    }
}
