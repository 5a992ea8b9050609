namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The file data_3d_h36m.npz of VideoPose3D: a pickled dictionary from subjects over actions to positions in the room, in metres.
/// It has no images; these come from frames or videos in any place that <see cref="FrameTree"/> knows.</summary>
internal sealed class VideoPoseLayout() : HumanLayout("videopose3d", "prepare_data_h36m.py of VideoPose3D, with frames or videos", FileName)
{
    private const string FileName = "data_3d_h36m.npz";
    public override bool Matches(string root) => Find(root) is not null;

    protected override IEnumerable<(RecordingKey Key, RawPoses Poses)> Poses(ImportRequest request, ImportLog log)
    {
        var path = Find(request.Root) ?? throw new UserErrorException($"{request.Root} has no {FileName}: name the folder that holds it");
        RequireMono(request, path);
        var subjects = Subjects(path);
        foreach (var subject in request.Subjects.Order().Where(subjects.ContainsKey))
        {
            var actions = subjects[subject];
            var trials = SequenceName.Trials(subject, actions.Keys.OfType<string>());
            foreach (var (name, (action, trial)) in trials.OrderBy(t => t.Value.Action.Number).ThenBy(t => t.Value.Trial))
            {
                if (!request.Wants(subject, action)) continue;
                var file = $"{path}, S{subject} '{name}'";
                if (actions[name] is not NpyArray { Shape: [_, 32 or 17 or 18, 3] } positions)
                    throw Unexpected(file, actions[name] is NpyArray other ? $"its shape is ({string.Join(", ", other.Shape)})" : "it is no array");
                var poses = new RawPoses(positions.ToDoubles(), (int)positions.Shape[1], PoseSpace.World, PoseVariant.Mono, file);
                foreach (var found in OfRoom(request, subject, action, trial, poses)) yield return found;
            }
        }
    }

    private static string? Find(string root) => FirstFile(root, FileName, Path.Combine("data", FileName));

    private static Dictionary<int, Dictionary<object, object?>> Subjects(string path)
    {
        using var archive = NpzArchive.Open(path);
        const string array = "positions_3d";
        if (archive.Read(array).Objects is not [Dictionary<object, object?> root]) throw Unexpected(path, $"its {array} is no dictionary of subjects");
        var subjects = new Dictionary<int, Dictionary<object, object?>>();
        foreach (var (name, actions) in root)
        {
            if (name is not string text || SubjectName.Parse(text) is not { } subject) continue;
            subjects[subject] = actions as Dictionary<object, object?> ?? throw Unexpected(path, $"its {text} is no dictionary of actions");
        }
        return subjects;
    }

    private static UserErrorException Unexpected(string file, string what)
        => new($"{file}: {what}, positions of shape (N, 32, 3) by subject and action were expected: make the file again with prepare_data_h36m.py");
}
