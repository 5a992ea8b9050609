namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>One of the forms in which people have Human3.6M on disk.</summary>
/// <param name="name">What --layout calls it.</param>
/// <param name="origin">Who makes such trees, in a few words.</param>
/// <param name="mark">The file by which it is known, relative to ROOT, such as "S1/Walking-1/annot.h5".</param>
internal abstract class HumanLayout(string name, string origin, string mark)
{
    public string Name => name;
    public string Origin => origin;
    public string Mark => mark;

    /// <summary>Whether a folder looks like this layout, by the names of its files alone.</summary>
    public abstract bool Matches(string root);

    /// <summary>The recordings that a request wants, ordered by subject, action, trial and camera. Images that are missing are told by <see
    /// cref="NoFrames"/>, not by leaving the recording out.</summary>
    public IEnumerable<Recording> Read(ImportRequest request, ImportLog log)
    {
        var frames = new FrameTree(request.FrameRoot, log);
        return Poses(request, log).Select(found => new Recording(found.Key, found.Poses, frames.Find(found.Key)));
    }

    /// <summary>The wanted poses in the order of <see cref="Read"/>, one recording after the other, so that poses may be given up before the
    /// next are read. Ask <see cref="ImportRequest.Wants(int, HumanAction)"/> before large files are opened.</summary>
    protected abstract IEnumerable<(RecordingKey Key, RawPoses Poses)> Poses(ImportRequest request, ImportLog log);

    /// <summary>Poses of the room serve each wanted camera.</summary>
    protected static IEnumerable<(RecordingKey, RawPoses)> OfRoom(ImportRequest request, int subject, HumanAction action, int trial, RawPoses poses)
        => CameraTable.Numbers.Where(camera => request.Wants(subject, action, camera)).Select(camera => (new RecordingKey(subject, action, trial, camera), poses));

    protected static void RequireMono(ImportRequest request, string path)
    {
        if (request.Variant == PoseVariant.Universal)
            throw new UserErrorException($"{path} has each subject's own limbs, not those of the universal skeleton: give --space mono, or import the CDF files");
    }

    protected static string? FirstFile(string root, params string[] files) => files.Select(file => Path.Combine(root, file)).FirstOrDefault(File.Exists);
}

internal static class Layouts
{
    /// <summary>What --layout takes to have the layout found out.</summary>
    public const string Auto = "auto";

    public static IReadOnlyList<HumanLayout> All { get; } = [new FetchLayout(), new CdfLayout(), new VideoPoseLayout(), new JsonLayout(), new MmposeLayout()];

    public static HumanLayout For(string name, string root)
    {
        if (File.Exists(root)) throw new UserErrorException($"{root} is a file: name the folder that holds it");
        if (!Directory.Exists(root))
            throw new UserErrorException($"there is no folder {root}: name the one that holds your copy of Human3.6M ({ImportRequest.Registration} for where it comes from)");
        var names = string.Join(", ", All.Select(layout => layout.Name));
        if (!name.Equals(Auto, StringComparison.OrdinalIgnoreCase))
        {
            return All.FirstOrDefault(layout => layout.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new UserErrorException($"--layout {name} is not known: give {Auto} or one of {names}");
        }
        var found = All.Where(layout => layout.Matches(root)).ToList();
        return found.Count == 1 ? found[0] : throw new UserErrorException(found.Count > 1
            ? $"{root} has more than one layout, {string.Join(" and ", found.Select(l => l.Name))}: choose with --layout"
            : $"{root} has no layout that is known; looked for {string.Join(", ", All.Select(l => $"{l.Mark} ({l.Name})"))}: name the folder above these, or choose with --layout to learn what is missing");
    }
}
