using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>One proof: a relative difference that was measured, and the largest that passes.</summary>
/// <param name="Name">What was proved, such as "adjoint identity".</param>
/// <param name="Value">The difference found.</param>
/// <param name="Tolerance">What it may be.</param>
public sealed record ProofResult(string Name, double Value, double Tolerance)
{
    /// <summary>Whether the difference is within its tolerance; NaN never is.</summary>
    public bool Passed => Value <= Tolerance;
}

/// <summary>A function of w with what moves it: central differences need its value at other points.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Device">Where it computes.</param>
/// <param name="Function">The function.</param>
/// <param name="MoveTo">Moves it to w [N_P], which stays as it is for as long as products are taken.</param>
public sealed record MovableFunction<T>(ComputeDevice<T> Device, DifferentiableFunction<T> Function, Action<Tensor<T>> MoveTo)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>
/// Proves derivatives at a point w in two random directions: the R-op against central differences (float64) or against
/// float64 (float32, where differences cannot resolve it), the adjoint identity u.(Rop v) = (Lop u).v, and linearity.
/// </summary>
public sealed class DerivativeProof
{
    /// <summary>Half the distance of central differences, relative to parameters of size one.</summary>
    private const double Step = 1e-6;

    private readonly double[] _w;
    private readonly double[] _v;
    private readonly double[] _v2;
    private readonly RandomGenerator _generator;

    /// <summary>A proof at a point, for one function or for several of the same parameters.</summary>
    /// <param name="w">The point [N_P], where the functions should be smooth; it is not copied.</param>
    /// <param name="generator">What directions, of the size of w, and weights of rows are drawn from.</param>
    /// <exception cref="ArgumentException">The point has no parameters.</exception>
    public DerivativeProof(double[] w, RandomGenerator generator)
    {
        if (w.Length == 0) throw new ArgumentException("a point without parameters has no derivatives to be proved", nameof(w));
        (_w, _generator) = (w, generator);
        // The root mean square of w: directions of its size move the values by about their own size.
        var size = Math.Sqrt(w.Sum(x => x * x) / w.Length);
        (_v, _v2) = (Normal(w.Length, size), Normal(w.Length, size));
    }

    /// <summary>Proves a function of float64 against its own differences.</summary>
    /// <exception cref="ArgumentException">The function has another number of parameters than the point.</exception>
    public IReadOnlyList<ProofResult> Of(MovableFunction<double> function) => Of(function, function);

    /// <summary>Proves a function against one in float64 that should be the same, such as its twin on the CPU.</summary>
    /// <exception cref="ArgumentException">A function has another number of parameters than the point, or they have different rows.</exception>
    public IReadOnlyList<ProofResult> Of<T>(MovableFunction<T> function, MovableFunction<double> reference)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (f, device, isDouble) = (function.Function, function.Device, typeof(T) == typeof(double));
        Guard.Equal(f.ParameterCount, _w.Length, "the proof of a function of so many parameters");
        Guard.Equal(reference.Function.ParameterCount, _w.Length, "the reference of a proof, in parameters,");
        Guard.Equal(reference.Function.RowCount, f.RowCount, "the reference of a proof, in rows,");
        // Before the function moves: it may be its own reference.
        var expected = isDouble ? CentralDifference(reference) : RopOf(reference);
        var (w, v, v2) = (Vector(device, _w), Vector(device, _v), Vector(device, _v2));
        function.MoveTo(w);
        var (rop, rop2, ropSum) = (device.Zeros(f.RowCount), device.Zeros(f.RowCount), device.Zeros(f.RowCount));
        f.Rop(v, rop);
        var difference = isDouble
            ? new ProofResult("R-op against central differences", Relative(rop, expected), 1e-6)
            : new ProofResult("R-op against float64", Relative(rop, expected), 1e-4);

        var exact = isDouble ? 1e-12 : 1e-5;
        var (u, lop) = (Vector(device, Normal(f.RowCount, 1)), device.Zeros(w.Count));
        f.Lop(u, lop);
        var scale = Math.Max(device.Vectors.Norm(u) * device.Vectors.Norm(rop), double.Epsilon);
        var adjoint = new ProofResult("adjoint identity", Math.Abs(device.Vectors.Dot(u, rop) - device.Vectors.Dot(lop, v)) / scale, exact);

        f.Rop(v2, rop2);
        device.Vectors.Combine(2, v, -3, v2, v);
        f.Rop(v, ropSum);
        device.Vectors.Combine(2, rop, -3, rop2, rop);
        return [difference, adjoint, new ProofResult("linearity", Relative(ropSum, Numbers(rop)), exact)];
    }

    private double[] CentralDifference(MovableFunction<double> function)
    {
        var (above, below) = (ValueAt(Step), ValueAt(-Step));
        return [.. above.Zip(below, (a, b) => (a - b) / (2 * Step))];

        double[] ValueAt(double step)
        {
            function.MoveTo(function.Device.From([.. _w.Zip(_v, (a, b) => a + (step * b))]));
            return function.Function.Value.ToArray();
        }
    }

    private double[] RopOf(MovableFunction<double> function)
    {
        function.MoveTo(function.Device.From(_w));
        var rop = function.Device.Zeros(function.Function.RowCount);
        function.Function.Rop(function.Device.From(_v), rop);
        return rop.ToArray();
    }

    private static double Relative<T>(Tensor<T> actual, double[] expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var worst = Numbers(actual).Zip(expected, (a, e) => Math.Abs(a - e)).Max();
        return worst == 0 ? 0 : worst / expected.Max(Math.Abs);
    }

    private static double[] Numbers<T>(Tensor<T> tensor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Array.ConvertAll(tensor.ToArray(), double.CreateTruncating);

    private static Tensor<T> Vector<T>(ComputeDevice<T> device, double[] numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => device.From(Array.ConvertAll(numbers, T.CreateTruncating));

    private double[] Normal(int count, double deviation)
    {
        var numbers = new double[count];
        foreach (ref var number in numbers.AsSpan()) number = deviation * _generator.NextNormal();
        return numbers;
    }
}
