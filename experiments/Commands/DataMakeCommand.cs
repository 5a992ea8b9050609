using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine data make</c>: a pack of walkers or of recorded motion.</summary>
internal static class DataMakeCommand
{
    private static readonly Option<string> Out = new("--out") { Description = "Folder of the new pack", Required = true };
    private static readonly Option<string?> Motion = new("--motion") { Description = "BVH file, or folder of BVH files, instead of the walker" };
    private static readonly Option<double?> Mix = new("--mix") { Description = "Walkers and motion in one pack: the share of images that show motion, above 0 and below 1; needs --motion" };

    private static readonly Option<string[]> Subjects = Options.Words("--subjects", "Walkers S1, S5, S6, S7, S8, S9, S11 [default: all]");
    private static readonly Option<double> Scale = Options.Of("--scale", "Walkers: every k-th frame; 1 makes the paper's 162,008 images (8 GB)", 1.0);
    private static readonly Option<int?> Images = new("--images") { Description = "Walkers: so many images at the most; with --mix so many of both" };
    private static readonly Option<double> Difficulty = Options.Of(
        "--difficulty", "0 (easiest) to 1: share of images without face, hair and shoe cues", ImageConditions.DefaultDifficulty);
    private static readonly Option<long> Seed = Options.Seed("Seed of bodies, paths and images");
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads; 0 takes all processors. The pack does not depend on it" };
    private static readonly Option<string> Unit = Options.Of(
        "--unit", "Motion: unit of the files: auto, cmu, m, cm, mm, inch or a number of millimetres", "auto");
    private static readonly Option<double?> Stature = new("--stature") { Description = "Motion: stature in mm whose proportions replace the clip's own lengths" };
    private static readonly Option<int> Frames = new("--frames") { Description = "Motion: frames a clip at 50 Hz, by looping a stride; 0 plays each clip once, with --mix as long as the share asks" };
    private static readonly Option<int> Step = Options.Of("--step", "Motion: every n-th frame", 1);
    private static readonly Option<string?> Joints = new("--joints") { Description = "Motion: JSON file of joint names, such as {\"LeftKnee\":\"MyBone\"}" };

    public static Command Create() => Options.Build(
        "make",
        """
        Makes a pack of generated walkers, of recorded motion drawn by the same renderer, or of both. The folder is there
        whole or not at all.

        Examples:
          poseengine data make --out walkers --scale 20 --seed 3
          poseengine data make --out two-people --subjects S1 S9 --images 4000 --difficulty 0.5
          poseengine data make --out motion-pack --motion clips/ --frames 1000 --stature 1750
          poseengine data make --out mixed --motion clips/ --mix 0.5 --images 20000
        """,
        Make, Out, Motion, Mix, Subjects, Scale, Images, Difficulty, Seed, Threads, Unit, Stature, Frames, Step, Joints);

    private static int Make(ParseResult parsed)
    {
        var folder = Path.GetFullPath(parsed.GetValue(Out)!);
        if (Directory.Exists(folder) || File.Exists(folder)) throw new UserErrorException($"--out {folder} is there already; name a new folder");
        CheckMix(parsed);
        using var interruption = new Interruption();
        using (var observer = RunConsole.ForConsole())
        {
            var progress = new PhaseReporter("drawing images", observer);
            if (parsed.GetValue(Motion) is { } motion) MakeMotion(parsed, motion, folder, progress, interruption.Token);
            else WalkerMaker.Make(Walkers(parsed), folder, progress, interruption.Token);
        }
        using var pack = Pack.Open(folder);
        Console.WriteLine($"{pack.Count} images in {folder}");
        return CommandLine.Done;
    }

    private static WalkerSettings Walkers(ParseResult parsed)
    {
        var subjects = parsed.GetValue(Subjects)!;
        var settings = new WalkerSettings
        {
            Scale = parsed.GetValue(Scale),
            MaximumImages = parsed.GetValue(Images),
            Difficulty = parsed.GetValue(Difficulty),
            Seed = (ulong)parsed.GetValue(Seed),
            Threads = parsed.GetValue(Threads),
        };
        return subjects.Length == 0 ? settings : settings with { Subjects = subjects };
    }

    private static void CheckMix(ParseResult parsed)
    {
        if (parsed.GetValue(Mix) is not { } mix) return;
        if (parsed.GetValue(Motion) is null) throw new UserErrorException($"--mix {mix}: there is nothing to mix walkers with; name clips by --motion");
        if (parsed.GetValue(Step) != 1) throw new UserErrorException($"--step {parsed.GetValue(Step)} has no effect with --mix, which takes as many frames as its share asks; leave it out");
    }

    private static void MakeMotion(ParseResult parsed, string motion, string folder, IProgress<(long Done, long Total)> progress, CancellationToken token)
    {
        var options = new BvhOptions
        {
            Unit = BvhUnit.Parse(parsed.GetValue(Unit)!),
            Stature = parsed.GetValue(Stature),
            Frames = parsed.GetValue(Frames),
            Joints = parsed.GetValue(Joints) is { } joints ? JointOverrides.Read(joints) : JointOverrides.None,
            Seed = (ulong)parsed.GetValue(Seed),
        };
        if (parsed.GetValue(Mix) is { } mix)
        {
            var walkers = MixedMaker.WalkersOf(Walkers(parsed), mix);
            MixedMaker.Make(walkers, LongEnough(motion, options, walkers, mix), mix, folder, progress, token);
            return;
        }
        var settings = new MotionSettings
        {
            Step = parsed.GetValue(Step),
            Difficulty = parsed.GetValue(Difficulty),
            Seed = (ulong)parsed.GetValue(Seed),
            Threads = parsed.GetValue(Threads),
        };
        MotionMaker.Make(Import(motion, options), settings, folder, progress, token);
    }

    private static MotionClip[] Import(string motion, BvhOptions options) => Described(BvhMotion.Import(motion, options));

    /// <summary>The clips as they are where they hold the frames of the share, else with their strides looped.</summary>
    private static MotionClip[] LongEnough(string motion, BvhOptions options, WalkerSettings walkers, double mix)
    {
        var imported = BvhMotion.Import(motion, options);
        var wanted = MixedMaker.MotionFrames(FrameSchedule.For(walkers).ImageCount, mix);
        if (options.Frames > 0 || imported.Sum(clip => (long)clip.Clip.Frames.Count) >= wanted) return Described(imported);
        return Import(motion, options with { Frames = (wanted + imported.Count - 1) / imported.Count });
    }

    private static MotionClip[] Described(IReadOnlyList<ImportedMotion> imported)
    {
        foreach (var clip in imported) Console.WriteLine(Describe(clip));
        return [.. imported.Select(clip => clip.Clip)];
    }

    private static string Describe(ImportedMotion motion)
    {
        var s = motion.Summary;
        var text = $"{s.File}: {s.SourceFrames} frames at {s.SourceFramesPerSecond:0.#} Hz, {s.DroppedFrames} dropped, unit {s.Unit.Name}{(s.UnitGuessed ? " (guessed)" : "")}, {s.Speed:0.00} m/s -> {motion.Clip.Frames.Count} frames at 50 Hz";
        return s.Playback == ClipPlayback.ForthAndBack ? text + "; no clean stride was found, so it is played forth and back" : text;
    }
}
