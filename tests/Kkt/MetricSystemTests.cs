using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>
/// The KKT systems of Eq. 6 and 12 on a small network: their products against the blocks computed one by one, and their
/// solutions against what the equations say of them.
/// </summary>
[TestFixture("cpu-scalar")]
[TestFixture("cpu-simd")]
[TestFixture("cuda-shuffled")]
[TestFixture("cuda-gpu")]
public class MetricSystemTests(string deviceName)
{
    private const double Eta = 0.5;
    private static readonly Shape Image = new(2, 9, 9);
    private ComputeDevice<double>? _opened;
    private OutputConstraintFunction<double> _constraint = null!;
    private ResidualRisk<double> _risk = null!;
    private Residual<double> _residual = null!;
    private Tensor<double> _gradient;

    private ComputeDevice<double> Device => _opened!;

    [OneTimeSetUp]
    public void Linearize()
    {
        _opened = Devices.Create<double>(deviceName);
        var network = new Network<double>(Device, Image, LayerSpec.ParseNetwork("conv3x2,pool2,relu,dense8,relu,dense15"));
        var w = network.InitializeHe(new RandomGenerator(3));
        _constraint = new OutputConstraintFunction<double>(
            network.Linearize(w, Numbers.Normal(Device, Image.Prepend(2), 1)), new LimbSymmetry<double>(Device, 5, (0, 1, 2, 3), (1, 2, 3, 4)));
        _constraint.Update();
        _risk = new ResidualRisk<double>(network.Linearize(w, Numbers.Normal(Device, Image.Prepend(3), 2)));
        _residual = _risk.Residual;
        _residual.Update(Numbers.Normal(Device, new Shape(3, 15), 4));
        _gradient = Device.Zeros(network.ParameterCount);
        _residual.Lop(_residual.Value, _gradient);
    }

    [OneTimeTearDown]
    public void Close()
    {
        _constraint?.Dispose();
        _risk?.Dispose();
        _opened?.Dispose();
    }

    [Test]
    public void Algorithm2IsItsBlocks()
    {
        var system = new GaussNewtonSystem<double>(Device, _constraint, _risk, Eta);
        var v = Numbers.Normal(Device, new Shape(system.Size), 7);
        var y = Device.Zeros(system.Size);
        system.Apply(v, y);
        var (jv, jjv, lop) = (Device.Zeros(_residual.RowCount), Device.Zeros(_gradient.Count), Device.Zeros(_gradient.Count));
        _residual.Rop(system.Step(v), jv);
        _residual.Lop(jv, jjv);
        _constraint.Lop(system.Multipliers(v), lop);
        var expected = Numbers.Combine(Device, 1, Numbers.Combine(Device, 1, jjv, Eta, system.Step(v)), 1, lop);
        Assert.That(system.Step(y).ToArray(), Is.EqualTo(expected.ToArray()).Within(1e-12));
        var rop = Device.Zeros(_constraint.RowCount);
        _constraint.Rop(system.Step(v), rop);
        Assert.That(system.Multipliers(y).ToArray(), Is.EqualTo(rop.ToArray()));
        IsSymmetric(system);
    }

    [Test]
    public void AStepOfEq6MeetsTheConstraintsAndBalancesTheGradient()
    {
        var system = new GaussNewtonSystem<double>(Device, _constraint, _risk, Eta);
        var x = Solve(system, _gradient);
        MeetsTheConstraints(system, x);

        // (J^T J + eta I) dw + A^T Lambda = -J^T r.
        var (left, pull) = (Device.Zeros(_gradient.Count), Device.Zeros(_gradient.Count));
        _risk.GaussNewton(system.Step(x), left);
        Device.Vectors.Axpy(Eta, system.Step(x), left);
        _constraint.Lop(system.Multipliers(x), pull);
        Device.Vectors.Axpy(1, pull, left);
        Device.Vectors.Axpy(1, _gradient, left);
        Assert.That(Device.Vectors.Norm(left), Is.LessThan(1e-9 * Device.Vectors.Norm(_gradient)));
    }

    [Test]
    public void TheSizeOfTheCurvatureChangesTheWayNotTheStep()
    {
        var system = new GaussNewtonSystem<double>(Device, _constraint, _risk, Eta);
        var plain = Solve(system, _gradient).ToArray();
        system.Curvature = 4000;
        Assert.That(system.MetricSize, Is.EqualTo(4));
        Assert.That(Solve(system, _gradient).ToArray(), Is.EqualTo(plain).Within(1e-8 * plain.Max(Math.Abs)));
    }

