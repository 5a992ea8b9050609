namespace PoseEngine.Experiments.Data.Bvh;

public sealed record BvhOptions
{
    public BvhUnit Unit { get; init; } = BvhUnit.Auto;

    /// <summary>The stature in millimetres of the body that performs the motions; null keeps each clip's own mean lengths.</summary>
    public double? Stature { get; init; }

    /// <summary>Frames wanted of each clip, at 50 a second; 0 takes the clip itself, once.</summary>
    public int Frames { get; init; }

    public JointOverrides Joints { get; init; } = JointOverrides.None;

    /// <summary>Decides path, start and sense of each clip, together with the clip's name.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>How a clip was made to last: itself, once and centred; one stride repeated along a curved path; or forth and back, for want of a
/// clean stride.</summary>
public enum ClipPlayback
{
    Once, StrideLoop, ForthAndBack,
}

/// <summary>What was found in a file and what was done with it, for the user to check.</summary>
/// <param name="Unit">The unit used; with <paramref name="UnitGuessed"/> it was told from the length of the legs.</param>
/// <param name="Speed">Mean ground speed of the captured body, metres a second.</param>
public sealed record BvhSummary(
    string File, int SourceFrames, double SourceFramesPerSecond, int DroppedFrames, BvhUnit Unit, bool UnitGuessed,
    double Speed, ClipPlayback Playback, Stride? Stride);

public sealed record ImportedMotion(MotionClip Clip, BvhSummary Summary);

/// <summary>Loads BVH files as motions of our 17 joints: millimetres, z up, floor at 0, 50 frames a second.</summary>
public static class BvhMotion
{
    /// <summary>Five and a half hours; every frame takes about 600 bytes.</summary>
    public const int MaxFrames = 1_000_000;

    private const double ShortestStature = 500, TallestStature = 2500;

    /// <summary>The motions of one file, or of every .bvh file of a folder in the order of their names.</summary>
    public static IReadOnlyList<MotionClip> Load(string folderOrFile, BvhOptions options) => [.. Import(folderOrFile, options).Select(motion => motion.Clip)];

    public static IReadOnlyList<ImportedMotion> Import(string folderOrFile, BvhOptions options)
    {
        Check(options);
        return [.. Files(folderOrFile).Select(file => Import(BvhFile.Read(file), options))];
    }

    public static ImportedMotion Import(BvhFile file, BvhOptions options)
    {
        Check(options);
        var map = JointMap.Resolve(file, options.Joints);
        var unit = options.Unit.Resolve(LandmarkExtractor.LegLength(file, map), file.Name);
        var millimetres = unit.Millimetres!.Value;
        var first = CleanStart.FirstFrame(file, millimetres);
        var track = LandmarkExtractor.Extract(file, map, millimetres, first);
        var retargeter = new Retargeter(track, options.Stature is { } stature ? BodyProportions.FromStature(stature) : null);
        var name = Path.GetFileNameWithoutExtension(file.Name);
        var (frames, playback, stride) = Play(track, retargeter, name, options);
        var summary = new BvhSummary(file.Name, file.FrameCount, track.FramesPerSecond, first, unit,
            options.Unit.Millimetres is null, BodyMeasure.Speed(track), playback, stride);
        return new ImportedMotion(new MotionClip(name, retargeter.Body, frames), summary);
    }

    private static (IReadOnlyList<BodyFrame>, ClipPlayback, Stride?) Play(LandmarkTrack track, Retargeter retargeter, string name, BvhOptions options)
    {
        // A clip's path depends on its own name, not on its neighbours in the folder.
        var random = new RandomGenerator(RandomGenerator.Hash([options.Seed, .. name.Select(c => (ulong)c)]));
        if (options.Frames > 0 && StrideFinder.Find(track) is { } stride)
        {
            var cycle = StrideCycle.Cut(track, stride, retargeter);
            return (ClipExtender.Loop(cycle, options.Frames, random), ClipPlayback.StrideLoop, stride);
        }
        var once = ClipExtender.Centre(retargeter.Retarget(track.Resample(), cyclic: false), random);
        return options.Frames == 0 ? (once, ClipPlayback.Once, null) : (ClipExtender.ForthAndBack(once, options.Frames), ClipPlayback.ForthAndBack, null);
    }

