namespace PoseEngine.Experiments.Data;

/// <summary>One of the seven people: body, looks and personal way of walking. They are drawn from fixed seeds, so S1 is the same person in
/// every pack, whatever its seed.</summary>
public sealed class WalkerSubject
{
    private const ulong PeopleSeed = 36;

    private WalkerSubject(string name, int number, int framesOfFirst, int framesOfSecond)
    {
        Name = name;
        Number = number;
        FrameCounts = [framesOfFirst, framesOfSecond];
        var random = new RandomGenerator(PeopleSeed, (ulong)number);
        Body = DrawBody(random);
        Habits = GaitHabits.Draw(random);
        Look = BodyLook.Draw(random);
    }

    /// <summary>The seven subjects with the number of frames of their two walking sequences in Human3.6M.</summary>
    public static IReadOnlyList<WalkerSubject> All { get; } =
    [
        new("S1", 1, 3476, 3134), new("S5", 5, 3000, 2521), new("S6", 6, 2750, 3614), new("S7", 7, 3636, 3623),
        new("S8", 8, 3737, 3695), new("S9", 9, 2446, 1612), new("S11", 11, 1637, 1621),
    ];

    public string Name { get; }
    public int Number { get; }

    /// <summary>Frames at 50 Hz of trial 1 and trial 2.</summary>
    public IReadOnlyList<int> FrameCounts { get; }

    public BodyProportions Body { get; }
    public GaitHabits Habits { get; }
    public BodyLook Look { get; }

    public static WalkerSubject Named(string name)
        => All.FirstOrDefault(subject => subject.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UserErrorException($"subject '{name}' is not one of {string.Join(", ", All.Select(s => s.Name))}: name some of these");

    private static BodyProportions DrawBody(RandomGenerator random)
    {
        var stature = Math.Clamp(1720 + (75 * random.NextNormal()), 1560, 1880);
        double Vary(double length) => length * (1 + Math.Clamp(.025 * random.NextNormal(), -.06, .06));
        var mean = BodyProportions.FromStature(stature);
        return new BodyProportions(
            Vary(mean.HalfPelvis), Vary(mean.Thigh), Vary(mean.Shank), Vary(mean.PelvisToSpine),
            Vary(mean.SpineToThorax), Vary(mean.ThoraxToNeck), Vary(mean.NeckToHead), Vary(mean.ThoraxToShoulder), Vary(mean.UpperArm), Vary(mean.Forearm));
    }
}

/// <summary>How a person's gait differs from the mean: offsets in degrees added to the means of the curves, factors on their swing, and
/// postures in degrees.</summary>
public sealed record GaitHabits(
    double ThighOffset, double KneeOffset, double FootOffset, double AbductionOffset, double ArmOffset,
    double ElbowOffset, double ArmAbductionOffset, double LegAmplitude, double ArmSwing, double TrunkAmplitude, double TrunkPitch, double HeadPitch, double ToeOut)
{
    public static GaitHabits Average { get; } = new(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 5, 0, 7);

    public static GaitHabits Draw(RandomGenerator random)
    {
        double Offset(GaitCurve curve) => Math.Clamp(random.NextNormal(), -2, 2) * curve.StrideDeviation / 2;
        double Factor(double deviation) => 1 + (deviation * Math.Clamp(random.NextNormal(), -2, 2));
        return new GaitHabits(
            Offset(GaitCurves.Thigh), Offset(GaitCurves.Knee), Offset(GaitCurves.FootPitch),
            Offset(GaitCurves.LegAbduction), Offset(GaitCurves.UpperArm), Offset(GaitCurves.Elbow),
            Offset(GaitCurves.ArmAbduction), Factor(.06), Factor(.3), Factor(.1), random.NextUniform(3, 8), random.NextUniform(-4, 6), random.NextUniform(3, 12));
    }
}
