namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>Sets a walk down on the floor z = 0. The height of the lowest foot, averaged over about a step, is taken away from each frame,
/// which removes sloping floors and what other leg lengths change; then the whole motion is set down so that its lowest foot touches. Frame
/// by frame would be wrong: the toes of captured models cannot bend, dip up to 50 mm into the floor at push-off, and the body would be
/// thrown up by as much within a few frames.</summary>
internal static class FloorContact
{
    private const int HalfWindow = (int)(.5 * MotionClip.FramesPerSecond);

    /// <summary>The frames, moved vertically only. The lowest ankle or toe of all of them comes to lie at 0.</summary>
    /// <param name="frames">Poses at 50 frames a second.</param>
    /// <param name="cyclic">Whether the last pose is followed by the first.</param>
    public static IReadOnlyList<BodyFrame> SetDown(IReadOnlyList<BodyFrame> frames, bool cyclic)
    {
        var lowest = frames.Select(FrameMath.LowestFoot).ToArray();
        var floor = lowest.Select((_, i) => Average(lowest, i, cyclic)).ToArray();
        var touch = lowest.Zip(floor, (foot, level) => foot - level).Min();
        return [.. frames.Select((frame, i) => FrameMath.Move(frame, 0, -(floor[i] + touch) * FrameMath.Up))];
    }

    /// <summary>The mean around a frame under a triangle half a second wide to either side.</summary>
    private static double Average(double[] values, int centre, bool cyclic)
    {
        double sum = 0, weights = 0;
        for (var shift = -HalfWindow; shift <= HalfWindow; shift++)
        {
            var i = centre + shift;
            if (cyclic) i = ((i % values.Length) + values.Length) % values.Length;
            if (i < 0 || i >= values.Length) continue;
            double weight = HalfWindow + 1 - Math.Abs(shift);
            sum += weight * values[i];
            weights += weight;
        }
        return sum / weights;
    }
}
