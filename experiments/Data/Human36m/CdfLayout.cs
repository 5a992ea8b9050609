using MathNet.Numerics.Statistics;

namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The data set as its site gives it, unpacked, or as extract_all.py of h36m-fetch unpacks it: CDF files of poses, beside videos
/// or frames taken from these. Poses of a camera are read where they are, otherwise those of the room.</summary>
internal sealed class CdfLayout() : HumanLayout(
    "cdf", "the official archives, or h36m-fetch after extract_all.py",
    "S1/MyPoseFeatures/D3_Positions_mono/Walking 1.54138969.cdf or S1/Poses_D3_Positions_mono/Walking 1.54138969.cdf")
{
    /// <summary>Below the root; where a subject is in two places, the first counts.</summary>
    private static readonly string[] Places = ["", "extracted"];

    public override bool Matches(string root)
        => Subjects(root).Any(subject => AllFolders(subject.Folder).Any(folder => RecordingFiles.In(folder, ".cdf", subject.Subject).Count > 0));

    protected override IEnumerable<(RecordingKey Key, RawPoses Poses)> Poses(ImportRequest request, ImportLog log)
    {
        foreach (var (subject, folder) in Subjects(request.Root).Where(pair => request.Subjects.Contains(pair.Subject)))
        {
            if (Source(folder, request, subject) is not var (files, space))
            {
                log.Warn(Missing(folder, subject, request.Variant));
                continue;
            }
            foreach (var file in files)
            {
                // A file of the room serves all cameras, one after the other.
                RawPoses? poses = null;
                foreach (var camera in Cameras(file, space).Where(camera => request.Wants(subject, file.Action, camera)))
                {
                    poses ??= new RawPoses(CdfPoses.Read(file.Path, log), CdfPoses.Joints, space, request.Variant, file.Path);
                    yield return (new RecordingKey(subject, file.Action, file.Trial, camera), poses);
                }
            }
        }
    }

    private static IEnumerable<(int Subject, string Folder)> Subjects(string root) => Places
        .SelectMany(place => SubjectName.Folders(Path.Combine(root, place)))
        .Where(pair => AllFolders(pair.Folder).Any(Directory.Exists))
        .DistinctBy(pair => pair.Subject).OrderBy(pair => SubjectName.IndexOf(pair.Subject));

    /// <summary>What the data set calls the poses of a variant, the wanted ones first. Variants are never mixed.</summary>
    private static (string Name, PoseSpace Space)[] Products(PoseVariant variant) => variant == PoseVariant.Universal
        ? [("D3_Positions_mono_universal", PoseSpace.Camera)]
        : [("D3_Positions_mono", PoseSpace.Camera), ("D3_Positions", PoseSpace.World)];

    private static string[] Folders(string subject, string product)
        => [Path.Combine(subject, "MyPoseFeatures", product), Path.Combine(subject, "Poses_" + product), Path.Combine(subject, product)];

    private static IEnumerable<string> AllFolders(string subject)
        => Enum.GetValues<PoseVariant>().SelectMany(Products).SelectMany(product => Folders(subject, product.Name));

    private static (IReadOnlyList<RecordingFile> Files, PoseSpace Space)? Source(string folder, ImportRequest request, int subject)
    {
        foreach (var (product, space) in Products(request.Variant))
        {
            foreach (var place in Folders(folder, product))
            {
                var files = RecordingFiles.In(place, ".cdf", subject);
                if (files.Any(file => Cameras(file, space).Any(camera => request.Wants(subject, file.Action, camera)))) return (files, space);
            }
        }
        return null;
    }

    // A file of the room has no camera in its name, one of a camera must have it.
    private static IEnumerable<int> Cameras(RecordingFile file, PoseSpace space) => (space, file.Camera) switch
    {
        (PoseSpace.World, null) => CameraTable.Numbers,
        (PoseSpace.Camera, { } camera) => [camera],
        _ => [],
    };

    private static string Missing(string folder, int subject, PoseVariant variant)
    {
        var wanted = string.Join(" or ", Products(variant).Select(product => product.Name));
        var other = variant == PoseVariant.Mono ? PoseVariant.Universal : PoseVariant.Mono;
        var has = Products(other).Where(product => Folders(folder, product.Name).Any(Directory.Exists)).Select(product => product.Name).ToList();
        return $"S{subject}: {folder} has no poses of the wanted sequences in {wanted}"
            + (has.Count == 0 ? "" : $"; it has {string.Join(" and ", has)}, poses of another kind, which are not mixed with these");
    }
}

/// <summary>The poses of a CDF file of Human3.6M: a variable "Pose" of poses x 96 numbers. The order in which such a table lies in the file
/// has been told wrongly by writers, so the bones are asked: their lengths do not change from frame to frame.</summary>
public static class CdfPoses
{
    private const string Variable = "Pose";
    private const int Numbers = 3 * Joints;

    // A thigh of 443 mm that varies by 1 mm; in a table of the wrong order it varies by more than its length.
    private const double MaximumSpread = 1.0 / 443;

    public const int Joints = 32;

    public static double[] Read(string path, ImportLog log)
    {
        var table = CdfFile.Read(path, Variable);
        // Writers put a dimension of 1 before the two, or make each pose a record.
        var shape = table.Dimensions.SkipWhile((extent, d) => extent == 1 && d < table.Dimensions.Length - 2).ToArray();
        if (shape.Length != 2 || (shape[0] != Numbers && shape[1] != Numbers))
        {
            throw new UserErrorException($"{path}: its poses have the shape ({string.Join(", ", table.Dimensions)}), N x {Numbers} was expected "
                + "(a 2D file has N x 64): give the files of D3_Positions");
        }
        var claimed = shape[1] == Numbers ? table.Values : Transposed(table.Values, Numbers, (int)shape[1]);
        if (BonesKeepTheirLength(claimed)) return claimed;
        // The numbers of a pose lie together in the file, or those of a coordinate do; now the opposite is tried.
        var (together, poses) = ((shape[1] == Numbers) == table.RowMajor, claimed.Length / Numbers);
        var other = together ? Transposed(claimed, Numbers, poses) : Transposed(claimed, poses, Numbers);
        if (!BonesKeepTheirLength(other))
        {
            throw new UserErrorException($"{path}: the legs of its poses change their lengths from frame to frame, in whichever order its table is read; "
                + "it holds something else than positions of joints, or is damaged: extract the file again");
        }
        log.Note($"{path}: its table lies in the other order than the file says; the order in which bones keep their lengths was taken");
        return other;
    }

    private static double[] Transposed(double[] values, int rows, int columns)
    {
        var turned = new double[values.Length];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++) turned[(column * rows) + row] = values[(row * columns) + column];
        return turned;
    }

    private static bool BonesKeepTheirLength(double[] poses) => Spread(poses, 1, 2) <= MaximumSpread && Spread(poses, 2, 3) <= MaximumSpread;

    /// <summary>The standard deviation of a bone's length over its mean; frames that are not finite are no evidence.</summary>
    private static double Spread(double[] poses, int from, int to)
    {
        var lengths = new RunningStatistics();
        for (var start = 0; start < poses.Length; start += Numbers)
        {
            var length = Math.Sqrt(Enumerable.Range(0, 3).Sum(axis => Math.Pow(poses[start + (3 * to) + axis] - poses[start + (3 * from) + axis], 2)));
            if (double.IsFinite(length)) lengths.Push(length);
        }
        if (lengths.Count == 0) return 0;
        // A bone of no length is none: no table of poses has it.
        return lengths.Mean > 0 ? lengths.PopulationStandardDeviation / lengths.Mean : double.PositiveInfinity;
    }
}
