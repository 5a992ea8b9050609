namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The data set as its site gives it, unpacked, or as extract_all.py of h36m-fetch unpacks it: CDF files of poses, beside videos
/// or frames taken from these. Poses of a camera are read where they are, otherwise those of the room.</summary>
public sealed class CdfLayout : ILayout
{
    private const string Extension = ".cdf";

    private static readonly string[] Places = ["", "extracted"];

    public string Name => "cdf";

    public string Origin => "the official archives, or h36m-fetch after extract_all.py";

    public string Mark => "S1/MyPoseFeatures/D3_Positions_mono/Walking 1.54138969.cdf or S1/Poses_D3_Positions_mono/Walking 1.54138969.cdf";

    public bool Matches(string root) => Subjects(root).Any(subject =>
        Enum.GetValues<PoseVariant>().SelectMany(Products).SelectMany(product => Folders(subject.Folder, product.Name))
            .Any(folder => RecordingFiles.In(folder, Extension, subject.Subject).Count > 0));

    public IEnumerable<Recording> Read(ImportRequest request, ImportLog log)
    {
        var frames = new FrameTree(request.FrameRoot, log);
        foreach (var (subject, folder) in Subjects(request.Root))
        {
            if (!request.Subjects.Contains(subject)) continue;
            if (Source(folder, request, subject) is not var (files, space))
            {
                log.Warn(Missing(folder, subject, request));
                continue;
            }

            foreach (var file in files)
            {
                // A file of the room serves all cameras, one after the other.
                RawPoses? poses = null;
                foreach (var camera in Cameras(file, space).Where(camera => request.Wants(subject, file.Action, camera)))
                {
                    poses ??= new RawPoses(CdfPoses.Read(file.Path, log), CdfPoses.Joints, space, request.Variant, file.Path);
                    var key = new RecordingKey(subject, file.Action, file.Trial, camera);
                    yield return new Recording(key, poses, frames.Find(key));
                }
            }
        }
    }

    /// <summary>The folder of each subject; where there are two, the first of <see cref="Places"/>.</summary>
    private static IEnumerable<(int Subject, string Folder)> Subjects(string root) => Places
        .SelectMany(place => SubjectName.Folders(Path.Combine(root, place)))
        .Where(pair => Enum.GetValues<PoseVariant>().SelectMany(Products).Any(product => Folders(pair.Folder, product.Name).Any(Directory.Exists)))
        .DistinctBy(pair => pair.Subject).OrderBy(pair => SubjectName.Numbers.ToList().IndexOf(pair.Subject));

    /// <summary>What the data set calls the poses of a variant, the wanted ones first. Variants are never mixed.</summary>
    private static (string Name, PoseSpace Space)[] Products(PoseVariant variant) => variant == PoseVariant.Universal
        ? [("D3_Positions_mono_universal", PoseSpace.Camera)]
        : [("D3_Positions_mono", PoseSpace.Camera), ("D3_Positions", PoseSpace.World)];

    private static string[] Folders(string subject, string product)
        => [Path.Combine(subject, "MyPoseFeatures", product), Path.Combine(subject, "Poses_" + product), Path.Combine(subject, product)];

    private static (IReadOnlyList<RecordingFile> Files, PoseSpace Space)? Source(string folder, ImportRequest request, int subject)
    {
        foreach (var (product, space) in Products(request.Variant))
        {
            foreach (var place in Folders(folder, product))
            {
                var files = RecordingFiles.In(place, Extension, subject);
                if (files.Any(file => Cameras(file, space).Any(camera => request.Wants(subject, file.Action, camera)))) return (files, space);
            }
        }

        return null;
    }

    // A file of the room has no camera in its name, one of a camera must have it.
    private static IEnumerable<int> Cameras(RecordingFile file, PoseSpace space) => (space, file.Camera) switch
    {
        (PoseSpace.World, null) => [1, 2, 3, 4],
        (PoseSpace.Camera, { } camera) => [camera],
        _ => [],
    };

    private static string Missing(string folder, int subject, ImportRequest request)
    {
        var wanted = string.Join(" or ", Products(request.Variant).Select(product => product.Name));
        var other = request.Variant == PoseVariant.Mono ? PoseVariant.Universal : PoseVariant.Mono;
        var has = Products(other).Where(product => Folders(folder, product.Name).Any(Directory.Exists)).Select(product => product.Name).ToList();
        return $"S{subject}: {folder} has no poses of the wanted sequences in {wanted}"
            + (has.Count == 0 ? "" : $"; it has {string.Join(" and ", has)}, poses of another kind, which are not mixed with these");
    }
}
