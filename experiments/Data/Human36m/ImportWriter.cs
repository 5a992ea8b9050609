using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using PoseEngine.Experiments.Data.Human36m.Video;

namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Carries out a plan: frames become images in parallel, each in its own place, so that the bytes do not depend on the number of
/// threads. What is done stays done: after Ctrl-C or a kill the same import goes on where it was.</summary>
internal static class ImportWriter
{
    public const int Version = 1;

    /// <summary>Makes the pack; returns the number of images that each recording has in it.</summary>
    public static IReadOnlyDictionary<RecordingKey, int> Write(ImportPlan plan, string folder, ImportLog log, IProgress<(long Done, long Total)>? progress, CancellationToken token)
    {
        var target = Path.GetFullPath(folder);
        if (Path.Exists(target)) throw new UserErrorException($"{folder} exists already: name another folder or delete it first");
        try
        {
            using var work = ImportWork.Open(target, plan);
            var open = work.States.Count(state => state == ImageState.Open);
            if (open < plan.Count) log.Note($"going on with {plan.Count - open} of {plan.Count} images done");
            MakeImages(plan, work, log, progress, token);
            return Finish(plan, work, target, token);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{folder} cannot be written ({error.Message}): free space or name another folder; the same command goes on where this one ended", error);
        }
    }

    private static void MakeImages(ImportPlan plan, ImportWork work, ImportLog log, IProgress<(long Done, long Total)>? progress, CancellationToken token)
    {
        var units = plan.Recordings.SelectMany(recording => ImportUnit.Of(recording, work.States)).ToList();
        long done = plan.Count - units.Sum(unit => (long)unit.Count);
        progress?.Report((done, plan.Count));
        // One unit at a time to each thread, in order: a video takes as long as thousands of images.
        InParallel.Run(plan.Request.Threads, options => Parallel.ForEach(Partitioner.Create(units, EnumerablePartitionerOptions.NoBuffering), options, unit =>
            new ImportUnitWorker(plan.Request, work, log, token).Run(unit, count => progress?.Report((Interlocked.Add(ref done, count), plan.Count)))), token);
    }

    private static Dictionary<RecordingKey, int> Finish(ImportPlan plan, ImportWork work, string target, CancellationToken token)
    {
        var kept = new List<(PlannedRecording Recording, int Pick)>(plan.Count);
        var counts = new Dictionary<RecordingKey, int>();
        foreach (var recording in plan.Recordings)
        {
            counts[recording.Key] = work.States.AsSpan(recording.First, recording.Picks.Length).Count(ImageState.Made);
            for (var i = 0; i < recording.Picks.Length; i++)
                if (work.States[recording.First + i] == ImageState.Made) kept.Add((recording, recording.Picks[i]));
        }
        var broken = plan.Count - kept.Count;
        if (kept.Count == 0) throw new UserErrorException($"none of {plan.Count} images could be read: look at the lines above and at one of the files");
        var folder = broken == 0 ? work.Folder : WithoutBroken(work, kept.Count, token);
        WritePoses(plan, folder, kept);
        PackFiles.WriteDescription(Path.Combine(folder, PackFiles.Description), Description(plan, kept.Count));
        token.ThrowIfCancellationRequested();
        if (broken == 0) work.Finish();
        else work.Dispose();
        Directory.Move(folder, target);
        PackWriter.DeleteQuietly(work.Folder);
        return counts;
    }

    /// <summary>A copy of the images that are there, in a folder in the work's.</summary>
    private static string WithoutBroken(ImportWork work, int count, CancellationToken token)
    {
        DiskSpace.Require(work.Folder, (long)count * PackFiles.BytesPerImage);
        var folder = Path.Combine(work.Folder, "whole");
        PackWriter.DeleteQuietly(folder);
        Directory.CreateDirectory(folder);
        using var images = PackWriter.CreateImages(folder, count, out var offset);
        var image = new byte[WalkerImage.ByteCount];
        for (var i = 0; i < work.States.Length; i++)
        {
            if (work.States[i] != ImageState.Made) continue;
            token.ThrowIfCancellationRequested();
            work.Read(i, image);
            RandomAccess.Write(images, image, offset);
            offset += image.Length;
        }
        return folder;
    }

    private static void WritePoses(ImportPlan plan, string folder, List<(PlannedRecording Recording, int Pick)> kept)
    {
        var entries = new PackEntry[kept.Count];
        var pose = new float[PackFiles.PoseValues];
        using (var poses = PackWriter.CreatePoses(folder, kept.Count, out var offset))
        {
            for (var i = 0; i < kept.Count; i++)
            {
                var (recording, pick) = kept[i];
                recording.Poses.Pose(pick).CopyTo(pose);
                var root = recording.Poses.Roots[pick];
                var crop = FrameCrop.Of(plan.Request.Box, CameraTable.For(recording.Key.Subject, recording.Key.Camera), root, pose).Crop;
                if (plan.Request.VirtualCamera) crop = VirtualCamera.Turn(crop, pose);
                RandomAccess.Write(poses, MemoryMarshal.AsBytes(pose.AsSpan()), offset);
                offset += pose.Length * sizeof(float);
                entries[i] = Entry(recording.Key, recording.Poses.Frames[pick], crop, plan.Request.Actions.Count);
            }
        }
        PackWriter.WriteMeta(Path.Combine(folder, PackFiles.Meta), entries);
    }

