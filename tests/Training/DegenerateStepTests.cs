using PoseEngine.Kkt;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Steps where formulas divide by almost nothing: an untrained network's coincident joints, a tiny eta.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public sealed class DegenerateStepTests(string deviceName)
{
    /// <summary>All joints lie in one point: the constraints hold, and none of them has a gradient.</summary>
    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void WithoutWeightsEveryMethodTakesFiniteSteps(string name)
    {
        using var device = Devices.Create<double>(deviceName);
        var problem = new StepProblem(device);
        problem.Parameters.CopyFrom(new double[problem.Parameters.Count]);
        var method = problem.Method(name, problem.Symmetry);
        var report = problem.Step(method, 1);
        Assert.That(report.ActiveViolation, Is.All.Zero);
        if (report.MultiplierNorm is { } multipliers) Assert.That(multipliers, Is.Zero);
        // A method may look at a few gradients before it moves.
        for (var i = 2; i <= 4; i++) report = problem.Step(method, i);
        Assert.That(report.StepNorm, Is.Positive);
        Assert.That(problem.Parameters.ToArray(), Has.All.Matches<double>(double.IsFinite));
        // A first step makes lengths of 0 different: one that takes back what worsens the constraints does not move.
        Assert.That(problem.Parameters.ToArray().Any(w => w != 0), Is.EqualTo(!name.Contains("reject", StringComparison.Ordinal)));
    }

    /// <summary>The step along the surface has a length of 1e12, the constraint holds as far as that length's rounding allows.</summary>
    [TestCase(KktSolver.Gram)]
    [TestCase(KktSolver.Lsqr)]
    [TestCase(KktSolver.MinresQlp)]
    public void ATinyEtaGivesALongFiniteStep(KktSolver solver)
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        var options = new HardSgdOptions(1e-12) { Solver = solver };
        var method = new HardSgd<double>(tiny.Risk(), tiny.Function(1), tiny.Parameters, options);
        var report = method.Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));
        var w = tiny.Parameters.ToArray();
        // g = (10, 4), A = (2, 1): what is left of g along the surface is 2/5 (-1, 2) times -1, of length 2 / sqrt 5.
        Assert.That(report.StepNorm, Is.EqualTo(2e12 / Math.Sqrt(5)).Within(1e-6).Percent, report.Solve!.Explanation);
        Assert.That((2 * w[0]) + w[1] - 1, Is.Zero.Within(1e-2));
    }
}
