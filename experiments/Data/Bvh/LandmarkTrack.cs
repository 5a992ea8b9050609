namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>A clip brought to our 17 joints, millimetres and z up, with the limb lengths it was captured with: left and right still differ.
/// The frames are those of the file, at its own rate.</summary>
/// <param name="Name">The file, for error messages.</param>
/// <param name="Frames">One per motion line that was kept.</param>
/// <param name="FramesPerSecond">The file's own rate.</param>
public sealed record LandmarkTrack(string Name, IReadOnlyList<BodyFrame> Frames, double FramesPerSecond)
{
    public double Seconds => (Frames.Count - 1) / FramesPerSecond;

    /// <summary>The pose at a time in seconds, linear between two frames; times outside are clamped.</summary>
    public BodyFrame At(double seconds)
    {
        var position = Math.Clamp(seconds * FramesPerSecond, 0, Frames.Count - 1);
        // A time that is a whole frame but for rounding is that frame.
        var nearest = Math.Round(position);
        if (Math.Abs(position - nearest) < 1e-6) return Frames[(int)nearest];
        var index = (int)position;
        return FrameMath.Blend(Frames[index], Frames[index + 1], position - index);
    }

    /// <summary>The track at 50 frames a second, from its first frame to the last that fits. Positions are interpolated, not the turns of
    /// joints: a chord shortens a limb by a fraction of a millimetre at 120 Hz, retargeting restores the length, and Euler angles that jump
    /// by 360 degrees cannot do harm.</summary>
    public IReadOnlyList<BodyFrame> Resample()
    {
        var count = (int)Math.Floor((Seconds * MotionClip.FramesPerSecond) + 1e-6) + 1;
        return [.. Enumerable.Range(0, count).Select(i => At(i / MotionClip.FramesPerSecond))];
    }
}
