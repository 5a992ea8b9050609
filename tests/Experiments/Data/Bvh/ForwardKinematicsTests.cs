using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Tests.Experiments.Bvh;

public class ForwardKinematicsTests
{
    /// <summary>Quarter turns only permute and negate coordinates, so the end of (1, 2, 3) is found by hand.</summary>
    [TestCase("Xrotation Yrotation Zrotation", 3, -2, 1)]
    [TestCase("Xrotation Zrotation Yrotation", -2, 1, 3)]
    [TestCase("Yrotation Xrotation Zrotation", 1, -3, 2)]
    [TestCase("Yrotation Zrotation Xrotation", 2, 1, -3)]
    [TestCase("Zrotation Xrotation Yrotation", -1, 3, 2)]
    [TestCase("Zrotation Yrotation Xrotation", 3, 2, -1)]
    public void ChannelsMultiplyInTheOrderOfTheFile(string order, double x, double y, double z)
    {
        var file = BvhSamples.Parse(BvhSamples.Chain("3 " + order, "1 2 3", "0", "0 0 1", "90 90 90"));
        AssertNear(new ForwardKinematics(file).Positions(0)[1], new Vec3(x, y, z));
    }

    [Test]
    public void AChildTurnsWithItsParent()
    {
        // The root's quarter turn about z lays the arm's offset (10, 0, 0) along y. The arm's own quarter turn about x
        // comes first for the hand: (0, 5, 0) becomes (0, 0, 5), which the root's turn leaves alone.
        var file = BvhSamples.Parse(BvhSamples.Chain(
            "6 Xposition Yposition Zposition Zrotation Yrotation Xrotation", "10 0 0", "1 Xrotation", "0 5 0", "1 2 3 90 0 0 90"));
        var positions = new ForwardKinematics(file).Positions(0);
        AssertNear(positions[0], new Vec3(1, 2, 3));
        AssertNear(positions[1], new Vec3(1, 12, 3));
        AssertNear(positions[2], new Vec3(1, 12, 8));
    }

    [Test]
    public void RotationsBeforePositionsAreHonoured()
    {
        var file = BvhSamples.Parse(BvhSamples.Chain("4 Zrotation Zposition Xposition Yposition", "1 0 0", "0", "0 0 1", "180 7 8 9"));
        AssertNear(new ForwardKinematics(file).Positions(0)[1], new Vec3(7, 9, 7));
    }

    [Test]
    public void SmallPositionsOfAChildShiftItFromItsOffset()
    {
        var file = BvhSamples.Parse(BvhSamples.Chain(
            "1 Zrotation", "0 10 0", "3 Xposition Yposition Zposition", "0 0 1", "90 0.1 0.2 0.3", "0 -0.1 0 0"));
        var kinematics = new ForwardKinematics(file);
        AssertNear(kinematics.Positions(0)[1], new Vec3(-10.2, .1, .3));
        AssertNear(kinematics.Positions(1)[1], new Vec3(-.1, 10, 0));
    }

    [Test]
    public void PositionsNearTheOffsetsReplaceThem()
    {
        var file = BvhSamples.Parse(BvhSamples.Chain(
            "1 Zrotation", "0 10 0", "3 Xposition Yposition Zposition", "0 0 1", "90 0 10.5 0", "0 0.5 9.5 0"));
        var kinematics = new ForwardKinematics(file);
        AssertNear(kinematics.Positions(0)[1], new Vec3(-10.5, 0, 0));
        AssertNear(kinematics.Positions(1)[1], new Vec3(.5, 9.5, 0));
    }

    [Test]
    public void RotationsAreRigid()
    {
        var turn = Rotation.About(0, 20) * Rotation.About(1, -130) * Rotation.About(2, 75);
        Assert.That(turn.Apply(new Vec3(1, 2, 3)).Length, Is.EqualTo(Math.Sqrt(14)).Within(1e-14));
        Assert.That(Rotation.Identity.DegreesTo(Rotation.About(1, -40)), Is.EqualTo(40).Within(1e-9));
        Assert.That(turn.DegreesTo(turn * Rotation.About(2, 33)), Is.EqualTo(33).Within(1e-9));
        AssertNear((turn * turn.Inverse()).Apply(new Vec3(1, 2, 3)), new Vec3(1, 2, 3));
    }

    private static void AssertNear(Vec3 actual, Vec3 expected)
        => Assert.That((actual - expected).Length, Is.LessThan(1e-12), $"{actual} is not {expected}");
}
