namespace PoseEngine.Experiments.Checks;

/// <summary>
/// The derivative proofs on a device: the R-op against central differences (float64) or against the float64 CPU device
/// (float32, where differences cannot resolve it), the adjoint identity, and linearity.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class DerivativeChecks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Half the distance of central differences, relative to parameters of size one.</summary>
    private const double Step = 1e-6;

    private readonly ComputeDevice<T> _device;
    private readonly ulong _seed;

    /// <summary>Proofs on a device with random numbers from a seed.</summary>
    public DerivativeChecks(ComputeDevice<T> device, ulong seed) => (_device, _seed) = (device, seed);

    private static bool IsDouble => typeof(T) == typeof(double);

    private static double ExactTolerance => IsDouble ? 1e-12 : 1e-5;

    /// <summary>Proves one case.</summary>
    public IReadOnlyList<CheckResult> Run(CheckCase check)
    {
        var generator = new RandomGenerator(_seed, 7);
        var network = new Network<double>(new CpuDevice<double>(1), check.Input, LayerSpec.ParseNetwork(check.Network));
        var count = network.ParameterCount;
        var w = network.InitializeHe(generator).ToArray();
        foreach (var bias in network.Parameters.Where(p => p.IsBias))
        {
            foreach (ref var value in w.AsSpan(bias.Offset, bias.Spec.Shape.Count)) value = 0.1 * generator.NextNormal();
        }
        var inputs = check.Samples?.Inputs ?? Normal(generator, check.Input.Count * check.Batch, 0.5);
        var targets = Normal(generator, network.Output.Count * check.Batch, 1);
        var (v, v2) = (Normal(generator, count, Size(w)), Normal(generator, count, Size(w)));
        using var reference = new CpuDevice<double>();
        var functions = FunctionAt<T>.Of(check, _device, inputs, targets);
        var references = FunctionAt<double>.Of(check, reference, inputs, targets);
        return [.. functions.Zip(references).SelectMany(pair => Prove(pair.First, pair.Second, reference, w, v, v2, generator))];
    }

    private IEnumerable<CheckResult> Prove(
        FunctionAt<T> function, FunctionAt<double> reference, ComputeDevice<double> referenceDevice, double[] w, double[] v,
        double[] v2, RandomGenerator generator)
    {
        var wDevice = Vector(w);
        function.MoveTo(wDevice);
        var (direction, direction2) = (Vector(v), Vector(v2));
        var rows = function.Function.RowCount;
        var (rop, rop2, ropSum) = (_device.Zeros(rows), _device.Zeros(rows), _device.Zeros(rows));
        function.Function.Rop(direction, rop);
        if (IsDouble)
        {
            var expected = CentralDifference(reference, referenceDevice, w, v);
            yield return new CheckResult($"{function.Name}: R-op against central differences", Relative(rop, expected), 1e-6);
        }
        else
        {
            var expected = ReferenceRop(reference, referenceDevice, w, v);
            yield return new CheckResult($"{function.Name}: R-op against float64", Relative(rop, expected), 1e-4);
        }

        var u = Vector(Normal(generator, rows, 1));
        var lop = _device.Zeros(wDevice.Count);
        function.Function.Lop(u, lop);
        var (left, right) = (_device.Vectors.Dot(u, rop), _device.Vectors.Dot(lop, direction));
        var scale = Math.Max(_device.Vectors.Norm(u) * _device.Vectors.Norm(rop), double.Epsilon);
        yield return new CheckResult($"{function.Name}: adjoint identity", Math.Abs(left - right) / scale, ExactTolerance);

        function.Function.Rop(direction2, rop2);
        _device.Vectors.Combine(2, direction, -3, direction2, direction);
        function.Function.Rop(direction, ropSum);
        _device.Vectors.Combine(2, rop, -3, rop2, rop);
        yield return new CheckResult($"{function.Name}: linearity", Relative(ropSum, Numbers(rop)), ExactTolerance);
    }

    private static double[] CentralDifference(FunctionAt<double> function, ComputeDevice<double> device, double[] w, double[] v)
    {
        var above = function.MoveTo(device.From([.. w.Zip(v, (a, b) => a + (Step * b))]));
        var below = function.MoveTo(device.From([.. w.Zip(v, (a, b) => a - (Step * b))]));
        return [.. above.Zip(below, (a, b) => (a - b) / (2 * Step))];
    }

    private static double[] ReferenceRop(FunctionAt<double> function, ComputeDevice<double> device, double[] w, double[] v)
    {
        function.MoveTo(device.From(w));
        var rop = device.Zeros(function.Function.RowCount);
        function.Function.Rop(device.From(v), rop);
        return rop.ToArray();
    }

    private static double Relative(Tensor<T> actual, double[] expected)
    {
        var scale = expected.Max(Math.Abs);
        var worst = Numbers(actual).Zip(expected, (a, e) => Math.Abs(a - e)).Max();
        return worst == 0 ? 0 : worst / scale;
    }

    private static double[] Numbers(Tensor<T> tensor) => [.. tensor.ToArray().Select(x => double.CreateTruncating(x))];

    private static double[] Normal(RandomGenerator generator, int count, double deviation)
        => [.. Enumerable.Range(0, count).Select(_ => deviation * generator.NextNormal())];

    /// <summary>The root mean square of w: directions of its size move the outputs by about their own size.</summary>
    private static double Size(double[] w) => Math.Sqrt(w.Sum(x => x * x) / w.Length);

    private Tensor<T> Vector(double[] numbers) => _device.From(FunctionAt<T>.Convert(numbers));
}
