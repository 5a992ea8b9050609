using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Expressions;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Layers;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Functions;

/// <summary>A v and A^T u by what forming S left of A, against the function's own R-op and L-op.</summary>
[TestFixture(typeof(double), "cpu-scalar")]
[TestFixture(typeof(double), "cpu-simd")]
[TestFixture(typeof(float), "cpu-simd")]
[TestFixture(typeof(double), "cuda-checked")]
[TestFixture(typeof(float), "cuda-checked")]
[TestFixture(typeof(double), "cuda-gpu")]
[TestFixture(typeof(float), "cuda-gpu")]
public sealed class RowProductTests<T>(string deviceName) : DeviceFixture<T>(deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static double Rounding => typeof(T) == typeof(double) ? 1e-12 : 2e-5;

    [TestCase("2x9x9", "conv3x2,pool2,relu,dense8,relu,dense6", TestName = "every kind of layer")]
    [TestCase("2x9x9", "conv3x3,relu,conv4x2,dense6", TestName = "convolutions alone")]
    [TestCase("7", "dense6", TestName = "one dense layer")]
    [TestCase("7", "dense5,relu,dense4,tanh,dense6", TestName = "dense layers")]
    public void ProductsAreThoseOfTheFunction(string input, string layers)
    {
        using var function = Function(input, layers);
        using var gram = new ConstraintGram<T>(function);
        Assert.That(gram.HasRows, Is.False, "S was not formed");
        gram.Form(new double[function.RowCount * function.RowCount]);
        Assert.That(gram.HasRows, Is.True);
        var (v, u) = (Numbers.Normal(Device, new Shape(function.ParameterCount), 7), Numbers.Normal(Device, new Shape(function.RowCount), 8));
        var (rows, parameters) = (Device.Zeros(function.RowCount), Device.Zeros(function.ParameterCount));
        function.Rop(v, rows);
        Close(gram.Rop(v), Numbers.Host(rows), "A v");
        function.Lop(u, parameters);
        var result = Numbers.Normal(Device, new Shape(function.ParameterCount), 9);
        gram.Lop(Numbers.Host(u), result);
        Close(Numbers.Host(result), Numbers.Host(parameters), "A^T u");
    }

    [Test]
    public void ALayerThatAddsItsShareInAnotherWayLeavesNoRows()
    {
        LayerWords.Register(ScaleSpec.Word);
        using var at = Network<T>.Parse(Device, "7", "dense6").CreateLinearization(2);
        using var sum = new GramSum<T>(at, 2, keepsRows: true);
        sum.Clear();
        sum.Begin(0, 48);
        sum.Add(Device.Zeros(new Shape(4, 47)));
        Assert.That(sum.Factors, Is.Null, "47 of 48 parameters");
        sum.Clear();
        sum.Begin(0, 48);
        sum.AddDense(Device.Zeros(new Shape(4, 6)), Device.Zeros(new Shape(2, 7)));
        Assert.That(sum.Factors, Is.Not.Null);
    }

    private OutputConstraintFunction<T> Function(string input, string layers)
    {
        var network = Network<T>.Parse(Device, input, layers);
        var constraint = ConstraintSet<T>.Parse(Device, new ExpressionVariables(outputs: 6), new("first", "norm(y[0:3]) = 1"), new("second", "y[3] * y[4] = y[5]"));
        var at = network.CreateLinearization(5);
        at.MoveTo(network.InitializeHe(new RandomGenerator(3)), new NetworkInput<T>(Numbers.Normal(Device, network.Input.Prepend(5), 4)));
        var function = new OutputConstraintFunction<T>(at, constraint);
        function.Update();
        return function;
    }

    private static void Close(double[] values, double[] expected, string what)
    {
        var scale = expected.Max(Math.Abs);
        Assert.That(values, Is.EqualTo(expected).Within(Rounding * scale), what);
    }
}
