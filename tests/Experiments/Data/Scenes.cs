using PoseEngine.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Data;

/// <summary>Scenes for tests.</summary>
internal static class Scenes
{
    private static readonly Dictionary<(string, int), MotionClip> Clips = [];

    /// <summary>A scene of seed 1; each index shows another subject, trial, camera and frame.</summary>
    public static WalkerScene Number(int index, ImageConditions? conditions = null, double difficulty = .15)
    {
        var subject = WalkerSubject.All[index % 7];
        var (trial, camera, frame) = (1 + (index / 7 % 2), 1 + (index % 4), 37 * index % 300);
        MotionClip? clip;
        lock (Clips)
        {
            if (!Clips.TryGetValue((subject.Name, trial), out clip))
                Clips[(subject.Name, trial)] = clip = Walker.Walk(subject, trial, 300, 1);
        }

        var number = (ulong)subject.Number;
        var scene = WalkerScene.Compose(
            new ImageKey(1, number, trial, camera, frame), clip.Frames[frame], subject.Look,
            StudioCameras.ForSubject(camera, 1, number), WalkerScene.RoomOf(1, number, trial), difficulty);
        return conditions is null ? scene : scene with { Conditions = conditions };
    }

    public static byte[] Render(WalkerScene scene)
    {
        var image = new byte[WalkerImage.ByteCount];
        WalkerImage.Render(scene, image);
        return image;
    }
}
