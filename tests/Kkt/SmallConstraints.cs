using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using Eigen = PoseEngine.Tests.Krylov.SymmetricEigen;

namespace PoseEngine.Tests.Kkt;

/// <summary>
/// Two constraints on five joints of a small network of every kind of layer, for chosen samples, with the KKT system of
/// Eq. 5 for a random right-hand side and its solution of minimum length from the rows themselves, in float64.
/// </summary>
internal sealed class SmallConstraints<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public const double Eta = 0.5;
    private static readonly Shape Image = new(2, 9, 9);
    private readonly double[][] _a;
    private readonly double[,] _gram;
    private readonly Eigen _s;

    /// <param name="device">Where it lies.</param>
    /// <param name="samples">Numbers of samples: equal numbers are the same image, 0 is black and has zero rows.</param>
    public SmallConstraints(ComputeDevice<T> device, params int[] samples)
    {
        var network = new Network<T>(device, Image, LayerSpec.ParseNetwork("conv3x2,pool2,relu,dense8,relu,dense15"));
        var inputs = device.Zeros(Image.Prepend(samples.Length));
        for (var k = 0; k < samples.Length; k++)
        {
            if (samples[k] == 0) continue;
            inputs.Slice(k * Image.Count, Image.Count).CopyFrom(Numbers.Normal(device, Image, (ulong)samples[k]).ToArray());
        }
        Function = new OutputConstraintFunction<T>(
            network.Linearize(network.InitializeHe(new RandomGenerator(3)), inputs),
            new LimbSymmetry<T>(device, 5, (0, 1, 2, 3), (1, 2, 3, 4)));
        Function.Update();
        _a = [.. Enumerable.Range(0, Rows).Select(r => Row(device, r))];
        var s = new double[Rows, Rows];
        for (var i = 0; i < s.Length; i++) s[i / Rows, i % Rows] = Dot(_a[i / Rows], _a[i % Rows]);
        (_gram, _s) = (s, new Eigen(s));
        RightHandSide = Numbers.Normal(device, new Shape(Parameters + Rows), 5);
    }

    public OutputConstraintFunction<T> Function { get; }

    /// <summary>The eta of the system.</summary>
    public double Weight { get; init; } = Eta;

    /// <summary>The relative damping of the system: delta trace(S) / N_C is added to the diagonal of S.</summary>
    public double Delta { get; init; }

    /// <summary>(b1, b2).</summary>
    public Tensor<T> RightHandSide { get; }

    public int Rank => _s.Rank;

    private int Rows => Function.RowCount;

    private int Parameters => Function.ParameterCount;

    /// <summary>Gives the rows of one sample the right-hand side of another.</summary>
    public void Repeat(int from, int to)
    {
        var size = Function.Constraint.RowsPerSample;
        RightHandSide.Slice(Parameters + (to * size), size).CopyFrom(RightHandSide.Slice(Parameters + (from * size), size).ToArray());
    }

    /// <summary>Lambda = (S + eta d I)^+ (A b1 - eta b2), dw = (b1 - A^T Lambda) / eta.</summary>
    public double[] Expected()
    {
        var (b1, b2) = Parts(RightHandSide);
        var lambda = Damped().PseudoInverse([.. _a.Select((row, r) => Dot(row, b1) - (Weight * b2[r]))]);
        var dw = b1.Select((b, i) => (b - _a.Select((row, r) => row[i] * lambda[r]).Sum()) / Weight);
        return [.. dw, .. lambda];
    }

    /// <summary>b2 less its part in the range of A.</summary>
    public double Contradiction()
    {
        var missed = _s.NullPart(Parts(RightHandSide).B2);
        return Math.Sqrt(Dot(missed, missed));
    }

    /// <summary>How far a solution is from the expected one, for each block relative to its size, or to 0.001 where it is zero.</summary>
    public double Distance(Tensor<T> x)
    {
        var (actual, expected) = (Numbers.Host(x), Expected());
        return Math.Max(Relative(actual[..Parameters], expected[..Parameters]), Relative(actual[Parameters..], expected[Parameters..]));
    }

    private static double Relative(double[] actual, double[] expected)
    {
        var difference = actual.Zip(expected, (a, e) => a - e).ToArray();
        return Math.Sqrt(Dot(difference, difference)) / Math.Max(Math.Sqrt(Dot(expected, expected)), 1e-3);
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    private Eigen Damped()
    {
        if (Delta == 0) return _s;
        var damped = (double[,])_gram.Clone();
        var trace = Enumerable.Range(0, Rows).Sum(r => _gram[r, r]);
        for (var r = 0; r < Rows; r++) damped[r, r] += Delta * trace / Rows;
        return new Eigen(damped);
    }

    private (double[] B1, double[] B2) Parts(Tensor<T> b)
    {
        var host = Numbers.Host(b);
        return (host[..Parameters], host[Parameters..]);
    }

    private double[] Row(ComputeDevice<T> device, int r)
    {
        var (unit, row) = (device.Zeros(Rows), device.Zeros(Parameters));
        unit.Slice(r, 1).CopyFrom([T.One]);
        Function.Lop(unit, row);
        return Numbers.Host(row);
    }
}
