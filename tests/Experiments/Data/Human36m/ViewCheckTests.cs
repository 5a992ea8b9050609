using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>People whom a camera cannot have seen are refused before an image is read.</summary>
public class ViewCheckTests
{
    private static readonly RecordingKey Key = new(5, HumanAction.Walking, 2, 2);

    [Test]
    public void PeopleInTheStudioAreSeenByAllCameras()
    {
        foreach (var subject in SubjectName.Numbers)
        {
            for (var camera = 1; camera <= 4; camera++)
            {
                var key = Key with { Subject = subject, Camera = camera };
                Assert.That(() => Check(key, SomePoses.Seen(SomePoses.World(4, (ulong)(subject + camera)), subject, camera)), Throws.Nothing);
            }
        }
    }

    [Test]
    public void Trap12PosesThatProjectFarOutsideTheImageAreRefused()
    {
        // A camera's place was taken for its translation: everybody is moved by the same way.
        var seen = SomePoses.Seen(SomePoses.World(4), Key.Subject, Key.Camera);
        var moved = seen.Select(pose => pose.Select(p => p + new Vec3(4000, 0, 0)).ToArray()).ToArray();
        Refused(moved, "another camera or subject");
    }

    [Test]
    public void AFewPeopleAtTheBorderAreNoReason()
    {
        var seen = SomePoses.Seen(SomePoses.World(5), Key.Subject, Key.Camera);
        seen[1] = [.. seen[1].Select(p => p + new Vec3(4000, 0, 0))];
        Assert.That(() => Check(Key, seen), Throws.Nothing);
        seen[1] = [.. seen[1].Select(p => p + new Vec3(1e9, 0, 0))];
        Refused(seen, "frame 1 has the pelvis at pixel");
    }

    [TestCase(1e9, 0, "LeftWrist 1000000", TestName = "AJointFarAway")]
    [TestCase(0, -1900, "LeftWrist", TestName = "AJointBehindTheCamera")]
    public void JointsThatNobodyHasAreRefused(double across, double forward, string message)
    {
        var seen = SomePoses.Seen(SomePoses.World(3), Key.Subject, Key.Camera);
        // So near that an arm may reach behind the camera.
        var near = new Vec3(0, 0, 1500) - seen[2][0];
        seen[2] = [.. seen[2].Select(p => p + near)];
        Assert.That(() => Check(Key, seen), Throws.Nothing);
        seen[2][19] = seen[2][0] + new Vec3(across, 0, forward);
        Refused(seen, message);
    }

    private static void Refused(Vec3[][] seen, string message)
        => Assert.That(() => Check(Key, seen), Throws.TypeOf<UserErrorException>().With.Message.Contains("x.cdf").And.Message.Contains("S5 Walking trial 2").And.Message.Contains(message));

    private static void Check(RecordingKey key, Vec3[][] seen)
    {
        var recording = new Recording(key, new RawPoses(SomePoses.Flat(seen), 32, PoseSpace.Camera, PoseVariant.Mono, "x.cdf"), new NoFrames("none"));
        ViewCheck.Check(recording, PoseNormalizer.Normalize(recording, new ImportRequest { Root = "." }, new ImportLog()));
    }
}
