namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>What the scripts of h36m-fetch make: processed/S1/Walking-1/annot.h5 with the poses of all four cameras one after the other, and
/// imageSequence/54138969/img_000001.jpg beside it. Usually they keep a part of the frames only. Older versions have one trial, in a folder
/// without a number, and universal poses alone.</summary>
internal sealed class FetchLayout() : HumanLayout("h36m-fetch", "h36m-fetch, processed", "S1/Walking-1/annot.h5")
{
    private const int Joints = 32;

    public static IEnumerable<string> FolderNames(RecordingKey key)
    {
        foreach (var name in HumanAction.NamesOf(key.Action))
        {
            yield return $"{name}-{key.Trial}";
            if (key.Trial == OnlyTrial(key.Subject)) yield return name;
        }
    }

    public override bool Matches(string root) => Sequences(root).Any();

    protected override IEnumerable<(RecordingKey Key, RawPoses Poses)> Poses(ImportRequest request, ImportLog log)
    {
        var found = Sequences(request.Root).Where(s => request.Wants(s.Subject, s.Action))
            .OrderBy(s => s.Subject).ThenBy(s => s.Action.Number).ThenBy(s => s.Trial).ThenBy(s => s.File, StringComparer.Ordinal);
        (int, HumanAction, int)? last = null;
        foreach (var (subject, action, trial, path) in found)
        {
            if (last == (subject, action, trial)) throw new UserErrorException($"{path}: S{subject} {action} trial {trial} is there twice: keep one of the folders");
            last = (subject, action, trial);
            using var file = HdfNumbers.Open(path);
            var (shape, values) = file.Read(PoseTable(file, path, request.Variant));
            if (shape is not [var count, Joints, 3])
                throw new UserErrorException($"{path}: its poses have the shape {string.Join(" x ", shape)}, expected N x {Joints} x 3: process the data again");
            var (cameras, numbers) = (Column(file, "camera", count, path), Column(file, "frame", count, path));
            foreach (var camera in CameraTable.Numbers.Where(camera => request.Wants(subject, action, camera)))
            {
                var id = double.Parse(CameraTable.Id(camera), CultureInfo.InvariantCulture);
                int[] rows = [.. Enumerable.Range(0, cameras.Length).Where(row => cameras[row] == id).OrderBy(row => numbers[row])];
                if (rows.Length > 0) yield return (new RecordingKey(subject, action, trial, camera), Poses(path, values, numbers, rows, request.Variant));
            }
        }
    }

    private static RawPoses Poses(string path, double[] values, double[] numbers, int[] rows, PoseVariant variant)
    {
        var frames = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            // Numbers of frames are those of the files, from 1 on.
            var number = numbers[rows[i]];
            if (number is < 1 or > 1_000_000 || number != Math.Floor(number) || (i > 0 && number - 1 <= frames[i - 1]))
                throw new UserErrorException($"{path}: row {rows[i]} has frame {number}, expected different whole numbers from 1 on: process the data again");
            frames[i] = (int)number - 1;
        }
        return new RawPoses(RawPoses.Rows(values, 3 * Joints, rows), Joints, PoseSpace.Camera, variant, path, frames);
    }

    private static string PoseTable(HdfNumbers file, string path, PoseVariant variant)
    {
        var (wanted, other, remedy) = variant == PoseVariant.Mono ? ("pose/3d", "pose/3d-univ", "universal") : ("pose/3d-univ", "pose/3d", "mono");
        return file.Contains(wanted) ? wanted : throw new UserErrorException(file.Contains(other)
            ? $"{path} has {other} but not {wanted}: give --space {remedy} for all of the data, or process it with a newer h36m-fetch"
            : $"{path} has neither pose/3d nor pose/3d-univ: process the data again");
    }

    private static double[] Column(HdfNumbers file, string name, long rows, string path)
    {
        var (shape, values) = file.Read(name);
        return shape.Length == 1 && shape[0] == rows ? values
            : throw new UserErrorException($"{path}: the table {name} has the shape {string.Join(" x ", shape)} for {rows} poses: process the data again");
    }

    /// <summary>The annotation files of a folder, or of "processed" in it.</summary>
    private static IEnumerable<(int Subject, HumanAction Action, int Trial, string File)> Sequences(string root)
        => from place in (string[])[root, Path.Combine(root, "processed")]
           from person in SubjectName.Folders(place)
           from sequence in Directory.EnumerateDirectories(person.Folder).Order(StringComparer.Ordinal)
           let name = Parse(Path.GetFileName(sequence), person.Subject)
           let path = Path.Combine(sequence, "annot.h5")
           where name is not null && File.Exists(path)
           select (person.Subject, name.Value.Action, name.Value.Trial, path);

    private static (HumanAction Action, int Trial)? Parse(string name, int subject)
    {
        var dash = name.LastIndexOf('-');
        if (dash < 0) return HumanAction.Find(name) is { } only ? (only, OnlyTrial(subject)) : null;
        return name[(dash + 1)..] is "1" or "2" && HumanAction.Find(name[..dash]) is { } action ? (action, name[^1] - '0') : null;
    }

    // Old versions took "Walking", which is trial 2, and for S7, which has none, "Walking 1".
    private static int OnlyTrial(int subject) => subject == 7 ? 1 : 2;
}