    // With several actions the source says which: subject, trial, camera and frame would not tell two images apart.
    private static PackEntry Entry(RecordingKey key, int frame, CropGeometry crop, int actions)
        => new($"S{key.Subject}", key.Trial, key.Camera, frame, actions == 1 ? "human36m" : $"human36m:{key.Action.Name}", crop);

    private static PackDescription Description(ImportPlan plan, int count) => new(
        "human36m", Version, 0, plan.Request.Step, 0, [.. plan.Recordings.Select(r => $"S{r.Key.Subject}").Distinct()], count)
    {
        Origin = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["layout"] = plan.Layout.Name,
            ["sequences"] = string.Join(' ', plan.Request.Actions),
            ["space"] = plan.Request.VirtualCamera ? "virtual camera" : "camera",
            ["skeleton"] = plan.Request.Variant.ToString().ToLowerInvariant(),
            ["unit"] = "millimetres",
            ["box"] = plan.Request.Box.ToString().ToLowerInvariant(),
        },
    };
}

/// <summary>A piece of work for one thread: images of a recording that follow each other, or a video from its beginning.</summary>
internal readonly record struct ImportUnit(PlannedRecording Recording, int First, int Count)
{
    /// <summary>Images that are written, and marked as done, together.</summary>
    public const int Images = 64;

    public static IEnumerable<ImportUnit> Of(PlannedRecording recording, ImageState[] states)
    {
        var length = recording.Picks.Length;
        // A video has to be read from its beginning anyway.
        var chunk = recording.Frames is VideoFile ? length : Images;
        for (var first = 0; first < length; first += chunk)
        {
            var count = Math.Min(chunk, length - first);
            if (states.AsSpan(recording.First + first, count).Contains(ImageState.Open)) yield return new ImportUnit(recording, first, count);
        }
    }
}

/// <summary>Makes the images of units: decodes frames, cuts and resamples them.</summary>
internal sealed class ImportUnitWorker(ImportRequest request, ImportWork work, ImportLog log, CancellationToken token)
{
    // The studio's images are 1000 x 1000 or 1000 x 1002 pixels; videos are rounded by some programs.
    private const int FrameSide = 1000;
    private const int SideTolerance = 8;
    private readonly byte[] _images = new byte[ImportUnit.Images * WalkerImage.ByteCount];
    private readonly ImageState[] _states = new ImageState[ImportUnit.Images];

    public void Run(ImportUnit unit, Action<int> done)
    {
        if (unit.Recording.Frames is VideoFile video) RunVideo(unit, video, done);
        else RunImages(unit, (FrameImages)unit.Recording.Frames, done);
    }

    private void RunImages(ImportUnit unit, FrameImages frames, Action<int> done)
    {
        for (var i = 0; i < unit.Count; i++)
        {
            token.ThrowIfCancellationRequested();
            var pick = unit.Recording.Picks[unit.First + i];
            var path = frames.Paths[unit.Recording.Poses.Frames[pick]];
            try
            {
                Cut(ImageFile.Load(path), path, unit.Recording, pick, i);
                _states[i] = ImageState.Made;
            }
            catch (UserErrorException error) when (request.SkipBroken)
            {
                log.Warn($"left out: {error.Message}");
                _states[i] = ImageState.Broken;
            }
        }
        Write(unit, 0, unit.Count, done);
    }

    private void RunVideo(ImportUnit unit, VideoFile video, Action<int> done)
    {
        var (next, written, frame) = (0, 0, 0);
        foreach (var image in FfmpegVideo.Frames(video.Path, request.Ffmpeg, token))
        {
            if (unit.Recording.Poses.Frames[unit.Recording.Picks[next]] == frame++)
            {
                Cut(image, video.Path, unit.Recording, unit.Recording.Picks[next], next - written);
                _states[next - written] = ImageState.Made;
                next++;
            }
            if (next - written == ImportUnit.Images || next == unit.Count)
            {
                Write(unit, written, next - written, done);
                written = next;
            }
            if (next == unit.Count) return;
        }
        log.Warn($"{unit.Recording.Key}: the video has {frame} frames, so that {unit.Count - next} poses at the end are left out");
        Write(unit, written, next - written, done);
        for (; next < unit.Count; next += ImportUnit.Images)
        {
            Array.Fill(_states, ImageState.Broken);
            Write(unit, next, Math.Min(ImportUnit.Images, unit.Count - next), done);
        }
    }

    private void Cut(RgbImage image, string path, PlannedRecording recording, int pick, int slot)
    {
        if (Math.Abs(image.Width - FrameSide) > SideTolerance || Math.Abs(image.Height - FrameSide) > SideTolerance)
            throw new UserErrorException($"{path} has {image.Width} x {image.Height} pixels, the cameras' frames have {FrameSide} x {FrameSide} to {FrameSide + 2}: extract the frames without scaling or cutting");
        var camera = CameraTable.For(recording.Key.Subject, recording.Key.Camera);
        var crop = FrameCrop.Of(request.Box, camera, recording.Poses.Roots[pick], recording.Poses.Pose(pick));
        AreaResampler.Crop(image, crop.Box, _images.AsSpan(slot * WalkerImage.ByteCount, WalkerImage.ByteCount));
    }

    private void Write(ImportUnit unit, int first, int count, Action<int> done)
    {
        if (count == 0) return;
        work.Write(unit.Recording.First + unit.First + first, _images.AsSpan(0, count * WalkerImage.ByteCount), _states.AsSpan(0, count));
        done(count);
    }
}
