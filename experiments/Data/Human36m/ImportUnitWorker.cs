using PoseEngine.Experiments.Data.Human36m.Video;

namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Makes the images of units: decodes frames, cuts and resamples them.</summary>
internal sealed class ImportUnitWorker(ImportRequest request, ImportWork work, ImportLog log, CancellationToken token)
{
    // The studio's images are 1000 x 1000 or 1000 x 1002 pixels; videos are rounded by some programs.
    private const int FrameSide = 1000;
    private const int SideTolerance = 8;
    private readonly byte[] _images = new byte[ImportUnit.Images * WalkerImage.ByteCount];
    private readonly ImageState[] _states = new ImageState[ImportUnit.Images];

    /// <summary>Makes a unit and tells after each piece how many images it had.</summary>
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
