using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Which part of a frame becomes an image, and where joints are in it.</summary>
public class FrameCropTests
{
    private static readonly RecordingKey Key = new(11, HumanAction.Walking, 1, 4);

    private static readonly Camera Camera = CameraTable.For(Key.Subject, Key.Camera);

    private static readonly ImportedPoses Poses = PoseNormalizer.Normalize(
        new Recording(Key, new RawPoses(SomePoses.Flat(SomePoses.World(5)), 32, PoseSpace.World, PoseVariant.Mono, "x"), new NoFrames("none")),
        new ImportRequest { Root = "." }, new ImportLog());

    /// <summary>A joint's pixel in the frame, carried into the image by the box, is where the pack's crop says.</summary>
    [TestCase(CropKind.Metric, 1e-9)]
    [TestCase(CropKind.Joints, 0.1)]
    public void TheCropOfThePackIsTheBoxOfTheFrame(CropKind kind, double tolerance)
    {
        for (var i = 0; i < Poses.Count; i++)
        {
            var (box, crop) = FrameCrop.Of(kind, Camera, Poses.Roots[i], Poses.Pose(i));
            for (var j = 0; j < 17; j++)
            {
                var joint = JointOf(i, j);
                var (u, v) = Camera.Project(Poses.Roots[i] + joint);
                var (x, y) = crop.Project(joint);
                Assert.That(x, Is.EqualTo(128 * (u - box.Left) / box.Width).Within(tolerance));
                Assert.That(y, Is.EqualTo(128 * (v - box.Top) / box.Height).Within(tolerance));
            }
        }
    }

    [Test]
    public void TheMetricBoxIsTwoMetresAtTheDepthOfThePelvis()
    {
        var root = new Vec3(300, -200, 5000);
        var (box, crop) = FrameCrop.Of(CropKind.Metric, Camera, root, Poses.Pose(0));
        var (left, top) = Camera.Project(new Vec3(-700, -1100, 5000));
        var (right, bottom) = Camera.Project(new Vec3(1300, 900, 5000));
        Assert.That((box.Left, box.Top, box.Left + box.Width, box.Top + box.Height), Is.EqualTo((left, top, right, bottom)).Using<(double, double, double, double)>(Near));
        Assert.That(crop, Is.EqualTo(CropGeometry.Around(root)));
        // Whoever is further away is smaller in the frame and as large in the image.
        Assert.That(FrameCrop.Of(CropKind.Metric, Camera, 2 * root, Poses.Pose(0)).Box.Width, Is.EqualTo(box.Width / 2).Within(1e-9));
    }

    [Test]
    public void TheJointBoxIsASquareWithAMargin()
    {
        for (var i = 0; i < Poses.Count; i++)
        {
            var (box, _) = FrameCrop.Of(CropKind.Joints, Camera, Poses.Roots[i], Poses.Pose(i));
            var pixels = Enumerable.Range(0, 17).Select(j => Camera.Project(Poses.Roots[i] + JointOf(i, j))).ToList();
            var (width, height) = (pixels.Max(p => p.U) - pixels.Min(p => p.U), pixels.Max(p => p.V) - pixels.Min(p => p.V));
            Assert.That(box.Width, Is.EqualTo(1.2 * Math.Max(width, height)).Within(1e-9));
            Assert.That(box.Height, Is.EqualTo(box.Width));
            Assert.That(pixels.Min(p => p.U) - box.Left, Is.EqualTo(box.Left + box.Width - pixels.Max(p => p.U)).Within(1e-9), "in the middle");
            Assert.That(pixels.Min(p => p.V) - box.Top, Is.EqualTo(box.Top + box.Height - pixels.Max(p => p.V)).Within(1e-9), "in the middle");
        }
    }

    [TestCase(CropKind.Metric)]
    [TestCase(CropKind.Joints)]
    public void TheVirtualCameraLooksAtTheMiddleOfTheCrop(CropKind kind)
    {
        for (var i = 0; i < Poses.Count; i++)
        {
            var crop = FrameCrop.Of(kind, Camera, Poses.Roots[i], Poses.Pose(i)).Crop;
            var pose = Poses.Pose(i).ToArray();
            var turned = VirtualCamera.Turn(crop, pose);
            var (across, up) = turned.Ray(64, 64);
            Assert.That((across, up), Is.EqualTo((0.0, 0.0)).Using<(double X, double Y)>((a, b) => Math.Abs(a.X - b.X) + Math.Abs(a.Y - b.Y) < 1e-12), "straight ahead");
            Assert.That(turned.Root.Length, Is.EqualTo(Poses.Roots[i].Length).Within(1e-9));
            for (var j = 0; j < 17; j++)
            {
                var joint = new Vec3(pose[3 * j], pose[(3 * j) + 1], pose[(3 * j) + 2]);
                Assert.That(joint.Length, Is.EqualTo(JointOf(i, j).Length).Within(1e-3), "turned, not changed");
                // The image is the real camera's: joints lie in it where they did, but for its perspective.
                var (x, y) = turned.Project(joint);
                var (seenX, seenY) = crop.Project(JointOf(i, j));
                Assert.That((x, y), Is.EqualTo((seenX, seenY)).Using<(double X, double Y)>((a, b) => Math.Abs(a.X - b.X) < 2.5 && Math.Abs(a.Y - b.Y) < 2.5));
            }
        }
    }

    [Test]
    public void AVirtualCameraOfAPersonStraightAheadTurnsNothing()
    {
        var pose = Poses.Pose(0).ToArray();
        var crop = new CropGeometry(new Vec3(0, 0, 4000), -800, -800, 1600);
        Assert.That(VirtualCamera.Turn(crop, pose), Is.EqualTo(crop));
        Assert.That(pose, Is.EqualTo(Poses.Pose(0).ToArray()));
    }

    private static bool Near((double, double, double, double) a, (double, double, double, double) b)
        => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) + Math.Abs(a.Item4 - b.Item4) < 1e-9;

    private static Vec3 JointOf(int pose, int joint)
        => new(Poses.Pose(pose)[3 * joint], Poses.Pose(pose)[(3 * joint) + 1], Poses.Pose(pose)[(3 * joint) + 2]);
}
