using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine data import</c>: packs out of data sets that people have on disk.</summary>
internal static class DataImportCommand
{
    private static readonly Argument<string> Root = new("ROOT") { Description = "The folder of the data" };
    private static readonly Option<string> Out = new("--out") { Description = "Folder of the new pack", Required = true };

    private static readonly Option<string> Layout = Options.Of(
        "--layout", $"How the data lies there: {Layouts.Auto} or one of {string.Join(", ", Layouts.All.Select(l => l.Name))}", Layouts.Auto);

    private static readonly Option<string[]> Sequences = Options.Words("--sequence", "Actions, both trials of each [default: Walking]");
    private static readonly Option<string[]> Subjects = Options.Words("--subjects", "S1, S5, S6, S7, S8, S9, S11 [default: all]");
    private static readonly Option<string[]> Cameras = Options.Words(
        "--cameras", $"{string.Join(", ", CameraTable.Ids)}, or 1 to 4 in this order [default: all]");
    private static readonly Option<int> Step = Options.Of("--step", "Every n-th frame", 1);

    private static readonly Option<string> Box = Options.Word(
        "--box", "Which part of a frame: metric (2 m at the depth of the pelvis) or joints (the square around the joints x 1.2)", "metric", "metric", "joints");

    private static readonly Option<string> Space = Options.Word(
        "--space", "Whose limbs: mono (each subject's own) or universal (one skeleton for all)", "mono", "mono", "universal");

    private static readonly Option<string?> Frames = new("--frames") { Description = "Folder of the images or videos, where they are not in ROOT" };
    private static readonly Option<bool> VirtualCamera = new("--virtual-camera") { Description = "Turn each pose so that its crop is straight ahead" };
    private static readonly Option<bool> SkipBroken = new("--skip-broken") { Description = "Leave out images that cannot be read and poses that are not finite, instead of stopping" };
    private static readonly Option<bool> KeepShifted = new("--keep-shifted") { Description = "Keep recordings of S9 whose poses are known not to fit the images" };
    private static readonly Option<bool> Restart = new("--restart") { Description = "Throw the unfinished import of this pack away and begin anew" };
    private static readonly Option<string?> Ffmpeg = new("--ffmpeg") { Description = "The ffmpeg that reads videos [default: the one on PATH]" };
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads; 0 takes all processors. The pack does not depend on it" };

    public static Command Create() => new(
        "import",
        """
        Makes packs out of data sets that you have on disk.

        Example:
          poseengine data import human36m /data/h36m --out h36m-walking
        """)
    {
        Human36m(),
    };

    private static Command Human36m() => Options.Build(
        "human36m",
        $"""
        Makes a pack of Human3.6M. The data must come from its own site, {ImportRequest.Registration}, where you register.
        ROOT may be what any of these leave behind; the layout is found out:

          h36m-fetch   processed/S1/Walking-1/annot.h5 and imageSequence/54138969/img_000001.jpg
          cdf          S1/MyPoseFeatures/D3_Positions_mono/*.cdf or extracted/S1/Poses_D3_Positions_mono/*.cdf, with
                       videos (needs ffmpeg) or frames
          videopose3d  data_3d_h36m.npz, with videos or frames
          json         annotations/Human36M_subject1_joint_3d.json and images/s_01_act_14_subact_01_ca_01/
          mmpose       annotation_body3d/fps50/h36m_train.npz and images/S1/S1_Walking_1.54138969/

        An import that was stopped goes on where it was when the same command is given again.

        Examples:
          poseengine data import human36m /data/h36m-fetch/processed --out walking
          poseengine data import human36m /data/h36m --layout cdf --frames /data/h36m-frames --out walking
          poseengine data import human36m /data/VideoPose3D/data --frames /data/h36m --out walking
          poseengine data import human36m /data/h36m-json --out walking --subjects S1 S9 --step 5
          poseengine data import human36m /data/mmpose/h36m --out eating --sequence Eating --box joints
        """,
        Import, Root, Out, Layout, Sequences, Subjects, Cameras, Step, Box, Space, Frames, VirtualCamera, SkipBroken, KeepShifted, Restart, Ffmpeg, Threads);

