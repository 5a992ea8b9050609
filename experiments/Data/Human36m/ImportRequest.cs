namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Which part of a frame becomes an image: a square of 2 m at the depth of the pelvis, so that a person has the same size at any
/// distance, or the square around the 17 joints as seen, 1.2 times as large.</summary>
public enum CropKind
{
    Metric, Joints,
}

public sealed record ImportRequest
{
    /// <summary>Where to register for the data set; it must not be passed on.</summary>
    public const string Registration = "http://vision.imar.ro/human3.6m";

    public required string Root { get; init; }

    /// <summary>A name of <see cref="Layouts.All"/>, or "auto".</summary>
    public string Layout { get; init; } = Layouts.Auto;

    /// <summary>The folder of images or videos where they are not in <see cref="Root"/>; null looks there.</summary>
    public string? Frames { get; init; }

    public IReadOnlyList<HumanAction> Actions { get; init; } = [HumanAction.Walking];
    public IReadOnlyList<int> Subjects { get; init; } = SubjectName.Numbers;
    public IReadOnlyList<int> Cameras { get; init; } = CameraTable.Numbers;
    public int Step { get; init; } = 1;
    public CropKind Box { get; init; } = CropKind.Metric;

    /// <summary>Whose limbs; layouts that have both take the wanted ones.</summary>
    public PoseVariant Variant { get; init; } = PoseVariant.Mono;

    /// <summary>Whether poses are turned so that the middle of the crop is straight ahead.</summary>
    public bool VirtualCamera { get; init; }

    /// <summary>Whether unreadable images and poses that are not finite are left out, instead of ending the import.</summary>
    public bool SkipBroken { get; init; }

    public bool KeepShifted { get; init; }
    public bool Restart { get; init; }
    public int Threads { get; init; }
    public string? Ffmpeg { get; init; }
    public string FrameRoot => Frames ?? Root;

    public bool Wants(int subject, HumanAction action, int camera) => Wants(subject, action) && Cameras.Contains(camera);

    public bool Wants(int subject, HumanAction action) => Subjects.Contains(subject) && Actions.Contains(action);

    public void Validate()
    {
        if (Actions.Count == 0) throw new UserErrorException($"no sequence is named: give some of {string.Join(", ", HumanAction.All)}");
        if (Subjects.Count == 0) throw new UserErrorException("no subject is named: give some of S1, S5, S6, S7, S8, S9, S11");
        if (Cameras.Count == 0) throw new UserErrorException($"no camera is named: give some of {string.Join(", ", CameraTable.Ids)}");
        if (Step < 1) throw new UserErrorException($"--step {Step} is below 1: give 1 for every frame, n for every n-th");
        if (Threads is < 0 or > 1024) throw new UserErrorException($"--threads {Threads} is outside 0 to 1024: give 0 for one per processor");
        if (Frames is { } frames && !Directory.Exists(frames)) throw new UserErrorException($"--frames {frames}: there is no such folder");
    }
}

/// <summary>What an import has to say: what it found out, what it leaves out and why. Each line is printed at once and kept.</summary>
public sealed class ImportLog(TextWriter? output = null)
{
    private readonly List<string> _lines = [];
    private readonly Lock _gate = new();

    public IReadOnlyList<string> Lines
    {
        get { lock (_gate) return [.. _lines]; }
    }

    public void Note(string text)
    {
        lock (_gate)
        {
            _lines.Add(text);
            output?.WriteLine(text);
            output?.Flush();
        }
    }

    /// <summary>Tells something that holds for many recordings, the first time only.</summary>
    public void Once(string text)
    {
        lock (_gate) if (!_lines.Contains(text)) Note(text);
    }

    /// <summary>Tells something that costs images or that is not as it should be.</summary>
    public void Warn(string text) => Note("warning: " + text);
}
