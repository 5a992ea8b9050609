using PoseEngine.Experiments.Spheres;

namespace PoseEngine.Tests.Experiments.Spheres;

/// <summary>What Fig. 3 shows, for several seeds.</summary>
public class PlaneDemonstrationTests
{
    private static readonly SpheresSettings Settings = SpheresSettings.OfPreset("smoke");

    [Test]
    public void TheSamePairConvergesToItsIntersectionAndDifferentPairsNever([Values(1, 2, 3)] int seed)
    {
        var plane = PlaneDemonstration.Create(Settings, (ulong)seed);
        var end = plane.SamePair[^1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plane.SamePairViolation[^1], Is.LessThan(1e-10));
            Assert.That(end.To(plane.First), Is.EqualTo(SpheresSettings.Radius).Within(1e-9));
            Assert.That(end.To(plane.Second), Is.EqualTo(SpheresSettings.Radius).Within(1e-9));
            Assert.That(Steps(plane.SamePair)[^1], Is.LessThan(1e-9));
            Assert.That(Steps(plane.DifferentPairs)[^50..].Max(), Is.GreaterThan(1), "still jumping");
            Assert.That(Steps(plane.Soft)[^50..].Max(), Is.LessThan(0.5));
        }
    }

    [Test]
    public void TheStepsOfTheFigureStartAtTheBlueDot()
    {
        var plane = PlaneDemonstration.Create(Settings, 4);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plane.Start.To(default), Is.EqualTo(SpheresSettings.VectorNorm).Within(1e-12));
            Assert.That(plane.SamePair[0], Is.EqualTo(plane.Start));
            Assert.That(plane.Soft[0], Is.EqualTo(plane.Start));
            Assert.That(plane.StepLengths, Is.Ordered.And.Length.EqualTo(190));
            Assert.That(plane.Start.To(plane.HardStep), Is.EqualTo(plane.StepLengths[170]).Within(1e-12), "nine in ten are shorter");
            Assert.That(plane.Start.To(plane.SoftStep), Is.LessThan(plane.Start.To(plane.HardStep)));
        }
    }

    private static double[] Steps(PlanePoint[] path) => [.. path.Skip(1).Zip(path, (next, last) => next.To(last))];
}
