using System.Globalization;
using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Expressions;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Kkt;

/// <summary>
/// S from sums in blocks of float32 where it is well conditioned, in float64 where it is not; the solution and the rank are those of
/// float64 either way. Two rows of each sample, y_0 = 1 and scale (y_0 + e y_1) = scale, come together as e falls.
/// </summary>
public sealed class BlockedGramTests
{
    private const double Eta = 3;
    private const int Samples = 20;

    [TestCase(1, 1, true)]
    [TestCase(0.3, 1, true)]
    [TestCase(1e-3, 1, false, TestName = "nearly dependent rows")]
    [TestCase(1, 0.003, false, TestName = "badly scaled rows")]
    [TestCase(1, 100, false, TestName = "rows scaled up")]
    public void RegularSystemsHaveTheSolutionOfFloat64(double e, double scale, bool inBlocks)
    {
        using var single = new Problem<float>(e, scale, 0);
        using var wide = new Problem<double>(e, scale, 0);
        var (report, expected) = (single.Solve(), wide.Solve());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(single.IsInBlocks(), Is.EqualTo(inBlocks));
            Assert.That(report.Exit, Is.EqualTo(SolveExit.Solved), report.Explanation);
            Assert.That(report.Gram!.Value.Rank, Is.EqualTo(2 * Samples));
            Assert.That(report.BackwardError, Is.LessThan(2e-6));
            Assert.That(expected.BackwardError, Is.LessThan(1e-13));
            var (dw, exact) = (single.Step(), wide.Step());
            Assert.That(dw.Zip(exact, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(2e-5 / Math.Min(e * scale, 1) * exact.Max(Math.Abs)));
        }
    }

    [TestCase(0, SolveExit.Solved, TestName = "dependent rows")]
    [TestCase(1, SolveExit.LeastSquares, TestName = "contradictory rows")]
    public void SingularSystemsKeepTheirRank(double contradiction, SolveExit exit)
    {
        using var single = new Problem<float>(0, 1, contradiction);
        using var wide = new Problem<double>(0, 1, contradiction);
        var report = single.Solve();
        wide.Solve();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(single.IsInBlocks(), Is.False);
            Assert.That(report.Exit, Is.EqualTo(exit), report.Explanation);
            Assert.That(report.Gram!.Value.Rank, Is.EqualTo(Samples));
            Assert.That(report.Gram!.Value.Gap, Is.GreaterThan(1e4));
            var (dw, exact) = (single.Step(), wide.Step());
            Assert.That(dw.Zip(exact, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(2e-5 * exact.Max(Math.Abs)));
        }
    }

    [Test]
    public void DampingMakesASingularSystemOneForBlocks()
    {
        using var single = new Problem<float>(0, 1, 1);
        Assert.That(single.IsInBlocks(delta: 0.1), Is.True);
        Assert.That(single.IsInBlocks(), Is.False, "undamped");
    }

    [Test]
    public void InFloat64NothingIsTriedInBlocks()
    {
        using var wide = new Problem<double>(1, 1, 0);
        Assert.That(wide.IsInBlocks(), Is.False);
    }

    private sealed class Problem<T> : IDisposable
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly CpuDevice<T> _device = new(2);
        private readonly OutputConstraintFunction<T> _function;
        private readonly Tensor<T> _b;
        private readonly Tensor<T> _x;

        public Problem(double e, double scale, double contradiction)
        {
            var network = Network<T>.Parse(_device, "9", "dense64,relu,dense3");
            string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
            var constraint = ConstraintSet<T>.Parse(
                _device, new ExpressionVariables(outputs: 3), new("first", "y[0] = 1"),
                new("second", $"{Text(scale)} * (y[0] + {Text(e)} * y[1]) = {Text(scale * (1 + contradiction))}"));
            var at = network.CreateLinearization(Samples);
            var w = _device.Zeros(network.ParameterCount);
            w.CopyFrom([.. network.InitializeHe(new RandomGenerator(1)).ToArray()]);
            at.MoveTo(w, new NetworkInput<T>(Numbers.Normal(_device, new Shape(Samples, 9), 4)));
            _function = new OutputConstraintFunction<T>(at, constraint);
            _function.Update();
            _b = _device.Zeros(network.ParameterCount + _function.RowCount);
            _b.Slice(0, network.ParameterCount).CopyFrom(Numbers.Normal(_device, new Shape(network.ParameterCount), 5).ToArray());
            _device.Vectors.Scale(-1, _function.Value, _b.Slice(network.ParameterCount, _function.RowCount));
            _x = _device.Zeros(_b.Count);
        }

        public KktReport Solve()
        {
            using var solver = new GramSolver<T>(_device, _function, Eta);
            return solver.Solve(_b, _x);
        }

        public double[] Step() => Numbers.Host(_x.Slice(0, _function.ParameterCount));

        public bool IsInBlocks(double delta = 0)
        {
            using var system = new GramSystem<T>(_device, _function);
            Assert.That(system.Form(delta, isExact: false, CancellationToken.None), Is.EqualTo(SolveExit.None));
            return !system.IsExact;
        }

        public void Dispose()
        {
            _function.Dispose();
            _function.Linearization.Dispose();
            _device.Dispose();
        }
    }
}
