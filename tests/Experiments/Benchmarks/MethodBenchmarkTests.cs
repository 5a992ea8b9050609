using PoseEngine.Cpu;
using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Benchmarks;

/// <summary>The timing table: every method has a row whose shares add up.</summary>
public sealed class MethodBenchmarkTests
{
    [Test]
    public void EveryMethodHasARowWithTimeAndShares()
    {
        using var device = new CpuDevice<float>(1);
        var benchmark = new MethodBenchmark<float>(device, PoseProblem.Bare, 1) { Runs = 1, Minibatch = 2 };
        var cases = MethodCases.All(PoseProblem.Spec.ConstraintNames, maxKrylov: 2);
        Assert.That(cases.Select(settings => settings.Method).Distinct(), Is.EqualTo(MethodRegistry.All));
        foreach (var settings in cases.DistinctBy(settings => (settings.Method, settings.UsedSolver)))
        {
            var row = benchmark.Run(settings.With(Setting.Active, 2));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(row.Failure, Is.Null);
                Assert.That(row.SecondsPerIteration, Is.Positive);
                Assert.That(row.Forward + row.Rop + row.Lop + row.Vectors + row.Other, Is.EqualTo(1).Within(1e-12));
                Assert.That((double[])[row.Forward, row.Lop, row.Vectors, row.Other], Has.All.Positive, $"{row}");
                Assert.That(row.KrylovIterations, settings.UsesKrylov ? Is.EqualTo(2) : Is.Null);
                Assert.That(row.Solve, settings.IsHard ? Is.Positive.And.AtMost(1) : Is.Zero);
                Assert.That(MethodTable.Row(row).TrimEnd(), Has.Length.LessThanOrEqualTo(100).And.StartsWith(settings.Method.Name));
            }
        }
    }

    [Test]
    public void RowsStandBesideThePapersTimes()
    {
        var row = new MethodTimes("hard-sgd", 128, 128, "minres-qlp", 12.34, 3, 32, 198, 0.97, 0.01, 0.42, 0.47, 0.09, 0.01);
        Assert.That(MethodTable.Row(row), Is.EqualTo("hard-sgd       128 + 128 minres-qlp      12.3   3 to 32    198 |    97 |   1   42   47    9     1\n"));
        Assert.That(MethodTable.Head(isCounted: false).Split('\n')[0], Has.Length.EqualTo(MethodTable.Row(row).TrimEnd().Length + 2));
        Assert.That(MethodTable.Row(row with { Failure = "iteration 1: the loss is not finite" }), Does.EndWith("iteration 1: the loss is not finite\n"));
    }
}
