using PoseEngine.Expressions;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Functions;

/// <summary>A loss written as text as the risk of a network: its derivatives, its model, and training by it.</summary>
[TestFixture("cpu-simd")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class OutputLossRiskTests(string deviceName)
{
    private const int Samples = 5;
    private ComputeDevice<double>? _opened;
    private Network<double> _network = null!;
    private Tensor<double> _w;
    private Batch<double> _batch;

    private ComputeDevice<double> Device => _opened!;

    [OneTimeSetUp]
    public void Open()
    {
        _opened = Devices.Create<double>(deviceName);
        _network = Network<double>.Parse(Device, "3", "dense6,tanh,dense2");
        _w = _network.InitializeHe(new RandomGenerator(3));
        _batch = new Batch<double>(Numbers.Normal(Device, new Shape(Samples, 3), 1), default)
        {
            Columns = Numbers.Normal(Device, new Shape(Samples, 1), 2),
        };
    }

    [OneTimeTearDown]
    public void Close() => _opened?.Dispose();

    [Test]
    public void TheGradientIsThatOfTheValue()
    {
        using var risk = Risk("exp(y1 / 4) + y2^4 - height y1");
        var (gradient, v) = (Device.Zeros(_w.Count), Numbers.Normal(Device, _w.Shape, 4));
        risk.MoveTo(_w, _batch);
        risk.Gradient(gradient);
        const double h = 1e-6;
        var difference = (Value(risk, At(v, h)) - Value(risk, At(v, -h))) / (2 * h);
        Assert.That(Device.Vectors.Dot(gradient, v), Is.EqualTo(difference).Within(1e-6 * Math.Abs(difference)));
    }

    /// <summary>For f = ||y||^2 / d it is Eq. 14 with targets of zero: the same value, gradient and Gauss-Newton matrix.</summary>
    [Test]
    public void TheSquareOfTheOutputsIsTheResidualsRisk()
    {
        using var risk = Risk("(y1^2 + y2^2) / 2");
        using var residual = new ResidualRisk<double>(_network, Samples);
        var zero = _batch with { Targets = Device.Zeros(new Shape(Samples, 2)) };
        risk.MoveTo(_w, zero);
        residual.MoveTo(_w, zero);
        var v = Numbers.Normal(Device, _w.Shape, 5);
        foreach (var (name, own, other) in Pairs(risk, residual, v)) Assert.That(own, Is.EqualTo(other).Within(1e-12), name);
    }

    /// <summary>The model behind a step is 2 R + 2 g dw + dw G dw, also for a loss that is not quadratic.</summary>
    [Test]
    public void ThePromiseIsTheQuadraticModel()
    {
        using var risk = Risk("exp(y1 / 4) + y2^4 - height y1");
        var v = Numbers.Normal(Device, _w.Shape, 6);
        risk.MoveTo(_w, _batch);
        var (gradient, product, number) = (Device.Zeros(_w.Count), Device.Zeros(_w.Count), Device.Zeros<double>(new Shape(1)));
        risk.Gradient(gradient);
        risk.GaussNewton(v, product);
        risk.Value(number);
        var expected = number.ToArray()[0] + (2 * Device.Vectors.Dot(gradient, v)) + Device.Vectors.Dot(v, product);
        risk.Promise(v, number);
        Assert.That(number.ToArray()[0], Is.EqualTo(expected).Within(1e-11 * Math.Abs(expected)));
        risk.Curvature(v, number);
        Assert.That(number.ToArray()[0], Is.EqualTo(Device.Vectors.Dot(v, product)).Within(1e-11 * Math.Abs(expected)));
    }

    [Test]
    public void LevenbergMarquardtTrainsByItUnderAConstraint()
    {
        var variables = new ExpressionVariables(2, columns: ["height"]);
        var constraint = PoseEngine.Constraints.ConstraintSet<double>.Parse(
            Device, variables, new PoseEngine.Constraints.ConstraintText("sum", "y1 + y2 = height"));
        var w = Device.From(_w.ToArray());
        using var method = new HardGaussNewton<double>(
            Risk("(y1 - 1)^2 + y2^2"), new OutputConstraintFunction<double>(_network, constraint, Samples), w, new HardGaussNewtonOptions(1, Adapts: true));
        StepReport? report = null;
        for (var i = 0; i < 20; i++) report = method.Step(_batch, _batch);

        // On y1 + y2 = h the least of (y1 - 1)^2 + y2^2 is (1 - h)^2 / 2, which the network can reach on five samples.
        var heights = _batch.Columns.ToArray();
        Assert.That(report!.ActiveViolation.Single(), Is.LessThan(1e-6));
        Assert.That(report.Loss, Is.EqualTo(heights.Average(h => Math.Pow(1 - h, 2) / 2)).Within(1e-3));
    }

    [Test]
    public void ANetworkWithOtherOutputsIsRefused()
    {
        var loss = new ExpressionLoss<double>(Device, new ExpressionVariables(3), "norm(y)");
        Assert.That(() => new OutputLossRisk<double>(_network, loss, 2), Throws.ArgumentException.With.Message.Contains("outputs of a network"));
    }

    private OutputLossRisk<double> Risk(string text)
        => new(_network, new ExpressionLoss<double>(Device, new ExpressionVariables(2, columns: ["height"]), text), Samples);

    private Tensor<double> At(Tensor<double> v, double h) => Numbers.Combine(Device, 1, _w, h, v);

    private double Value(Risk<double> risk, Tensor<double> w)
    {
        var number = Device.Zeros<double>(new Shape(1));
        risk.MoveTo(w, _batch);
        risk.Value(number);
        return number.ToArray()[0] / 2;
    }

    private IEnumerable<(string Name, double[] Own, double[] Other)> Pairs(OutputLossRisk<double> own, ResidualRisk<double> other, Tensor<double> v)
    {
        double[] Number(Action<Tensor<double>> write)
        {
            var number = Device.Zeros<double>(new Shape(1));
            write(number);
            return number.ToArray();
        }

        double[] Vector(Action<Tensor<double>> write)
        {
            var vector = Device.Zeros(_w.Count);
            write(vector);
            return vector.ToArray();
        }

        yield return ("value", Number(own.Value), Number(other.Value));
        yield return ("gradient", Vector(own.Gradient), Vector(other.Gradient));
        yield return ("product", Vector(r => own.GaussNewton(v, r)), Vector(r => other.GaussNewton(v, r)));
        yield return ("curvature", Number(r => own.Curvature(v, r)), Number(r => other.Curvature(v, r)));
        yield return ("promise", Number(r => own.Promise(v, r)), Number(r => other.Promise(v, r)));
    }
}
