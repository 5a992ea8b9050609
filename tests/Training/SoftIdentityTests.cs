using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>
/// The dial between hard and soft: the damped step of [H A^T; A -d I] solves (H + 2 lambda A^T A) dw = -(g + 2 lambda A^T C) with
/// lambda = 1 / (2 d), so that it is the Gauss-Newton step of the soft objective R + lambda ||C||^2 of Eq. 3. H, A and g are
/// formed here by products with unit vectors, and the system is solved by elimination. In Eq. 12 the first moment m stands for g.
/// </summary>
[TestFixture("cpu-scalar")]
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public sealed class SoftIdentityTests(string deviceName) : DeviceFixture<double>(deviceName)
{
    private const int Samples = 3;
    private const double Eta = 50, Epsilon = 1e-3;
    private static readonly Shape Image = new(2, 5, 5);
    private static readonly KrylovOptions Exact = new() { RelativeTolerance = 1e-15, MaxIterations = 5000 };

    [Test]
    public void TheDampedStepIsTheGaussNewtonStepOfTheSoftObjective(
        [Values("gram", "lsqr", "minres-qlp", "projected", "preconditioned", "gauss-newton", "adam")] string name, [Values(0.05, 3)] double delta)
    {
        var network = Network<double>.Parse(Device, "2x5x5", "conv2x2,relu,dense12");
        var w = network.InitializeHe(new RandomGenerator(3));
        var (batch, active) = (Draw(1), Draw(2));
        using var method = Method(name, network, w, delta);
        if (name == "adam") method.Step(batch);
        var before = w.ToArray();
        var report = method.Step(batch, active);

        var expected = SoftStep(network, before, batch, active, 1 / (2 * report.Solve!.Damping), method);
        var dw = w.ToArray().Zip(before, (after, own) => after - own).ToArray();
        Assert.That(report.Solve.Damping, Is.Positive);
        Assert.That(dw, Is.EqualTo(expected).Within(1e-10 * expected.Max(Math.Abs)), report.Solve.Explanation);
    }

    private HardMethod<double> Method(string name, Network<double> network, Tensor<double> w, double delta)
    {
        var (risk, constraint) = (new ResidualRisk<double>(network, Samples), Constraint(network));
        TOptions With<TOptions>(TOptions options)
            where TOptions : HardOptions
            => options with { Delta = delta, Krylov = Exact };
        return name switch
        {
            "adam" => new HardAdam<double>(risk, constraint, w, With(new HardAdamOptions(Eta) { Warmup = 1, Moments = new AdamOptions(Epsilon: Epsilon) })),
            "gauss-newton" => new HardGaussNewton<double>(risk, constraint, w, With(new HardGaussNewtonOptions(Eta, Adapts: false))),
            _ => new HardSgd<double>(risk, constraint, w, With(new HardSgdOptions(Eta)
            {
                Solver = name switch
                {
                    "gram" => KktSolver.Gram,
                    "lsqr" => KktSolver.Lsqr,
                    "projected" => KktSolver.ProjectedMinresQlp,
                    "preconditioned" => KktSolver.PreconditionedMinresQlp,
                    _ => KktSolver.MinresQlp,
                },
            })),
        };
    }

    private double[] SoftStep(Network<double> network, double[] w, Batch<double> batch, Batch<double> active, double lambda, HardMethod<double> method)
    {
        var point = Device.From(w, new Shape(w.Length));
        using var risk = new ResidualRisk<double>(network, Samples);
        using var constraint = Constraint(network);
        risk.MoveTo(point, batch);
        constraint.MoveTo(point, active);
        var gradient = Device.Zeros(w.Length);
        risk.Gradient(gradient);
        var (hessian, g) = (Metric(method, risk, w.Length), gradient.ToArray());
        if (method is HardAdam<double>) g = State(method, "adam.m");
        var c = constraint.Value.ToArray();
        for (var r = 0; r < c.Length; r++)
        {
            var row = Product(constraint.Lop, c.Length, w.Length, r);
            for (var i = 0; i < w.Length; i++)
            {
                g[i] += 2 * lambda * row[i] * c[r];
                for (var j = 0; j < w.Length; j++) hessian[i][j] += 2 * lambda * row[i] * row[j];
            }
        }
        return Eliminate(hessian, [.. g.Select(own => -own)]);
    }

    /// <summary>H of Eq. 5, 6 or 12.</summary>
    private double[][] Metric(HardMethod<double> method, ResidualRisk<double> risk, int count)
    {
        var metric = new double[count][];
        var f = Math.Sqrt(1 - Math.Pow(0.999, 2)) / (1 - Math.Pow(0.9, 2));
        double[] diagonal = method is HardAdam<double>
            ? [.. State(method, "adam.v").Select(v => Eta * f * (Math.Sqrt(v) + Epsilon))]
            : [.. Enumerable.Repeat(Eta, count)];
        for (var i = 0; i < count; i++)
        {
            metric[i] = method is HardGaussNewton<double> ? Product(risk.GaussNewton, count, count, i) : new double[count];
            metric[i][i] += diagonal[i];
        }
        return metric;
    }

    private double[] Product(Action<Tensor<double>, Tensor<double>> product, int from, int to, int unit)
    {
        var (v, result) = (Device.Zeros(from), Device.Zeros(to));
        v.Slice(unit, 1).CopyFrom([1]);
        product(v, result);
        return result.ToArray();
    }

    private static double[] State(HardMethod<double> method, string name) => method.State.Single(state => state.Name == name).Vector.ToArray();

    /// <summary>The solution of a positive definite system by elimination without pivots.</summary>
    private static double[] Eliminate(double[][] matrix, double[] x)
    {
        for (var k = 0; k < x.Length; k++)
        {
            for (var i = k + 1; i < x.Length; i++)
            {
                var factor = matrix[i][k] / matrix[k][k];
                for (var j = k; j < x.Length && factor != 0; j++) matrix[i][j] -= factor * matrix[k][j];
                x[i] -= factor * x[k];
            }
        }
        for (var k = x.Length - 1; k >= 0; k--)
        {
            for (var j = k + 1; j < x.Length; j++) x[k] -= matrix[k][j] * x[j];
            x[k] /= matrix[k][k];
        }
        return x;
    }

    private OutputConstraintFunction<double> Constraint(Network<double> network)
        => new(network, new LimbSymmetry<double>(Device, 4, (0, 1, 2, 3)), Samples);

    private Batch<double> Draw(ulong seed)
        => new(Numbers.Normal(Device, Image.Prepend(Samples), seed), Numbers.Normal(Device, new Shape(Samples, 12), seed + 10));
}