    [Test]
    public void ARecordedProductFollowsANewEta()
    {
        var system = new GaussNewtonSystem<double>(Device, _constraint, _risk, Eta);
        var v = Numbers.Normal(Device, new Shape(system.Size), 7);
        var (product, expected) = (Device.Zeros(system.Size), Device.Zeros(system.Size));
        using var recording = Device.Record("product", () => system.Apply(v, product));
        var before = system.MemoryVersion;
        for (var factor = 1; factor <= 4; factor++)
        {
            system.Eta = factor * Eta;
            recording.Run();
            using var other = new GaussNewtonSystem<double>(Device, _constraint, _risk, factor * Eta);
            other.Apply(v, expected);
            Assert.That(product.ToArray(), Is.EqualTo(expected.ToArray()));
        }
        Assert.That(system.MemoryVersion, Is.EqualTo(before));
        Assert.That(() => system.Eta = 0, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("eta"));
    }

    [Test]
    public void AStepOfEq12IsThatOfTheUnscaledSystem()
    {
        // D from 1e-4 to 1e4.
        var d = Numbers.Host(Numbers.Normal(Device, new Shape(_gradient.Count), 9)).Select(x => Math.Pow(10, Math.Clamp(2 * x, -4, 4))).ToArray();
        var system = new ConstrainedAdamSystem<double>(Device, _constraint, Device.From([.. d.Select(x => 1 / Math.Sqrt(x))]));
        IsSymmetric(system);
        var x = Solve(system, _gradient);
        system.Unscale(x);
        MeetsTheConstraints(system, x);

        // D dw + A^T Lambda = -m.
        var pull = Device.Zeros(_gradient.Count);
        _constraint.Lop(system.Multipliers(x), pull);
        var (dw, a, m) = (Numbers.Host(system.Step(x)), Numbers.Host(pull), Numbers.Host(_gradient));
        for (var i = 0; i < d.Length; i++)
        {
            Assert.That((d[i] * dw[i]) + a[i] + m[i], Is.Zero.Within(1e-7 * Math.Sqrt(d[i])), $"parameter {i}");
        }
    }

    [Test]
    public void ScaledParametersChangeBothProductsAlike()
    {
        var scale = Numbers.Normal(Device, new Shape(_gradient.Count), 11);
        var scaled = new ScaledFunction<double>(Device, _constraint, scale);
        var (v, u) = (Numbers.Normal(Device, scale.Shape, 12), Numbers.Normal(Device, new Shape(scaled.RowCount), 13));
        var (rop, lop) = (Device.Zeros(scaled.RowCount), Device.Zeros(scale.Count));
        scaled.Rop(v, rop);
        scaled.Lop(u, lop);
        Assert.That(Numbers.Dot(u, rop), Is.EqualTo(Numbers.Dot(lop, v)).Within(1e-12 * Numbers.Norm(u) * Numbers.Norm(rop)));
        var expected = Device.Zeros(scaled.RowCount);
        Device.Vectors.Multiply(scale, v, v);
        _constraint.Rop(v, expected);
        Assert.That(rop.ToArray(), Is.EqualTo(expected.ToArray()));
    }

    private Tensor<double> Solve(KktSystem<double> system, Tensor<double> gradient)
    {
        var (b, x) = (Device.Zeros(system.Size), Device.Zeros(system.Size));
        system.RightHandSide(gradient, b);
        using var solver = new KktKrylov<double>(Device, system, new KrylovOptions { RelativeTolerance = 1e-14 });
        var probes = Device.Zeros<double>(new Shape(KktSystem<double>.TraceProbes));
        solver.Draw(1);
        solver.Probe(system.Step(x), probes);
        var report = solver.Solve(probes.ToArray(), b, x);
        Assert.That(report.IsConverged, report.Explanation);
        return x;
    }

    private void MeetsTheConstraints(KktSystem<double> system, Tensor<double> x)
    {
        var missed = Device.Zeros(_constraint.RowCount);
        _constraint.Rop(system.Step(x), missed);
        Device.Vectors.Axpy(1, _constraint.Value, missed);
        Assert.That(Device.Vectors.Norm(missed), Is.LessThan(1e-9 * Device.Vectors.Norm(_constraint.Value)));
    }

    private void IsSymmetric(KktSystem<double> system)
    {
        var (u, v) = (Numbers.Normal(Device, new Shape(system.Size), 5), Numbers.Normal(Device, new Shape(system.Size), 6));
        var (bu, bv) = (Device.Zeros(system.Size), Device.Zeros(system.Size));
        system.Apply(u, bu);
        system.Apply(v, bv);
        Assert.That(Numbers.Dot(bu, v), Is.EqualTo(Numbers.Dot(u, bv)).Within(1e-12 * Numbers.Norm(bu) * Numbers.Norm(v)));
    }
}
