namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Folders of images with annotations as JSON, as PoseNet, I2L-MeshNet and others use them:
/// images/s_01_act_14_subact_01_ca_01/s_01_act_14_subact_01_ca_01_000001.jpg and annotations/Human36M_subject1_joint_3d.json. Actions and
/// trials are the data set's own numbers; poses are of the room. The files named _camera.json are compared with the table of cameras, those
/// named _data.json are not needed.</summary>
public sealed class JsonLayout : ILayout
{
    // About a second of reading.
    private const long ManyBytes = 30 << 20;

    public string Name => "json";

    public string Origin => "folders of images with JSON annotations, as of PoseNet and I2L-MeshNet";

    public string Mark => "annotations/Human36M_subject1_joint_3d.json";

    /// <summary>The name of the folder of a recording's images, such as s_01_act_14_subact_01_ca_01.</summary>
    public static string FolderName(RecordingKey key) => string.Create(
        CultureInfo.InvariantCulture, $"s_{key.Subject:00}_act_{key.Action.Number:00}_subact_{key.Trial:00}_ca_{key.Camera:00}");

    public bool Matches(string root) => SubjectName.Numbers.Any(subject => Find(root, subject, "joint_3d") is not null);

    public IEnumerable<Recording> Read(ImportRequest request, ImportLog log)
    {
        if (!Matches(request.Root)) throw new UserErrorException($"{request.Root} has no {Mark}, nor one of another subject: name the folder above annotations");
        if (request.Variant == PoseVariant.Universal)
            throw new UserErrorException($"{request.Root} has each subject's own limbs, not those of the universal skeleton: give --space mono, or import the CDF files");
        return Recordings(request, new FrameTree(request.FrameRoot, log), log);
    }

    private static IEnumerable<Recording> Recordings(ImportRequest request, FrameTree frames, ImportLog log)
    {
        foreach (var subject in request.Subjects.Order())
        {
            if (Find(request.Root, subject, "joint_3d") is not { } path) continue;
            if (Find(request.Root, subject, "camera") is { } cameras) JsonCameras.Compare(cameras, subject, request.Cameras.Order(), log);
            if (new FileInfo(path).Length > ManyBytes) log.Note($"reading {path}");
            foreach (var (action, trial, poses) in JsonPoses.Read(path, action => request.Wants(subject, action)))
            {
                if (poses.Count == 0)
                {
                    log.Warn($"{poses.File} has no poses");
                    continue;
                }

                foreach (var camera in request.Cameras.Order())
                {
                    var key = new RecordingKey(subject, action, trial, camera);
                    yield return new Recording(key, poses, frames.Find(key));
                }
            }
        }
    }

    private static string? Find(string root, int subject, string what)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"Human36M_subject{subject}_{what}.json");
        return ((string[])[Path.Combine(root, "annotations", name), Path.Combine(root, name)]).FirstOrDefault(File.Exists);
    }
}
