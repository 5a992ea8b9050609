namespace PoseEngine.Experiments.Data;

public sealed record MotionSettings
{
    public int Step { get; init; } = 1;
    public double Difficulty { get; init; } = ImageConditions.DefaultDifficulty;
    public ulong Seed { get; init; } = 1;
    public int Threads { get; init; }

    public void Validate()
    {
        if (Step < 1) throw new UserErrorException($"step {Step} is below 1: give 1 for every frame, n for every n-th");
        (new WalkerSettings { Difficulty = Difficulty, Threads = Threads }).Validate();
    }
}

/// <summary>Makes packs of recorded motions with the renderer of the walkers: each clip gets clothes of its own, is set into the middle of
/// the studio and filmed by the four cameras. Sources are named "bvh:" and the clip.</summary>
public static class MotionMaker
{
    // The middle of the area that the four cameras look at.
    private static readonly Vec3 StudioMiddle = new(0, 350, 0);

    /// <summary>Makes the pack in a folder that does not exist yet: the frames of the clips times four cameras.</summary>
    public static void Make(
        IReadOnlyList<MotionClip> clips, MotionSettings settings, string folder,
        IProgress<(long Done, long Total)>? progress = null, CancellationToken token = default)
    {
        settings.Validate();
        var takes = clips.Where(clip => clip.Frames.Count > 0)
            .Select(clip => Film(clip, [.. Enumerable.Range(0, ((clip.Frames.Count - 1) / settings.Step) + 1).Select(i => i * settings.Step)], settings.Seed))
            .ToList();
        if (takes.Count == 0) throw new UserErrorException($"{clips.Count} clips hold no frame: name clips with motion in them");
        var source = new SceneSource(takes, settings.Difficulty, settings.Seed);
        var description = new PackDescription(
            "motion", WalkerSettings.GeneratorVersion, settings.Seed, settings.Step, settings.Difficulty,
            [.. clips.Select(c => c.Name)], source.Count);
        PackWriter.Write(folder, source, description, settings.Threads, progress, token);
    }

    internal static Take Film(MotionClip clip, IReadOnlyList<int> frames, ulong seed)
    {
        var number = NumberOf(clip.Name);
        var look = BodyLook.Draw(new RandomGenerator(RandomGenerator.Hash(seed, 6, number)));
        var shift = ToMiddle(clip);
        return new Take(clip.Name, number, 1, "bvh:" + clip.Name, look, [.. frames.Select(i => clip.Frames[i].Map(point => point + shift))], frames);
    }

    /// <summary>A stable number for a name (string.GetHashCode differs from run to run).</summary>
    private static ulong NumberOf(string name)
    {
        Span<ulong> keys = new ulong[name.Length];
        for (var i = 0; i < name.Length; i++) keys[i] = name[i];
        return RandomGenerator.Hash(keys);
    }

    /// <summary>The horizontal shift that brings the middle of a clip's path into the middle of the studio.</summary>
    private static Vec3 ToMiddle(MotionClip clip)
    {
        var (lowX, highX, lowY, highY) = (double.MaxValue, double.MinValue, double.MaxValue, double.MinValue);
        for (var i = 0; i < clip.Frames.Count; i++)
        {
            var frame = clip.Frames[i];
            if (frame.Joints.Length != Skeleton.JointCount || frame.Joints.Any(j => !double.IsFinite(j.X + j.Y + j.Z)))
                throw new UserErrorException($"clip {clip.Name}, frame {i} does not hold 17 finite joints: leave this clip out");
            var root = frame[Joint.Pelvis];
            (lowX, highX) = (Math.Min(lowX, root.X), Math.Max(highX, root.X));
            (lowY, highY) = (Math.Min(lowY, root.Y), Math.Max(highY, root.Y));
        }
        return StudioMiddle - new Vec3((lowX + highX) / 2, (lowY + highY) / 2, 0);
    }
}
