using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>The KKT system of Eq. 5 on the Eq. 13 network against its published solutions.</summary>
[TestFixture(typeof(double), "cpu-simd", 1e-10)]
[TestFixture(typeof(float), "cpu-simd", 1e-4)]
public class ProjectedGradientSystemTests<T>(string deviceName, double tolerance)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private ComputeDevice<T> _device = null!;
    private PoseNetworkOracle<T> _oracle = null!;
    private ConstraintFunction<T> _constraint = null!;
    private Tensor<T> _gradient;

    [OneTimeSetUp]
    public void Linearize()
    {
        _device = Devices.Create<T>(deviceName);
        _oracle = new PoseNetworkOracle<T>(_device);
        var linearization = _oracle.Network.Linearize(_oracle.Weights, _oracle.Inputs);
        var residual = new Residual<T>(linearization);
        residual.Update(_oracle.Targets);
        _gradient = _device.Zeros(_oracle.Network.ParameterCount);
        residual.Lop(residual.Value, _gradient);
        _constraint = new ConstraintFunction<T>(linearization, new LimbSymmetry<T>(_device));
        _constraint.Update();
    }

    [OneTimeTearDown]
    public void Close() => _device.Dispose();

    [TestCase(1, "kkt_eq5_eta1")]
    [TestCase(10, "kkt_eq5_eta10")]
    public void SolutionAgrees(double eta, string name)
    {
        var system = new ProjectedGradientSystem<T>(_device, _constraint, eta);
        var (b, x) = (_device.Zeros(system.Size), _device.Zeros(system.Size));
        system.RightHandSide(_gradient, b);
        var scale = system.MultiplierScale(
            new RandomGenerator(1), _device.Zeros(2 * 24), _device.Zeros(_gradient.Count), _device.Zeros<double>(new Shape(2)));
        using var solver = new MinresQlp<T>(_device, system.Size);
        var refinement = new IterativeRefinement<T>(_device, solver);
        var report = refinement.Solve(system, b, x, steps: 2, Preconditioner<T>.TwoBlocks(_gradient.Count, eta, scale));
        TestContext.Out.WriteLine(report.Explanation);
        Assert.That(report.IsConverged, report.Explanation);
        Assert.That(PoseNetworkOracle<T>.DigestDifference(system.Step(x), _oracle[name].GetProperty("dw")), Is.LessThan(tolerance));
        Assert.That(
            PoseNetworkOracle<T>.Difference(system.Multipliers(x), PoseNetworkOracle<T>.Numbers(_oracle[name].GetProperty("lambda"))),
            Is.LessThan(tolerance));
    }

    [Test]
    public void OperatorIsSymmetricAndItsBlocksAreThoseOfAlgorithm1()
    {
        const double eta = 3;
        var system = new ProjectedGradientSystem<T>(_device, _constraint, eta);
        var generator = new RandomGenerator(2);
        var (u, v) = (Random(generator, system.Size), Random(generator, system.Size));
        var (bu, bv) = (_device.Zeros(system.Size), _device.Zeros(system.Size));
        system.Apply(u, bu);
        system.Apply(v, bv);
        var (left, right) = (_device.Vectors.Dot(bu, v), _device.Vectors.Dot(u, bv));
        var scale = _device.Vectors.Norm(bu) * _device.Vectors.Norm(v);
        Assert.That(Math.Abs(left - right) / scale, Is.LessThan(typeof(T) == typeof(double) ? 1e-13 : 1e-6));

        // With a zero multiplier block the product is (eta v1, Rop v1).
        _device.Vectors.Fill(system.Multipliers(v), T.Zero);
        system.Apply(v, bv);
        _device.Vectors.Axpy(-eta, system.Step(v), system.Step(bv));
        Assert.That(_device.Vectors.MaxAbs(system.Step(bv)), Is.LessThan(1e-5));
        var rop = _device.Zeros(24);
        _constraint.Rop(system.Step(v), rop);
        Assert.That(system.Multipliers(bv).ToArray(), Is.EqualTo(rop.ToArray()));
    }

    [Test]
    public void GramMatrixAgreesWithItsOracle()
    {
        // Row i of A is one L-op; S = A A^T.
        var expected = PoseNetworkOracle<T>.Numbers(_oracle["gram_matrix"]);
        var rows = new Tensor<T>[24];
        for (var i = 0; i < rows.Length; i++)
        {
            var unit = _device.Zeros(24);
            unit.Slice(i, 1).CopyFrom([T.One]);
            rows[i] = _device.Zeros(_gradient.Count);
            _constraint.Lop(unit, rows[i]);
        }
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                Assert.That(_device.Vectors.Dot(rows[i], rows[j]), Is.EqualTo(expected[(24 * i) + j]).Within(tolerance * expected.Max()));
            }
        }
    }

    private Tensor<T> Random(RandomGenerator generator, int count)
        => _device.From([.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating(generator.NextNormal()))]);
}