    private static int Import(ParseResult parsed)
    {
        var request = Request(parsed);
        var folder = Path.GetFullPath(parsed.GetValue(Out)!);
        if (Path.Exists(folder)) throw new UserErrorException($"--out {folder} is there already; name a new folder");
        using var interruption = new Interruption();
        var log = new ImportLog(Console.Out);
        var plan = ImportPlan.Make(request, log, interruption.Token);
        log.Note($"{plan.Recordings.Count} recordings of {string.Join(", ", plan.Recordings.Select(r => $"S{r.Key.Subject}").Distinct())}, {plan.Count} images");
        IReadOnlyDictionary<RecordingKey, int> made;
        using (var observer = RunConsole.ForConsole())
            made = ImportWriter.Write(plan, folder, log, new PhaseReporter("importing images", observer), interruption.Token);
        if (request.Actions.Contains(HumanAction.Walking))
            foreach (var line in ExpectedCounts.Compare(Outcome(plan, made), request)) Console.WriteLine(line);
        using var pack = Pack.Open(folder);
        var broken = plan.Count - pack.Count;
        Console.WriteLine($"{pack.Count} images in {folder}" + (broken > 0 ? $"; {broken} were left out, see above" : ""));
        return CommandLine.Done;
    }

    /// <summary>What was planned of each recording, less what could not be read.</summary>
    private static Dictionary<RecordingKey, (int Images, string? Why)> Outcome(ImportPlan plan, IReadOnlyDictionary<RecordingKey, int> made)
        => plan.Counts.ToDictionary(pair => pair.Key, pair =>
        {
            var (images, why) = pair.Value;
            var lost = images - made.GetValueOrDefault(pair.Key);
            return lost == 0 ? pair.Value : (images - lost, (lost == 1 ? "1 image cannot be read" : $"{lost} images cannot be read") + (why is null ? "" : ", " + why));
        });

    private static ImportRequest Request(ParseResult parsed)
    {
        var request = new ImportRequest
        {
            Root = parsed.GetValue(Root)!,
            Layout = parsed.GetValue(Layout)!,
            Frames = parsed.GetValue(Frames),
            Step = parsed.GetValue(Step),
            Box = Enum.Parse<CropKind>(parsed.GetValue(Box)!, ignoreCase: true),
            Variant = Enum.Parse<PoseVariant>(parsed.GetValue(Space)!, ignoreCase: true),
            VirtualCamera = parsed.GetValue(VirtualCamera),
            SkipBroken = parsed.GetValue(SkipBroken),
            KeepShifted = parsed.GetValue(KeepShifted),
            Restart = parsed.GetValue(Restart),
            Ffmpeg = parsed.GetValue(Ffmpeg),
            Threads = parsed.GetValue(Threads),
        };
        var (sequences, subjects, cameras) = (parsed.GetValue(Sequences)!, parsed.GetValue(Subjects)!, parsed.GetValue(Cameras)!);
        var actions = Each(sequences, "--sequence", text => HumanAction.Find(text)?.Number, string.Join(", ", HumanAction.All));
        if (sequences.Length > 0) request = request with { Actions = [.. actions.Select(number => HumanAction.Numbered(number)!)] };
        if (subjects.Length > 0) request = request with { Subjects = [.. Each(subjects, "--subjects", SubjectName.Parse, "S1, S5, S6, S7, S8, S9, S11").Order()] };
        if (cameras.Length > 0) request = request with { Cameras = [.. Each(cameras, "--cameras", CameraOf, string.Join(", ", CameraTable.Ids)).Order()] };
        request.Validate();
        return request;
    }

    private static int? CameraOf(string text) => CameraTable.Number(text) ?? (text is "1" or "2" or "3" or "4" ? text[0] - '0' : null);

    private static IEnumerable<int> Each(string[] texts, string option, Func<string, int?> find, string known)
        => texts.Select(text => find(text) ?? throw new UserErrorException($"{option} {text} is not known: give {known}")).Distinct();
}
