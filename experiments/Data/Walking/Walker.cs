namespace PoseEngine.Experiments.Data;

/// <summary>Makes the motion of one subject in one trial. The walk is driven by the feet: the body advances by what the standing sole point
/// moves backwards under it, so that this point stays put, along a closed path that gives the heading, and it is lowered until the
/// supporting foot touches the floor.</summary>
public sealed class Walker
{
    private const double Step = 1 / MotionClip.FramesPerSecond;
    private const double MeanSpeed = 1.25;

    // Faster turning than this (radians a second) is slowed down for: one degree a frame keeps feet from sliding.
    private const double MaximumTurnRate = .95;
    private const int AngleChannels = 21;
    private readonly WalkerSubject _subject;
    private readonly RandomGenerator _random;
    private readonly WalkPath _path;
    private readonly SmoothNoise _tremor, _mood;
    private readonly double _trialSpeed;
    private double _phase;
    private double _lap;

    private Walker(WalkerSubject subject, int trial, ulong seed)
    {
        _subject = subject;
        _random = new RandomGenerator(RandomGenerator.Hash(seed, 1, (ulong)subject.Number, (ulong)trial));
        _path = new WalkPath(_random, clockwise: (trial + subject.Number) % 2 == 0);
        _tremor = new SmoothNoise(_random, AngleChannels, .3, Step);
        _mood = new SmoothNoise(_random, 3, 2.5, Step);
        _trialSpeed = _random.NextUniform(.85, 1.45);
        _phase = _random.NextDouble();
        _lap = _random.NextUniform(0, 6 * Math.PI);
    }

    /// <summary>The walk of a subject: trial 1 or 2, <paramref name="frames"/> frames at 50 Hz. The same arguments give the same motion,
    /// and a shorter one is the beginning of a longer one.</summary>
    public static MotionClip Walk(WalkerSubject subject, int trial, int frames, ulong seed)
    {
        var walker = new Walker(subject, trial, seed);
        var motion = new BodyFrame[frames];
        PosedBody? previous = null;
        for (var i = 0; i < frames; i++)
        {
            var speed = walker.Speed();
            var body = WalkerBody.Pose(subject.Body, walker.Angles(speed));
            var floor = walker.Floor(body);
            WalkerBody.KeepFootAbove(floor + Clearance(walker._phase), 0, subject.Body, body);
            WalkerBody.KeepFootAbove(floor + Clearance(walker._phase + .5), 1, subject.Body, body);
            if (previous is not null) walker.Advance(previous, body);
            motion[i] = walker.Place(body);
            walker.NextInstant(speed);
            previous = body;
        }
        return new MotionClip($"{subject.Name}-walking-{trial}", subject.Body, motion);
    }

    /// <summary>The intended speed in m/s: that of the trial, slowly varying, less in tight curves.</summary>
    private double Speed()
    {
        var wanted = _trialSpeed * (1 + (.08 * _mood[0]));
        return Math.Clamp(wanted, .7, Math.Clamp(MaximumTurnRate / (_path.Curvature(_lap) * 1000), .75, 1.6));
    }

    private void NextInstant(double speed)
    {
        _phase += Step * speed / GaitCurves.StrideLength(speed);
        _phase -= Math.Floor(_phase);
        _tremor.Advance();
        _mood.Advance();
    }

    /// <summary>Moves along the path by what the standing sole point has moved back since the previous frame.</summary>
    private void Advance(PosedBody previous, PosedBody body)
    {
        // The pushing toe leads until the other heel has settled.
        var standing = Lower(body, SideAt(_phase - .03));
        var distance = previous.SolePoints[standing].X - body.SolePoints[standing].X;
        _lap = _path.Advance(_lap, Math.Clamp(distance, 4, 50));
    }

    /// <summary>The floor relative to the pelvis, mm. It is where the supporting foot is; towards a strike it rises to where the striking
    /// heel is, and after it it does not fall away from the pushing toe at once: the knee gives way instead.</summary>
    private double Floor(PosedBody body)
    {
        var support = SideAt(_phase);
        var progress = (2 * _phase) % 1;
        double Height(int side) => Math.Min(body.SolePoints[2 * side].Z, body.SolePoints[(2 * side) + 1].Z);
        var own = Height(support);
        var striking = own + (Smooth((progress - .72) / .28) * (body.SolePoints[2 * (1 - support)].Z - own));
        var pushing = Height(1 - support) - (90 * Smooth((progress - .1) / .3));
        return Math.Max(own, progress < .5 ? pushing : striking);
    }

    /// <summary>How far a foot stays off the floor, mm, by the phase since its own strike: it swings from .6 to 1.</summary>
    private static double Clearance(double phase) => 24 * Swinging(phase, .58, .985);

