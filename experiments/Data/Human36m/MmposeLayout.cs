namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>What preprocess_h36m.py of mmpose makes: tables of image names and of positions in the camera, in metres, for training and for
/// testing, beside the images. The tables of all frames (fps50) are taken before those of every fifth (fps10). Row i of "imgname" names an
/// image, such as S1/S1_Walking_1.54138969/S1_Walking_1.54138969_000001.jpg, and row i of "S" has its 17 joints with x, y, z and a flag.</summary>
internal sealed class MmposeLayout() : HumanLayout("mmpose", "preprocess_h36m.py of mmpose", "annotation_body3d/fps50/h36m_train.npz")
{
    private const int Joints = 17;
    public override bool Matches(string root) => Tables(root).Count > 0;

    protected override IEnumerable<(RecordingKey Key, RawPoses Poses)> Poses(ImportRequest request, ImportLog log)
    {
        var tables = Tables(request.Root);
        if (tables.Count == 0) throw new UserErrorException($"{request.Root} has no {Mark}: name the folder above annotation_body3d");
        RequireMono(request, tables[0]);
        log.Note($"read {string.Join(" and ", tables)}");
        // Training and testing have different subjects, so the order of the tables is not that of the subjects.
        var sequences = tables.SelectMany(table => Sequences(table, request))
            .OrderBy(s => SubjectName.IndexOf(s.Key.Subject)).ThenBy(s => s.Key.Action.Number).ThenBy(s => s.Key.Trial).ThenBy(s => s.Key.Camera);
        RecordingKey? before = null;
        foreach (var (key, poses) in sequences)
        {
            if (key == before) throw new UserErrorException($"{poses.File} has {key} that another table or name has too: keep one of the files");
            before = key;
            yield return (key, poses);
        }
    }

    private static List<string> Tables(string root)
    {
        var found = from rate in (string[])["fps50", "fps10"]
                    select (string[])[.. ((string[])["h36m_train.npz", "h36m_test.npz"]).Select(part => Path.Combine(root, "annotation_body3d", rate, part)).Where(File.Exists)];
        return [.. found.FirstOrDefault(tables => tables.Length > 0, [])];
    }

    private static List<(RecordingKey Key, RawPoses Poses)> Sequences(string path, ImportRequest request)
    {
        using var archive = NpzArchive.Open(path);
        var names = archive.Read("imgname");
        var rows = Rows(path, names);
        var stems = rows.Keys.GroupBy(key => key.Subject).ToDictionary(g => g.Key, g => SequenceName.Trials(g.Key, g.Select(key => key.Stem)));
        var wanted = rows
            .Select(pair => (pair.Key, pair.Value, Known: stems[pair.Key.Subject].TryGetValue(pair.Key.Stem, out var trial), Trial: trial))
            .Where(row => row.Known && request.Wants(row.Key.Subject, row.Trial.Action, row.Key.Camera)).ToList();
        if (wanted.Count == 0) return [];
        var positions = archive.Read("S");
        if (positions is not { Shape: [var count, Joints, 3 or 4], Type.IsNumber: true })
            throw new UserErrorException($"{path}: its S has the shape ({string.Join(", ", positions.Shape)}), (N, 17, 4) was expected: make the file again");
        // A video that ended early left its names out but not its poses, and from there on rows do not fit any more.
        if (count != names.Count)
            throw new UserErrorException($"{path} names {names.Count} images and has {count} poses, so rows do not belong to each other: make the file again");
        return [.. wanted.Select(row => (new RecordingKey(row.Key.Subject, row.Trial.Action, row.Trial.Trial, row.Key.Camera), Poses(path, positions, row.Value)))];
    }

    private static Dictionary<(int Subject, string Stem, int Camera), List<(int Frame, int Row)>> Rows(string path, NpyArray names)
    {
        var rows = new Dictionary<(int Subject, string Stem, int Camera), List<(int Frame, int Row)>>();
        for (var row = 0; row < names.Count; row++)
        {
            var name = names.TextAt(row);
            if (Parse(name) is not var (subject, stem, camera, frame))
                throw new UserErrorException($"{path}: row {row} names {Unreadable.Quote(name)}, S1/S1_Walking_1.54138969/S1_Walking_1.54138969_000001.jpg was expected in kind: make the file again");
            if (!rows.TryGetValue((subject, stem, camera), out var frames)) rows[(subject, stem, camera)] = frames = [];
            frames.Add((frame, row));
        }
        return rows;
    }

    private static (int Subject, string Stem, int Camera, int Frame)? Parse(string name)
    {
        var file = Path.GetFileNameWithoutExtension(name[(name.LastIndexOfAny(['/', '\\']) + 1)..]);
        var (first, dot, last) = (file.IndexOf('_'), file.LastIndexOf('.'), file.LastIndexOf('_'));
        if (first < 0 || dot < first || last < dot) return null;
        if (SubjectName.Parse(file[..first]) is not { } subject || CameraTable.Number(file[(dot + 1)..last]) is not { } camera) return null;
        // Images are numbered from 1.
        return FrameImages.NumberOf(file[last..]) is > 0 and var number ? (subject, file[(first + 1)..dot], camera, number - 1) : null;
    }

    private static RawPoses Poses(string path, NpyArray positions, List<(int Frame, int Row)> rows)
    {
        rows.Sort();
        var width = (int)positions.Shape[2];
        var values = new double[rows.Count * Joints * 3];
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0 && rows[i].Frame == rows[i - 1].Frame)
                throw new UserErrorException($"{path}: rows {rows[i - 1].Row} and {rows[i].Row} are of the same image: make the file again");
            var row = positions.RowDoubles(rows[i].Row);
            for (var joint = 0; joint < Joints; joint++) row.AsSpan(joint * width, 3).CopyTo(values.AsSpan(((i * Joints) + joint) * 3));
        }
        return new RawPoses(values, Joints, PoseSpace.Camera, PoseVariant.Mono, path, [.. rows.Select(row => row.Frame)]);
    }
}
