namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Folders of images with annotations as JSON, as PoseNet, I2L-MeshNet and others use them:
/// images/s_01_act_14_subact_01_ca_01/s_01_act_14_subact_01_ca_01_000001.jpg and annotations/Human36M_subject1_joint_3d.json. Actions and
/// trials are the data set's own numbers; poses are of the room. The files named _camera.json are compared with the table of cameras, those
/// named _data.json are not needed.</summary>
internal sealed class JsonLayout()
    : HumanLayout("json", "folders of images with JSON annotations, as of PoseNet and I2L-MeshNet", "annotations/Human36M_subject1_joint_3d.json")
{
    // About a second of reading.
    private const long ManyBytes = 30 << 20;

    /// <summary>The name of the folder of a recording's images, such as s_01_act_14_subact_01_ca_01.</summary>
    public static string FolderName(RecordingKey key) => $"s_{key.Subject:00}_act_{key.Action.Number:00}_subact_{key.Trial:00}_ca_{key.Camera:00}";

    public override bool Matches(string root) => SubjectName.Numbers.Any(subject => Find(root, subject, "joint_3d") is not null);

    protected override IEnumerable<(RecordingKey Key, RawPoses Poses)> Poses(ImportRequest request, ImportLog log)
    {
        if (!Matches(request.Root)) throw new UserErrorException($"{request.Root} has no {Mark}, nor one of another subject: name the folder above annotations");
        RequireMono(request, request.Root);
        foreach (var subject in request.Subjects.Order())
        {
            if (Find(request.Root, subject, "joint_3d") is not { } path) continue;
            if (Find(request.Root, subject, "camera") is { } cameras) JsonCameras.Compare(cameras, subject, request.Cameras.Order(), log);
            if (new FileInfo(path).Length > ManyBytes) log.Note($"reading {path}");
            foreach (var (action, trial, poses) in JsonPoses.Read(path, action => request.Wants(subject, action)))
            {
                if (poses.Count == 0) log.Warn($"{poses.File} has no poses");
                else foreach (var found in OfRoom(request, subject, action, trial, poses)) yield return found;
            }
        }
    }

    private static string? Find(string root, int subject, string what)
    {
        var name = $"Human36M_subject{subject}_{what}.json";
        return FirstFile(root, Path.Combine("annotations", name), name);
    }
}

/// <summary>Reads Human36M_subject1_joint_3d.json: {action: {trial: {frame: [17][3]}}}, all keys numbers, those of frames from 0. Only
/// wanted actions are kept.</summary>
internal static class JsonPoses
{
    private const int MostFrames = 1_000_000;

    // The data set has some 100,000 poses a person; more would only be memory.
    private const int MostPoses = 500_000;

    // A kilometre in millimetres: no coordinate of a room.
    private const double Largest = 1e6;

    public static IEnumerable<(HumanAction Action, int Trial, RawPoses Poses)> Read(string path, Func<HumanAction, bool> wanted)
    {
        var trials = new SortedDictionary<(int Action, int Trial), RawPoses>();
        using var json = JsonStream.Open(path);
        var poses = 0;
        json.Expect(JsonTokenType.StartObject, "an object of actions", "");
        while (json.Name() is { } name)
        {
            var number = Whole(json, name, 0, 99, "an action", "");
            if (HumanAction.Numbered(number) is not { } action || !wanted(action)) json.Skip();
            else
            {
                foreach (var (trial, raw) in Trials(json, path, $"action {number}"))
                {
                    if (!trials.TryAdd((number, trial), raw)) throw json.Wrong("this trial is there twice", $"action {number}, trial {trial}");
                    if ((poses += raw.Count) > MostPoses) throw json.Wrong($"there are more than {MostPoses} poses", "");
                }
            }
        }
        json.Next();
        return trials.Select(trial => (HumanAction.Numbered(trial.Key.Action)!, trial.Key.Trial, trial.Value));
    }

    private static IEnumerable<(int Trial, RawPoses Poses)> Trials(JsonStream json, string path, string place)
    {
        json.Expect(JsonTokenType.StartObject, "an object of trials", place);
        while (json.Name() is { } name)
        {
            var trial = Whole(json, name, 1, 2, "a trial", place);
            yield return (trial, Frames(json, $"{path}, {place}, trial {trial}", $"{place}, trial {trial}"));
        }
    }

    private static RawPoses Frames(JsonStream json, string file, string place)
    {
        var (values, frames, joints) = (new List<double>(), new List<int>(), 0);
        json.Expect(JsonTokenType.StartObject, "an object of frames", place);
        while (json.Name() is { } name)
        {
            var frame = Whole(json, name, 0, MostFrames - 1, "a frame", place);
            var here = $"{place}, frame {frame}";
            var count = Pose(json, values, here);
            if (frames.Count > 0 && count != joints) throw json.Wrong($"{count} joints where other frames have {joints}", here);
            if (frames.Count == MostPoses) throw json.Wrong($"there are more than {MostPoses} poses", here);
            joints = count;
            frames.Add(frame);
        }
        // An empty trial has joints too, so that its count is 0.
        return Ordered(json, [.. values], [.. frames], Math.Max(joints, Skeleton.JointCount), file, place);
    }

    /// <summary>Appends the coordinates of a pose and returns the number of its joints.</summary>
    private static int Pose(JsonStream json, List<double> values, string place)
    {
        json.Expect(JsonTokenType.StartArray, "a list of joints", place);
        var joints = 0;
        for (; json.Next() == JsonTokenType.StartArray; joints++)
        {
            if (joints > Skeleton.JointCount) throw json.Wrong("more than 18 joints", place);
            for (var axis = 0; axis < 3; axis++)
            {
                json.Expect(JsonTokenType.Number, "a coordinate", $"{place}, joint {joints}");
                if (!(Math.Abs(json.Number) <= Largest)) throw json.Wrong($"{json.Described()} is no place in a room: the limit is {Largest} mm", $"{place}, joint {joints}");
                values.Add(json.Number);
            }
            json.Expect(JsonTokenType.EndArray, "the end of a joint with three coordinates", $"{place}, joint {joints}");
        }
        if (json.Type != JsonTokenType.EndArray) throw json.Wrong($"{json.Described()} where a joint was expected", place);
        if (joints < Skeleton.JointCount) throw json.Wrong($"{joints} joints where 17 or 18 were expected", place);
        return joints;
    }

    private static RawPoses Ordered(JsonStream json, double[] values, int[] frames, int joints, string file, string place)
    {
        int[] order = [.. Enumerable.Range(0, frames.Length)];
        var sorted = (int[])frames.Clone();
        Array.Sort(sorted, order);
        for (var i = 1; i < sorted.Length; i++)
            if (sorted[i] == sorted[i - 1]) throw json.Wrong("this frame is there twice", $"{place}, frame {sorted[i]}");
        return new RawPoses(RawPoses.Rows(values, 3 * joints, order), joints, PoseSpace.World, PoseVariant.Mono, file, sorted);
    }

    private static int Whole(JsonStream json, string name, int least, int most, string what, string place)
        => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw json.Wrong($"the name {Unreadable.Quote(name)} where the number of {what}, {least} to {most}, was expected", place);
}