    /// <summary>A smooth rise from 0 to 1 and back between two phases of a leg.</summary>
    private static double Swinging(double phase, double from, double to)
    {
        var share = (phase - Math.Floor(phase) - from) / (to - from);
        return share is <= 0 or >= 1 ? 0 : Math.Min(1, 4 * share * (1 - share));
    }

    /// <summary>0 where the right foot carries the body, 1 where the left one does.</summary>
    private static int SideAt(double phase) => phase - Math.Floor(phase) < .5 ? 0 : 1;

    private static int Lower(PosedBody body, int side) => body.SolePoints[2 * side].Z <= body.SolePoints[(2 * side) + 1].Z ? 2 * side : (2 * side) + 1;

    private static double Smooth(double share)
    {
        var s = Math.Clamp(share, 0, 1);
        return s * s * (3 - (2 * s));
    }

    private BodyFrame Place(PosedBody body)
    {
        var floor = body.SolePoints.Min(point => point.Z);
        var (sine, cosine) = Math.SinCos(_path.Heading(_lap));
        var lateral = GaitCurves.PelvisLateral.At(_phase);
        var root = _path.Position(_lap) + new Vec3(lateral * sine, -lateral * cosine, -floor);
        Vec3 Turn(Vec3 v) => new((cosine * v.X) - (sine * v.Y), (sine * v.X) + (cosine * v.Y), v.Z);
        return new BodyFrame(body.Joints, body.Toes[0], body.Toes[1], Turn(body.Facing)).Map(point => root + Turn(point));
    }

    private BodyAngles Angles(double speed)
    {
        var habits = _subject.Habits;
        var right = GaitPhase.At(_phase);
        var left = GaitPhase.At(_phase + .5);
        // Longer strides at speed come from hip and knee; the ankle hardly changes.
        var amplitude = habits.LegAmplitude * GaitCurves.StrideLength(speed) / GaitCurves.StrideLength(MeanSpeed);
        var trunk = new TrunkAngles(
            (habits.TrunkAmplitude * GaitCurves.PelvisYaw.Swing(right)) + _tremor[0],
            (habits.TrunkAmplitude * GaitCurves.PelvisRoll.Swing(right)) + (.6 * _tremor[1]),
            (GaitCurves.ShoulderYawFactor * habits.TrunkAmplitude * GaitCurves.ShoulderYaw.Swing(right)) + (1.5 * _tremor[2]),
            habits.TrunkPitch + _tremor[3], (habits.TrunkAmplitude * GaitCurves.TrunkRoll.Swing(right)) + (.8 * _tremor[4]),
            12 * Math.Clamp(_mood[1], -2.5, 2.5), habits.HeadPitch + (4 * _mood[2]), habits.ToeOut);
        return new BodyAngles(
            Leg(right, amplitude, 5, Swinging(_phase, .55, .95)), Leg(left, amplitude, 9, Swinging(_phase + .5, .55, .95)),
            Arm(right, speed, 13), Arm(left, speed, 16), trunk);
    }

    private LegAngles Leg(in GaitPhase phase, double amplitude, int channel, double swinging)
    {
        var habits = _subject.Habits;
        var knee = GaitCurves.Knee.Mean + habits.KneeOffset + (amplitude * GaitCurves.Knee.Swing(phase));
        var pitch = GaitCurves.FootPitch.Mean + habits.FootOffset + GaitCurves.FootPitch.Swing(phase) + _tremor[channel + 2];
        // Markers on a shoe overstate how far the toes of a swinging foot point down.
        if (pitch < 0) pitch *= 1 - (.3 * swinging);
        return new LegAngles(
            GaitCurves.Thigh.Mean + habits.ThighOffset + (amplitude * GaitCurves.Thigh.Swing(phase)) + _tremor[channel],
            // A knee does not bend forwards, whatever habits and noise add up to.
            Math.Max(3, knee + (1.5 * _tremor[channel + 1])),
            pitch,
            GaitCurves.LegAbduction.Mean + habits.AbductionOffset + GaitCurves.LegAbduction.Swing(phase) + (.6 * _tremor[channel + 3]));
    }

    private ArmAngles Arm(in GaitPhase phase, double speed, int channel)
    {
        var habits = _subject.Habits;
        var swing = habits.ArmSwing * GaitCurves.ArmSwingFactor * Math.Sqrt(speed / MeanSpeed);
        return new ArmAngles(
            GaitCurves.UpperArm.Mean + habits.ArmOffset + (swing * GaitCurves.UpperArm.Swing(phase)) + (2 * _tremor[channel]),
            Math.Max(4, GaitCurves.Elbow.Mean + habits.ElbowOffset + (swing * GaitCurves.Elbow.Swing(phase)) + (2 * _tremor[channel + 1])),
            Math.Max(2, GaitCurves.ArmAbduction.Mean + habits.ArmAbductionOffset + GaitCurves.ArmAbduction.Swing(phase) + _tremor[channel + 2]));
    }
}

