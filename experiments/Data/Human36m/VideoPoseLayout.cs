namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The file data_3d_h36m.npz of VideoPose3D: a pickled dictionary from subjects over actions to positions in the room, in metres.
/// It has no images; these come from frames or videos in any place that <see cref="FrameTree"/> knows.</summary>
public sealed class VideoPoseLayout : ILayout
{
    private const string FileName = "data_3d_h36m.npz";
    private const string Array = "positions_3d";

    public string Name => "videopose3d";

    public string Origin => "prepare_data_h36m.py of VideoPose3D, with frames or videos";

    public string Mark => FileName;

    public bool Matches(string root) => Find(root) is not null;

    public IEnumerable<Recording> Read(ImportRequest request, ImportLog log)
    {
        var path = Find(request.Root) ?? throw new UserErrorException($"{request.Root} has no {FileName}: name the folder that holds it");
        if (request.Variant == PoseVariant.Universal)
            throw new UserErrorException($"{path} has each subject's own limbs, not those of the universal skeleton: give --space mono, or import the CDF files");
        var frames = new FrameTree(request.FrameRoot, log);
        var subjects = Subjects(path);
        foreach (var subject in request.Subjects.Order().Where(subjects.ContainsKey))
        {
            foreach (var (poses, action, trial) in Sequences(path, subject, subjects[subject], request))
            {
                foreach (var camera in Enumerable.Range(1, 4).Where(camera => request.Wants(subject, action, camera)))
                {
                    var key = new RecordingKey(subject, action, trial, camera);
                    yield return new Recording(key, poses, frames.Find(key));
                }
            }
        }
    }

    private static string? Find(string root)
        => ((string[])[Path.Combine(root, FileName), Path.Combine(root, "data", FileName)]).FirstOrDefault(File.Exists);

    private static Dictionary<int, Dictionary<object, object?>> Subjects(string path)
    {
        using var archive = NpzArchive.Open(path);
        var array = archive.Read(Array);
        if (array.Objects is not [Dictionary<object, object?> root]) throw Unexpected(path, $"its {Array} is no dictionary of subjects");
        var subjects = new Dictionary<int, Dictionary<object, object?>>();
        foreach (var (name, actions) in root)
        {
            if (name is not string text || SubjectName.Parse(text) is not { } subject) continue;
            subjects[subject] = actions as Dictionary<object, object?> ?? throw Unexpected(path, $"its {text} is no dictionary of actions");
        }

        return subjects;
    }

    private static IEnumerable<(RawPoses Poses, HumanAction Action, int Trial)> Sequences(
        string path, int subject, Dictionary<object, object?> actions, ImportRequest request)
    {
        var trials = SequenceName.Trials(subject, actions.Keys.OfType<string>());
        foreach (var (name, (action, trial)) in trials.OrderBy(t => t.Value.Action.Number).ThenBy(t => t.Value.Trial))
        {
            if (!request.Wants(subject, action)) continue;
            var file = $"{path}, S{subject} '{name}'";
            if (actions[name] is not NpyArray { Shape: [_, 32 or 17 or 18, 3] } positions)
                throw Unexpected(file, actions[name] is NpyArray other ? $"its shape is ({string.Join(", ", other.Shape)})" : "it is no array");
            yield return (new RawPoses(positions.ToDoubles(), (int)positions.Shape[1], PoseSpace.World, PoseVariant.Mono, file), action, trial);
        }
    }

    private static UserErrorException Unexpected(string file, string what)
        => new($"{file}: {what}, positions of shape (N, 32, 3) by subject and action were expected: make the file again with prepare_data_h36m.py");
}
