namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>What preprocess_h36m.py of mmpose makes: tables of image names and of positions in the camera, in metres, for training and for
/// testing, beside the images. The tables of all frames (fps50) are taken before those of every fifth (fps10).</summary>
public sealed class MmposeLayout : ILayout
{
    private static readonly string[] Parts = ["h36m_train.npz", "h36m_test.npz"];

    public string Name => "mmpose";

    public string Origin => "preprocess_h36m.py of mmpose";

    public string Mark => "annotation_body3d/fps50/h36m_train.npz";

    public bool Matches(string root) => Tables(root).Count > 0;

    public IEnumerable<Recording> Read(ImportRequest request, ImportLog log)
    {
        var tables = Tables(request.Root);
        if (tables.Count == 0) throw new UserErrorException($"{request.Root} has no {Mark}: name the folder above annotation_body3d");
        if (request.Variant == PoseVariant.Universal)
            throw new UserErrorException($"{tables[0]} has each subject's own limbs, not those of the universal skeleton: give --space mono, or import the CDF files");
        var frames = new FrameTree(request.FrameRoot, log);
        log.Note($"read {string.Join(" and ", tables)}");
        // Training and testing have different subjects, so the order of the tables is not that of the subjects.
        var rows = tables.SelectMany(table => MmposeTable.Sequences(table, request))
            .OrderBy(s => SubjectName.Numbers.ToList().IndexOf(s.Key.Subject)).ThenBy(s => s.Key.Action.Number).ThenBy(s => s.Key.Trial).ThenBy(s => s.Key.Camera);
        RecordingKey? before = null;
        foreach (var sequence in rows)
        {
            if (sequence.Key == before)
                throw new UserErrorException($"{sequence.Poses.File} has {sequence.Key} that another table or name has too: keep one of the files");
            before = sequence.Key;
            yield return new Recording(sequence.Key, sequence.Poses, frames.Find(sequence.Key));
        }
    }

    private static List<string> Tables(string root)
    {
        foreach (var rate in (string[])["fps50", "fps10"])
        {
            var found = Parts.Select(part => Path.Combine(root, "annotation_body3d", rate, part)).Where(File.Exists).ToList();
            if (found.Count > 0) return found;
        }

        return [];
    }
}
