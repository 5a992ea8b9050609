namespace PoseEngine.Experiments.Data;

/// <summary>A stretch of motion to be filmed by four cameras.</summary>
internal sealed record Take(string Subject, ulong Number, int Trial, string Source, BodyLook Look, IReadOnlyList<BodyFrame> Frames, IReadOnlyList<int> FrameNumbers);

/// <summary>Turns takes into the images of a pack: take after take, frame after frame, four cameras for each.</summary>
internal sealed class SceneSource : IPackSource
{
    // Nearer than this, arms would reach past the camera.
    private const double NearestPelvis = 2000;
    private readonly IReadOnlyList<Take> _takes;
    private readonly int[] _firstFrame;
    private readonly Room[] _rooms;
    private readonly Camera[][] _cameras;
    private readonly double _difficulty;
    private readonly ulong _seed;

    public SceneSource(IReadOnlyList<Take> takes, double difficulty, ulong seed)
    {
        (_takes, _difficulty, _seed) = (takes, difficulty, seed);
        _firstFrame = new int[takes.Count];
        for (var i = 1; i < takes.Count; i++) _firstFrame[i] = _firstFrame[i - 1] + takes[i - 1].Frames.Count;
        _rooms = [.. takes.Select(t => WalkerScene.RoomOf(seed, t.Number, t.Trial))];
        _cameras = [.. takes.Select(t => Enumerable.Range(1, StudioCameras.Count).Select(c => StudioCameras.ForSubject(c, seed, t.Number)).ToArray())];
        Count = checked(StudioCameras.Count * takes.Sum(t => t.Frames.Count));
    }

    public int Count { get; }

    public PackEntry Make(int index, Span<byte> image, Span<float> pose)
    {
        var frame = index / StudioCameras.Count;
        var at = Array.BinarySearch(_firstFrame, frame);
        if (at < 0) at = ~at - 1;
        var take = _takes[at];
        frame -= _firstFrame[at];
        var camera = _cameras[at][index % StudioCameras.Count];
        var key = new ImageKey(_seed, take.Number, take.Trial, camera.Number, take.FrameNumbers[frame]);
        var body = take.Frames[frame];
        var scene = WalkerScene.Compose(key, body, take.Look, camera.KeepingAway(body[Joint.Pelvis], NearestPelvis), _rooms[at], _difficulty);
        WalkerImage.Render(scene, image);
        scene.WritePose(pose);
        return new PackEntry(take.Subject, take.Trial, camera.Number, key.Frame, take.Source, scene.Crop);
    }
}
