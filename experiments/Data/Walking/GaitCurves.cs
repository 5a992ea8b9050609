namespace PoseEngine.Experiments.Data;

/// <summary>One angle (degrees) or displacement (millimetres) over the gait cycle: a Fourier series of order four in the phase p in [0, 1),
/// where 0 is the strike of the right heel. Fitted to twelve strides of motion capture.</summary>
public sealed record GaitCurve(double Mean, double StrideDeviation, params double[] Coefficients)
{
    /// <summary>The swing about the mean at a phase whose harmonics are given; scale it to change the amplitude.</summary>
    public double Swing(in GaitPhase phase)
    {
        var sum = 0.0;
        for (var k = 0; k < 4; k++) sum += (Coefficients[2 * k] * phase.Cosine(k)) + (Coefficients[(2 * k) + 1] * phase.Sine(k));
        return sum;
    }

    public double At(double phase) => Mean + Swing(GaitPhase.At(phase));
}

/// <summary>The four harmonics of one phase, computed once and shared by all curves.</summary>
public readonly struct GaitPhase
{
    private readonly double _c1, _s1, _c2, _s2, _c3, _s3, _c4, _s4;

    private GaitPhase(double phase)
    {
        (_s1, _c1) = Math.SinCos(2 * Math.PI * phase);
        // Angle addition instead of three more sines: the same bits on every platform given the first pair.
        (_c2, _s2) = ((_c1 * _c1) - (_s1 * _s1), 2 * _s1 * _c1);
        (_c3, _s3) = ((_c2 * _c1) - (_s2 * _s1), (_s2 * _c1) + (_c2 * _s1));
        (_c4, _s4) = ((_c2 * _c2) - (_s2 * _s2), 2 * _s2 * _c2);
    }

    public static GaitPhase At(double phase) => new(phase);
    public double Cosine(int harmonic) => harmonic switch { 0 => _c1, 1 => _c2, 2 => _c3, _ => _c4 };
    public double Sine(int harmonic) => harmonic switch { 0 => _s1, 1 => _s2, 2 => _s3, _ => _s4 };
}

/// <summary>The curves of human walking. Sagittal angles are those of the segment from the downward vertical, positive forward; the left
/// side uses the phase half a cycle later. Means hold the corrections of the marker model (knee -9, foot pitch +20 so that a flat foot is
/// about 0, arm abduction +6 so that the arms clear the trunk).</summary>
public static class GaitCurves
{
    public static readonly GaitCurve Thigh = new(11.8, 3.5, 23.4, 2.2, -3.5, -4.9, -0.5, 2.4, -0.6, -0.3);
    public static readonly GaitCurve Knee = new(24.9, 5.5, 7.5, -16.2, -17.5, -4.1, -2.0, 5.9, -2.1, -0.3);
    public static readonly GaitCurve FootPitch = new(-10.8, 6.7, 15.5, 26.3, 20.6, -7.0, -0.3, -6.1, 1.2, 2.5);
    public static readonly GaitCurve LegAbduction = new(-4.2, 1.9, 1.1, -3.7, -1.0, -0.8, -0.1, 0.4, 0.2, -0.1);
    public static readonly GaitCurve UpperArm = new(-5.7, 5.4, -8.9, -1.5, -0.2, -0.3, -0.6, -0.1, 0, 0);
    public static readonly GaitCurve Elbow = new(30.9, 7.6, -8.9, -3.0, 2.5, -0.8, 0.4, -0.3, 0, 0.1);
    public static readonly GaitCurve ArmAbduction = new(7.8, 3.5, -4.9, -0.6, 0.8, -0.2, 0, -0.1, 0, 0.1);

    /// <summary>Positive with the right hip forward.</summary>
    public static readonly GaitCurve PelvisYaw = new(-0.4, 2.6, 4.5, 3.8, 0.1, 0.1, 0, 0.1, -0.1, 0.1);

    /// <summary>Positive with the right hip up.</summary>
    public static readonly GaitCurve PelvisRoll = new(-0.1, 2.0, -4.8, 1.9, 0.1, 0, -0.7, -0.7, -0.1, 0);

    /// <summary>Positive with the right shoulder forward.</summary>
    public static readonly GaitCurve ShoulderYaw = new(-0.9, 3.3, -2.0, 1.3, 0.1, 0.1, 0.5, 0.1, 0, 0);

    public static readonly GaitCurve TrunkRoll = new(-0.2, 1.2, 1.7, -0.2, 0, 0, 0.1, 0.3, 0, 0);

    /// <summary>Millimetres, positive to the right.</summary>
    public static readonly GaitCurve PelvisLateral = new(0, 19, -31.5, 6.5, -1.8, 1.8, -1.6, -2.9, -1.2, -0.2);

    // Averaging clips flattens these two; the factors bring them back to textbook amplitude.
    public const double ArmSwingFactor = 1.5;
    public const double ShoulderYawFactor = 3;

    /// <summary>The length of a stride (two steps) in metres at a walking speed in metres a second.</summary>
    public static double StrideLength(double speed) => .71 + (.55 * speed);
}
