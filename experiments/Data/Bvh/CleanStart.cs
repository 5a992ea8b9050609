namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>Finds where a clip begins in earnest. Frame 0 of the CMU conversion is a T-pose, and a few clips go on with frames of zeros;
/// both show as a jump to the next frame that no body makes.</summary>
public static class CleanStart
{
    /// <summary>Two CMU units at 120 frames a second: faster than any sprinter's hips.</summary>
    private const double MaxStep = 2 * 25.4 / .45;

    private const double MaxTurn = 30;
    private const double ReferenceFrameTime = 1.0 / 120;
    private const double SearchSeconds = .25;

    /// <summary>The first frame to keep: after frame 0, and after the last jump within the first quarter of a second.</summary>
    public static int FirstFrame(BvhFile file, double millimetres)
    {
        if (file.FrameCount == 1) return 0;
        // A file of fewer frames a second steps farther in each of them.
        var slowness = Math.Max(1, file.FrameTime / ReferenceFrameTime);
        var maxStep = MaxStep * slowness / millimetres;
        var maxTurn = Math.Min(MaxTurn * slowness, 120);
        var last = Math.Min(file.FrameCount - 2, (int)Math.Ceiling(SearchSeconds / file.FrameTime));
        var kinematics = new ForwardKinematics(file);
        var (before, after) = (new State(file), new State(file));
        after.Solve(kinematics, 1);
        var first = 1;
        for (var frame = 1; frame <= last; frame++)
        {
            (before, after) = (after, before);
            after.Solve(kinematics, frame + 1);
            if (before.JumpsTo(after, maxStep, maxTurn)) first = frame + 1;
        }
        return first;
    }

    private sealed class State(BvhFile file)
    {
        private readonly Vec3[] _positions = new Vec3[file.Joints.Count];
        private readonly Rotation[] _rotations = new Rotation[file.Joints.Count];

        public void Solve(ForwardKinematics kinematics, int frame) => kinematics.Solve(frame, _positions, _rotations);

        /// <summary>Whether the root shifts or any joint turns, relative to its parent, beyond the limits.</summary>
        public bool JumpsTo(State next, double maxStep, double maxTurn)
        {
            if ((next._positions[0] - _positions[0]).Length > maxStep) return true;
            for (var i = 0; i < _rotations.Length; i++)
                if (Local(i).DegreesTo(next.Local(i)) > maxTurn) return true;
            return false;
        }

        private Rotation Local(int i)
        {
            var parent = file.Joints[i].Parent;
            return parent < 0 ? _rotations[i] : _rotations[parent].Inverse() * _rotations[i];
        }
    }
}
