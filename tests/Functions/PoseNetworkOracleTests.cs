using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Functions;

/// <summary>The Eq. 13 network, the residual of Eq. 14 and the constraints of Eq. 15 against published values.</summary>
[TestFixture(typeof(double), "cpu-scalar", 1e-10)]
[TestFixture(typeof(double), "cpu-simd", 1e-10)]
[TestFixture(typeof(float), "cpu-scalar", 1e-4)]
[TestFixture(typeof(float), "cpu-simd", 1e-4)]
[TestFixture(typeof(double), "cuda-shuffled", 1e-10)]
[TestFixture(typeof(float), "cuda-shuffled", 1e-4)]
[TestFixture(typeof(double), "cuda-gpu", 1e-10)]
[TestFixture(typeof(float), "cuda-gpu", 1e-4)]
public class PoseNetworkOracleTests<T>(string deviceName, double tolerance)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private ComputeDevice<T>? _opened;
    private PoseNetworkOracle<T> _oracle = null!;
    private Linearization<T> _linearization = null!;
    private ResidualRisk<T> _risk = null!;
    private Residual<T> _residual = null!;
    private OutputConstraintFunction<T> _constraint = null!;
    private Tensor<T> _vector;

    private ComputeDevice<T> Device => _opened!;

    [OneTimeSetUp]
    public void Linearize()
    {
        _opened = Devices.Create<T>(deviceName);
        _oracle = new PoseNetworkOracle<T>(Device);
        _linearization = _oracle.Network.Linearize(_oracle.Weights, _oracle.Inputs);
        _risk = new ResidualRisk<T>(_linearization);
        _residual = _risk.Residual;
        _residual.Update(_oracle.Targets);
        _constraint = new OutputConstraintFunction<T>(_linearization, new LimbSymmetry<T>(Device));
        _constraint.Update();
        _vector = Device.Zeros(_oracle.Network.ParameterCount);
    }

    [OneTimeTearDown]
    public void Close()
    {
        _linearization?.Dispose();
        _risk?.Dispose();
        _constraint?.Dispose();
        _opened?.Dispose();
    }

    [Test]
    public void NetworkHasThePaperSizes()
    {
        Assert.That(_oracle.Network.ParameterCount, Is.EqualTo(2_096_931));
        Assert.That(_oracle.Network.Layers[6].Output.ToString(), Is.EqualTo("8x11x11"));
        var tensors = _oracle["meta"].GetProperty("tensors").EnumerateArray().Select(t => t.GetProperty("name").GetString());
        Assert.That(_oracle.Network.Parameters.Select(p => p.Spec.Name), Is.EqualTo(tensors));
    }

    [Test]
    public void ForwardAgrees()
    {
        Check(PoseNetworkOracle<T>.Difference(_linearization.Output, PoseNetworkOracle<T>.Numbers(_oracle["output"].GetProperty("values"))));
        using var unfused = _oracle.Network.CreateLinearization(PoseNetworkOracle<T>.Batch, fuse: false);
        unfused.MoveTo(_oracle.Weights, _oracle.Inputs);
        Check(PoseNetworkOracle<T>.DigestDifference(unfused.ValueBehind("pool1"), _oracle["pool1"]));
        Check(PoseNetworkOracle<T>.DigestDifference(unfused.ValueBehind("pool2"), _oracle["pool2"]));
        Check(Math.Abs((_residual.Loss / _oracle["loss"].GetDouble()) - 1));
        Check(PoseNetworkOracle<T>.Difference(_constraint.Value, PoseNetworkOracle<T>.Numbers(_oracle["constraints"])));
    }

    [Test]
    public void LossGradientAgrees()
    {
        _residual.Lop(_residual.Value, _vector);
        CheckParameters("loss_gradient");
    }

    [Test]
    public void LopAgrees()
    {
        _constraint.Lop(_oracle.ConstraintWeights, _vector);
        CheckParameters("lop_constraints");
        _linearization.Lop(_oracle.OutputWeights, _vector);
        CheckParameters("lop_output");
    }

    [Test]
    public void RopAgrees()
    {
        var dy = Device.Zeros(_linearization.Output.Shape);
        _linearization.Rop(_oracle.Direction, dy);
        Check(PoseNetworkOracle<T>.Difference(dy, PoseNetworkOracle<T>.Numbers(_oracle["rop_output"])));
        var dc = Device.Zeros(_constraint.RowCount);
        _constraint.Rop(_oracle.Direction, dc);
        Check(PoseNetworkOracle<T>.Difference(dc, PoseNetworkOracle<T>.Numbers(_oracle["rop_constraints"])));
    }

    [Test]
    public void AdjointIdentityHolds()
    {
        var dc = Device.Zeros(_constraint.RowCount);
        _constraint.Rop(_oracle.Direction, dc);
        _constraint.Lop(_oracle.ConstraintWeights, _vector);
        var left = Device.Vectors.Dot(_oracle.ConstraintWeights, dc);
        var right = Device.Vectors.Dot(_vector, _oracle.Direction);
        Check(Math.Abs(left - right) / Math.Abs(left));
        Check(Math.Abs((left / _oracle["adjoint_check"].GetProperty("<u,Rop v>").GetDouble()) - 1));
    }

    [Test]
    public void PenaltyGradientAgrees()
    {
        var penalty = new SoftPenalty<T>(Device, _constraint, 100, PenaltyForm.Sum);
        var expected = _oracle["soft_loss_lambda100"];
        Check(Math.Abs(((_residual.Loss + penalty.Value) / expected.GetProperty("value").GetDouble()) - 1));
        var penaltyGradient = Device.Zeros(_vector.Count);
        penalty.Gradient(penaltyGradient);
        _residual.Lop(_residual.Value, _vector);
        Device.Vectors.Axpy(1, penaltyGradient, _vector);
        Check(PoseNetworkOracle<T>.DigestDifference(_vector, expected.GetProperty("gradient")));
    }

    [Test]
    public void GaussNewtonProductAgrees()
    {
        _risk.GaussNewton(_oracle.Direction, _vector);
        Check(PoseNetworkOracle<T>.DigestDifference(_vector, _oracle["gauss_newton_product"]));
    }

    [Test]
    public void ProductsReplayOneForwardPassWithoutAllocating()
    {
        var dc = Device.Zeros(_constraint.RowCount);
        var runs = _linearization.ForwardRuns;
        Assert.That(Allocations.Of(Replay), Is.Zero);
        Assert.That(_linearization.ForwardRuns, Is.EqualTo(runs));

        void Replay()
        {
            _constraint.Rop(_oracle.Direction, dc);
            _constraint.Lop(_oracle.ConstraintWeights, _vector);
        }
    }

    private void CheckParameters(string name)
    {
        var expected = _oracle[name];
        Check(PoseNetworkOracle<T>.DigestDifference(_vector, expected.GetProperty("all")));
        foreach (var parameter in _oracle.Network.Parameters)
        {
            if (!expected.TryGetProperty(parameter.Spec.Name, out var digest)) continue;
            Check(PoseNetworkOracle<T>.DigestDifference(_vector.Slice(parameter.Offset, parameter.Spec.Shape.Count), digest));
        }
    }

    private void Check(double difference) => Assert.That(difference, Is.LessThan(tolerance));
}