/// <summary>Smooth random curves of unit variance: AR(1) noise passed through a second pole of the same time constant. One pole alone would
/// shake the limbs by several millimetres from frame to frame; people do not.</summary>
public sealed class SmoothNoise
{
    private readonly RandomGenerator _random;
    private readonly double[] _first, _second;
    private readonly double _pole, _innovation, _gain;

    /// <param name="timeConstant">Seconds over which a curve forgets.</param>
    public SmoothNoise(RandomGenerator random, int channels, double timeConstant, double step)
    {
        _random = random;
        _first = new double[channels];
        _second = new double[channels];
        _pole = Math.Exp(-step / timeConstant);
        _innovation = Math.Sqrt(1 - (_pole * _pole));
        var square = _pole * _pole;
        _gain = (1 - square) / ((1 - _pole) * Math.Sqrt(1 + square));
        for (var i = 0; i < channels; i++) _first[i] = random.NextNormal();
        // Long enough to forget the start at zero of the second pole.
        var warmUp = (int)Math.Ceiling(6 * timeConstant / step);
        for (var i = 0; i < warmUp; i++) Advance();
    }

    /// <summary>The present value of a curve, clipped to three standard deviations.</summary>
    public double this[int channel] => Math.Clamp(_second[channel] * _gain, -3, 3);

    public void Advance()
    {
        for (var i = 0; i < _first.Length; i++)
        {
            _first[i] = (_pole * _first[i]) + (_innovation * _random.NextNormal());
            _second[i] = (_pole * _second[i]) + ((1 - _pole) * _first[i]);
        }
    }
}

/// <summary>A closed path on the floor: an ellipse of about 3.4 x 2.8 m whose axes breathe with a period of three laps, so that it closes
/// after three laps and passes over most of the area. Millimetres; the parameter is the lap angle.</summary>
public sealed class WalkPath
{
    // The body must not come nearer than about 2.5 m to any of the four cameras.
    private const double HalfLength = 1700;
    private const double HalfWidth = 1420;
    private static readonly Vec3 Middle = new(0, 400, 0);
    private readonly double _direction, _breathX, _breathY, _shiftX, _shiftY;

    /// <param name="clockwise">The sense of walking, seen from above.</param>
    public WalkPath(RandomGenerator random, bool clockwise)
    {
        _direction = clockwise ? -1 : 1;
        (_breathX, _breathY) = (random.NextUniform(.05, .12), random.NextUniform(.05, .12));
        (_shiftX, _shiftY) = (random.NextUniform(0, 2 * Math.PI), random.NextUniform(0, 2 * Math.PI));
    }

    public Vec3 Position(double angle)
    {
        var (sine, cosine) = Math.SinCos(_direction * angle);
        return Middle + new Vec3(HalfLength * BreathX(angle) * cosine, HalfWidth * BreathY(angle) * sine, 0);
    }

    public Vec3 Velocity(double angle)
    {
        var (sine, cosine) = Math.SinCos(_direction * angle);
        var dx = (-BreathX(angle) * sine * _direction) + (SlopeX(angle) * cosine);
        var dy = (BreathY(angle) * cosine * _direction) + (SlopeY(angle) * sine);
        return new Vec3(HalfLength * dx, HalfWidth * dy, 0);
    }

    /// <summary>The lap angle after walking on by a distance in millimetres (midpoint rule).</summary>
    public double Advance(double angle, double distance)
    {
        var middle = angle + (distance / 2 / Velocity(angle).Length);
        return angle + (distance / Velocity(middle).Length);
    }

    public double Heading(double angle)
    {
        var velocity = Velocity(angle);
        return Math.Atan2(velocity.Y, velocity.X);
    }

    /// <summary>The curvature in 1/mm: the heading turns by this much per millimetre walked.</summary>
    public double Curvature(double angle)
    {
        const double Step = 1e-3;
        var turn = Heading(angle + Step) - Heading(angle - Step);
        turn -= 2 * Math.PI * Math.Round(turn / (2 * Math.PI));
        return Math.Abs(turn) / (2 * Step * Velocity(angle).Length);
    }

    private double BreathX(double angle) => 1 + (_breathX * Math.Cos((angle / 3) + _shiftX));
    private double BreathY(double angle) => 1 + (_breathY * Math.Cos((angle / 3) + _shiftY));
    private double SlopeX(double angle) => -_breathX / 3 * Math.Sin((angle / 3) + _shiftX);
    private double SlopeY(double angle) => -_breathY / 3 * Math.Sin((angle / 3) + _shiftY);
}
