namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>What the scripts of h36m-fetch make: processed/S1/Walking-1/annot.h5 with the poses of all four cameras one after the other,
/// and imageSequence/54138969/img_000001.jpg beside it. Usually they keep a part of the frames only. Older versions have one trial, in a
/// folder without a number, and universal poses alone.</summary>
public sealed class FetchLayout : ILayout
{
    private const string Annotations = "annot.h5";
    private const int Joints = 32;

    public string Name => "h36m-fetch";

    public string Origin => "h36m-fetch, processed";

    public string Mark => "S1/Walking-1/annot.h5";

    /// <summary>The names that the folder of a recording's sequence may have.</summary>
    public static IEnumerable<string> FolderNames(RecordingKey key)
    {
        foreach (var name in HumanAction.NamesOf(key.Action))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{name}-{key.Trial}");
            if (key.Trial == OnlyTrial(key.Subject)) yield return name;
        }
    }

    public bool Matches(string root) => Sequences(root).Any();

    public IEnumerable<Recording> Read(ImportRequest request, ImportLog log)
    {
        var frames = new FrameTree(request.FrameRoot, log);
        var found = Sequences(request.Root).Where(s => request.Wants(s.Subject, s.Action))
            .OrderBy(s => s.Subject).ThenBy(s => s.Action.Number).ThenBy(s => s.Trial).ThenBy(s => s.File, StringComparer.Ordinal);
        (int, HumanAction, int)? last = null;
        foreach (var sequence in found)
        {
            var key = (sequence.Subject, sequence.Action, sequence.Trial);
            if (last == key) throw new UserErrorException($"{sequence.File}: S{sequence.Subject} {sequence.Action} trial {sequence.Trial} is there twice: keep one of the folders");
            last = key;
            foreach (var recording in ReadSequence(sequence, request, frames)) yield return recording;
        }
    }

    private static IEnumerable<Recording> ReadSequence(Sequence sequence, ImportRequest request, FrameTree frames)
    {
        using var file = HdfNumbers.Open(sequence.File);
        var (shape, values) = file.Read(PoseTable(file, sequence.File, request.Variant));
        if (shape.Length != 3 || shape[1] != Joints || shape[2] != 3)
            throw new UserErrorException($"{sequence.File}: its poses have the shape {string.Join(" x ", shape)}, expected N x {Joints} x 3: process the data again");
        var cameras = Column(file, "camera", shape[0], sequence.File);
        var numbers = Column(file, "frame", shape[0], sequence.File);
        for (var camera = 1; camera <= CameraTable.Ids.Count; camera++)
        {
            if (!request.Wants(sequence.Subject, sequence.Action, camera)) continue;
            var id = double.Parse(CameraTable.Id(camera), CultureInfo.InvariantCulture);
            int[] rows = [.. Enumerable.Range(0, cameras.Length).Where(row => cameras[row] == id).OrderBy(row => numbers[row])];
            if (rows.Length == 0) continue;
            var key = new RecordingKey(sequence.Subject, sequence.Action, sequence.Trial, camera);
            yield return new Recording(key, Poses(sequence.File, values, numbers, rows, request.Variant), frames.Find(key));
        }
    }

    private static RawPoses Poses(string path, double[] values, double[] numbers, int[] rows, PoseVariant variant)
    {
        const int each = 3 * Joints;
        var poses = new double[rows.Length * each];
        var frames = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            // Numbers of frames are those of the files, from 1 on.
            var number = numbers[rows[i]];
            if (number is < 1 or > 1_000_000 || number != Math.Floor(number) || (i > 0 && number - 1 <= frames[i - 1]))
                throw new UserErrorException($"{path}: row {rows[i]} has frame {number}, expected different whole numbers from 1 on: process the data again");
            frames[i] = (int)number - 1;
            values.AsSpan(rows[i] * each, each).CopyTo(poses.AsSpan(i * each));
        }

        return new RawPoses(poses, Joints, PoseSpace.Camera, variant, path, frames);
    }

    private static string PoseTable(HdfNumbers file, string path, PoseVariant variant)
    {
        var (wanted, other) = variant == PoseVariant.Mono ? ("pose/3d", "pose/3d-univ") : ("pose/3d-univ", "pose/3d");
        if (file.Contains(wanted)) return wanted;
        var remedy = variant == PoseVariant.Mono ? "universal" : "mono";
        throw new UserErrorException(file.Contains(other)
            ? $"{path} has {other} but not {wanted}: give --space {remedy} for all of the data, or process it with a newer h36m-fetch"
            : $"{path} has neither pose/3d nor pose/3d-univ: process the data again");
    }

    private static double[] Column(HdfNumbers file, string name, long rows, string path)
    {
        var (shape, values) = file.Read(name);
        return shape.Length == 1 && shape[0] == rows
            ? values
            : throw new UserErrorException($"{path}: the table {name} has the shape {string.Join(" x ", shape)} for {rows} poses: process the data again");
    }

    /// <summary>The annotation files of a folder, or of "processed" in it.</summary>
    private static IEnumerable<Sequence> Sequences(string root)
    {
        foreach (var place in new[] { root, Path.Combine(root, "processed") })
        {
            foreach (var (subject, folder) in SubjectName.Folders(place))
            {
                foreach (var sequence in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
                {
                    var path = Path.Combine(sequence, Annotations);
                    if (Parse(Path.GetFileName(sequence), subject) is var (action, trial) && File.Exists(path))
                        yield return new Sequence(subject, action, trial, path);
                }
            }
        }
    }

    private static (HumanAction Action, int Trial)? Parse(string name, int subject)
    {
        var dash = name.LastIndexOf('-');
        if (dash < 0) return HumanAction.Find(name) is { } only ? (only, OnlyTrial(subject)) : null;
        return name[(dash + 1)..] is "1" or "2" && HumanAction.Find(name[..dash]) is { } action ? (action, name[^1] - '0') : null;
    }

    // Old versions took "Walking", which is trial 2, and for S7, which has none, "Walking 1".
    private static int OnlyTrial(int subject) => subject == 7 ? 1 : 2;

    private readonly record struct Sequence(int Subject, HumanAction Action, int Trial, string File);
}
