namespace PoseEngine.Experiments.Data;

/// <summary>Makes packs in which walkers and recorded motions stand side by side: first the walkers, exactly as a pack of their own would
/// hold them, then the clips. meta.csv says which image is which.</summary>
public static class MixedMaker
{
    /// <summary>The frames of motion (each seen by four cameras) that bring motion to a share of all images.</summary>
    public static int MotionFrames(int walkerImages, double share)
    {
        CheckShare(share);
        return checked((int)Math.Max(1, Math.Round(walkerImages / (double)StudioCameras.Count * share / (1 - share))));
    }

    /// <summary>The settings of the walkers where a number of images is wanted in all, of which motion takes a share.</summary>
    public static WalkerSettings WalkersOf(WalkerSettings settings, double share)
    {
        CheckShare(share);
        if (settings.MaximumImages is not { } all) return settings;
        var frames = all / StudioCameras.Count;
        var motion = (int)Math.Round(frames * share);
        if (motion < 1 || motion >= frames)
            throw new UserErrorException($"{all} images with a share of {share} for motion leave one part without a frame of four images: make more images or another share");
        return settings with { MaximumImages = StudioCameras.Count * (frames - motion) };
    }

    /// <param name="walkers">The walkers; difficulty, seed and threads count for both parts.</param>
    /// <param name="clips">The motions; every clip gives the same share of its frames, evenly spaced.</param>
    public static void Make(
        WalkerSettings walkers, IReadOnlyList<MotionClip> clips, double share, string folder,
        IProgress<(long Done, long Total)>? progress = null, CancellationToken token = default)
    {
        var schedule = FrameSchedule.For(walkers);
        var chosen = Thinned(clips, MotionFrames(schedule.ImageCount, share));
        // A clip of a walker's name would be taken for the walker wherever data are split or measured by subject.
        if (clips.FirstOrDefault(clip => WalkerSubject.All.Any(w => w.Name == clip.Name)) is { } clash)
            throw new UserErrorException($"clip {clash.Name} has the name of a walker, so that the two could not be told apart: rename its file");
        var count = schedule.ImageCount + (StudioCameras.Count * chosen.Sum(c => c.Numbers.Count));
        DiskSpace.Require(folder, (long)count * PackFiles.BytesPerImage);
        var takes = WalkerMaker.Takes(walkers, token).Concat(chosen.Select(c => MotionMaker.Film(c.Clip, c.Numbers, walkers.Seed)));
        var source = new SceneSource([.. takes], walkers.Difficulty, walkers.Seed);
        var description = new PackDescription(
            "mixed", WalkerSettings.GeneratorVersion, walkers.Seed, walkers.Scale, walkers.Difficulty,
            [.. walkers.Subjects, .. clips.Select(c => c.Name)], source.Count);
        PackWriter.Write(folder, source, description, walkers.Threads, progress, token);
    }

    /// <summary>So many frames in all, shared out over the clips by their lengths and evenly spaced in each.</summary>
    private static List<(MotionClip Clip, IReadOnlyList<int> Numbers)> Thinned(IReadOnlyList<MotionClip> clips, int wanted)
    {
        var there = clips.Sum(clip => (long)clip.Frames.Count);
        if (there < wanted)
        {
            throw new UserErrorException(
                $"{clips.Count} clips hold {there} frames, the share asks for {wanted}: loop their strides to more frames, make fewer images or lower the share");
        }
        var chosen = new List<(MotionClip, IReadOnlyList<int>)>();
        var (before, taken) = (0L, 0L);
        foreach (var clip in clips)
        {
            before += clip.Frames.Count;
            // Rounded on the running sum, so that the parts add up to the whole.
            var count = (int)((before * wanted / there) - taken);
            taken += count;
            if (count > 0) chosen.Add((clip, [.. Enumerable.Range(0, count).Select(i => (int)((long)i * clip.Frames.Count / count))]));
        }
        return chosen;
    }

    private static void CheckShare(double share)
    {
        if (!(share is > 0 and < 1))
            throw new UserErrorException($"a share of {share} for motion is not between 0 and 1: give the part of images that motion shall take, such as 0.5");
    }
}
