using PoseEngine.Experiments.Runs;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Runs;

/// <summary>The warning of solves that did not converge: how many, why, and what to do.</summary>
public class UnconvergedSolvesTests
{
    [TestCase(37, 37, "37 of 200 solves stopped at the iteration limit (50); raise --max-krylov or take --solver gram")]
    [TestCase(37, 30, "37 of 200 solves did not converge, 30 of them stopped at the iteration limit (50); raise --max-krylov or take --solver gram")]
    [TestCase(2, 0, "2 of 200 solves did not converge; raise --max-krylov or take --solver gram")]
    public void ItNamesCountReasonAndRemedy(int unconverged, int atLimit, string message)
    {
        var settings = PoseProblem.Settings("hard-sgd solver=minres-qlp max-krylov=50");
        var totals = new TrainerTotals { Solves = 200, Unconverged = unconverged, AtIterationLimit = atLimit };
        Assert.That(UnconvergedSolves.Warning(settings, totals), Is.EqualTo($"{settings.Label}: {message}"));
    }

    [Test]
    public void NothingIsSaidWhereAllWereSolved()
        => Assert.That(UnconvergedSolves.Warning(PoseProblem.Settings("hard-sgd"), new TrainerTotals { Solves = 200 }), Is.Null);

    [Test]
    public void OtherMethodsHaveOtherRemedies()
    {
        var totals = new TrainerTotals { Solves = 10, Unconverged = 1 };
        Assert.That(
            UnconvergedSolves.Warning(PoseProblem.Settings("hard-gn"), totals), Does.EndWith("raise --max-krylov or --tolerance"));
        Assert.That(
            UnconvergedSolves.Warning(PoseProblem.Settings("hard-sgd solver=gram"), totals), Does.EndWith("raise --eta"));
    }
}
