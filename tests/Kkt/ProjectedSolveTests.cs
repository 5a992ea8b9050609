using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tests.Krylov;

namespace PoseEngine.Tests.Kkt;

/// <summary>What the Gram matrix is worth to MINRES-QLP in float32, on stored systems that contradict themselves.</summary>
public class ProjectedSolveTests
{
    [TestCase("d2_kkt_dup_inconsistent", 1e-6, 50)]
    [TestCase("d3_kkt_eta1e-3_inconsistent", 1e-6, 500)]
    public void ContradictionsCostNoDigits(string name, double error, double gain)
    {
        var stored = OracleSystem.Load(name);
        using var device = new CpuDevice<float>(1);
        var system = new DeviceDenseOperator<float>(device, stored.Matrix);
        var (b, x) = (device.From([.. stored.RightHandSide.Select(value => (float)value)]), device.Zeros(stored.Size));
        using var plain = new MinresQlp<float>(device, stored.Size);
        plain.Solve(system, b, x);
        var before = Distance(x.ToArray(), stored.Expected);

        var (factor, trace) = Factor(stored);
        using var projected = new ProjectedSolve<float>(device, system, stored.PrimalCount);
        var report = projected.Solve(factor, trace, stored.Eta, b, x, null);
        var after = Distance(x.ToArray(), stored.Expected);
        TestContext.Out.WriteLine($"{name}: {before:e1} -> {after:e1}; {report.Explanation}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Exit, Is.EqualTo(SolveExit.LeastSquares));
            Assert.That(after, Is.LessThan(error));
            Assert.That(before / after, Is.GreaterThan(gain));
            Assert.That(report.RemovedNorm, Is.EqualTo(Removed(stored)).Within(1e-6 * Removed(stored)));
            Assert.That(b.ToArray(), Is.EqualTo(stored.RightHandSide.Select(value => (float)value)), "b is the caller's");
        }
    }

    private static (GramFactor Factor, double Trace) Factor(OracleSystem stored)
    {
        var (n, rows) = (stored.PrimalCount, stored.Size - stored.PrimalCount);
        var s = new double[rows * rows];
        for (var i = 0; i < s.Length; i++)
        {
            for (var k = 0; k < n; k++) s[i] += stored.Matrix[n + (i / rows), k] * stored.Matrix[n + (i % rows), k];
        }
        return (new GramFactor(s, rows, 1e-12), Enumerable.Range(0, rows).Sum(i => s[(i * rows) + i]));
    }

    /// <summary>b - B x for the stored solution: what remains is the contradiction.</summary>
    private static double Removed(OracleSystem stored)
    {
        var sum = 0.0;
        for (var i = 0; i < stored.Size; i++)
        {
            var row = Enumerable.Range(0, stored.Size).Sum(j => stored.Matrix[i, j] * stored.Expected[j]);
            sum += Math.Pow(stored.RightHandSide[i] - row, 2);
        }
        return Math.Sqrt(sum);
    }

    private static double Distance(float[] x, double[] expected)
        => Math.Sqrt(x.Zip(expected, (a, e) => Math.Pow(a - e, 2)).Sum() / expected.Sum(e => e * e));
}
