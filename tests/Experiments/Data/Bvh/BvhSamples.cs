using System.Globalization;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Tests.Experiments.Bvh;

/// <summary>Clips for the tests: excerpts of two CMU walks, and small files made here.</summary>
internal static class BvhSamples
{
    public static readonly string[] Excerpts = ["02_01", "07_01"];

    public static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "motion");

    public static string PathOf(string clip) => Path.Combine(Folder, clip + ".bvh");

    public static BvhFile Read(string clip) => BvhFile.Read(PathOf(clip));

    public static BvhFile Parse(string text) => BvhFile.Parse(new StringReader(text), "test.bvh");

    public static LandmarkTrack Track(BvhFile file)
        => LandmarkExtractor.Extract(file, JointMap.Resolve(file, JointOverrides.None), 25.4 / .45, firstFrame: 1);

    /// <summary>A root with one joint and an End Site; the lines of motion follow the header.</summary>
    public static string Chain(string rootChannels, string jointOffset, string jointChannels, string endOffset, params string[] motion)
        => string.Create(CultureInfo.InvariantCulture, $$"""
            HIERARCHY
            ROOT Base
            {
              OFFSET 0 0 0
              CHANNELS {{rootChannels}}
              JOINT Arm
              {
                OFFSET {{jointOffset}}
                CHANNELS {{jointChannels}}
                End Site
                {
                  OFFSET {{endOffset}}
                }
              }
            }
            MOTION
            Frames: {{motion.Length}}
            Frame Time: 0.02
            {{string.Join('\n', motion)}}
            """);

    /// <summary>The six constraints of Eq. 15 in millimetres.</summary>
    public static double[] Constraints(BodyFrame f)
    {
        double Bone(int a, int b) => (f.Joints[a] - f.Joints[b]).Length;
        return
        [
            Bone(11, 12) - Bone(14, 15), Bone(12, 13) - Bone(15, 16), Bone(3, 2) - Bone(6, 5),
            Bone(4, 5) - Bone(1, 2), Bone(8, 11) - Bone(8, 14), Bone(0, 4) - Bone(0, 1),
        ];
    }

    /// <summary>The farthest that any joint moves from a frame to the next, millimetres.</summary>
    public static double LargestStep(IReadOnlyList<BodyFrame> frames, bool fromPelvis = false)
        => frames.Zip(frames.Skip(1), (a, b) => Enumerable.Range(0, Skeleton.JointCount).Max(j => fromPelvis
            ? (b.Joints[j] - b.Joints[0] - a.Joints[j] + a.Joints[0]).Length
            : (b.Joints[j] - a.Joints[j]).Length)).Max();

    public static double LowestFoot(BodyFrame f) => new[]
    {
        f[Joint.RightAnkle].Z, f[Joint.LeftAnkle].Z, f.RightToe.Z, f.LeftToe.Z,
    }.Min();
}