    private static void Check(BvhOptions options)
    {
        if (options.Frames is < 0 or > MaxFrames)
            throw new UserErrorException($"{options.Frames} frames per clip are outside 0 to {MaxFrames}; 0 takes each clip once");
        if (options.Stature is { } stature && !(stature is >= ShortestStature and <= TallestStature))
            throw new UserErrorException($"a stature of {stature} mm is outside {ShortestStature} to {TallestStature} mm; leave it out to keep each clip's own lengths");
    }

    private static IReadOnlyList<string> Files(string folderOrFile)
    {
        if (File.Exists(folderOrFile)) return [folderOrFile];
        if (!Directory.Exists(folderOrFile))
            throw new UserErrorException($"no such motion folder: {folderOrFile}; give a folder of .bvh files or one such file");
        var files = Attempt.Io(
            () => Directory.EnumerateFiles(folderOrFile).Where(file => Path.GetExtension(file).Equals(".bvh", StringComparison.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal).ToArray(),
            error => new UserErrorException($"{folderOrFile}: cannot list this motion folder ({error.GetType().Name}); check that it may be read", error));
        if (files.Length > 0) return files;
        throw new UserErrorException($"no motion in folder: {folderOrFile} holds no .bvh file; put BVH clips there or name another folder");
    }
}

/// <summary>The length of a BVH file's unit, which the format does not state. <see cref="Auto"/> takes the known unit under which the legs
/// come nearest to a grown person's; the CMU clips then come out as <see cref="Cmu"/>.</summary>
/// <param name="Name">As on the command line: auto, cmu, m, cm, mm, inch, or a number of millimetres.</param>
/// <param name="Millimetres">Millimetres per unit; null for a guess.</param>
public sealed record BvhUnit(string Name, double? Millimetres)
{
    /// <summary>Thigh and shank of a person 1720 mm tall, which is the middle of the synthetic subjects.</summary>
    private const double TypicalLeg = (.245 + .2515) * 1720;

    private const double ShortestLeg = 350, LongestLeg = 1400;
    public static BvhUnit Auto { get; } = new("auto", null);

    /// <summary>The unit of the CMU conversion: 1/0.45 inch.</summary>
    public static BvhUnit Cmu { get; } = new("cmu", 25.4 / .45);

    private static readonly BvhUnit[] Known = [Cmu, new("m", 1000), new("cm", 10), new("mm", 1), new("inch", 25.4)];

    public static BvhUnit Parse(string text)
    {
        if (text.Equals(Auto.Name, StringComparison.OrdinalIgnoreCase)) return Auto;
        var known = Known.FirstOrDefault(unit => unit.Name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (known is not null) return known;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var millimetres) && millimetres is > 0 and <= 1e6)
            return new BvhUnit(text, millimetres);
        throw new UserErrorException($"BVH unit '{text}' is unknown; use auto, cmu, m, cm, mm, inch or a number of millimetres up to 1e6");
    }

    /// <summary>This unit, or the guess that <see cref="Auto"/> stands for.</summary>
    public BvhUnit Resolve(double legLength, string file)
    {
        if (legLength <= 0)
            throw new UserErrorException($"{file}: the legs have no length; name other bones in a joint map, a JSON file such as {{\"LeftKnee\": \"MyBone\"}}");
        var unit = Millimetres is null ? Known.MinBy(known => Mismatch(known, legLength))! : this;
        var leg = unit.Millimetres!.Value * legLength;
        if (leg is >= ShortestLeg and <= LongestLeg) return unit;
        throw new UserErrorException($"{file}: legs of {legLength:g4} units are {leg:0} mm long with unit {unit.Name}, outside {ShortestLeg:0} to {LongestLeg:0} mm; give the unit in millimetres, about {TypicalLeg / legLength:g3}");
    }

    private static double Mismatch(BvhUnit unit, double legLength) => Math.Abs(Math.Log(unit.Millimetres!.Value * legLength / TypicalLeg));
}
