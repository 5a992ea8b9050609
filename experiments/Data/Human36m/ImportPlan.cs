using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PoseEngine.Experiments.Data.Human36m;

/// <param name="Picks">Which of its poses, ascending; each has a frame.</param>
internal sealed record PlannedRecording(RecordingKey Key, ImportedPoses Poses, int[] Picks, FrameStore Frames, int First);

/// <summary>Everything that an import will do, known before its first image is read.</summary>
/// <param name="Counts">The number of images of each recording that was found, and why there are not more.</param>
internal sealed record ImportPlan(
    ImportRequest Request, HumanLayout Layout, IReadOnlyList<PlannedRecording> Recordings, IReadOnlyDictionary<RecordingKey, (int Images, string? Why)> Counts)
{
    public int Count { get; } = Recordings.Sum(recording => recording.Picks.Length);

    public static ImportPlan Make(ImportRequest request, ImportLog log, CancellationToken token = default)
    {
        request.Validate();
        var layout = Layouts.For(request.Layout, request.Root);
        log.Note($"layout: {layout.Name} ({layout.Origin})");
        var planned = new List<PlannedRecording>();
        var counts = new Dictionary<RecordingKey, (int, string?)>();
        var first = 0;
        foreach (var recording in layout.Read(request, log))
        {
            token.ThrowIfCancellationRequested();
            var (poses, picks, why) = Pick(recording, request, log);
            counts[recording.Key] = (picks.Length, why);
            if (picks.Length == 0) continue;
            planned.Add(new PlannedRecording(recording.Key, poses, picks, recording.Frames, first));
            first = checked(first + picks.Length);
        }
        if (planned.Count > 0) return new ImportPlan(request, layout, planned, counts);
        throw new UserErrorException(
            $"{request.Root} ({layout.Name}) has nothing of {string.Join(", ", request.Actions)} for {string.Join(", ", request.Subjects.Select(s => $"S{s}"))} that can be imported; "
            + (log.Lines.Count > 1 ? "the lines above say why" : "name other sequences, subjects or another folder"));
    }

    /// <summary>What decides the pack's content, by name, to tell one plan from another: first what was asked for, then what follows from
    /// it and from the data.</summary>
    public IReadOnlyList<(string Name, string Value)> Describe() =>
    [
        ("importer", $"{ImportWriter.Version}"),
        ("layout", Layout.Name),
        ("root", Path.GetFullPath(Request.Root)),
        ("frames", Path.GetFullPath(Request.FrameRoot)),
        ("sequences", string.Join(' ', Request.Actions)),
        ("subjects", string.Join(' ', Request.Subjects.Order().Select(s => $"S{s}"))),
        ("cameras", string.Join(' ', Request.Cameras.Order().Select(CameraTable.Id))),
        ("step", $"{Request.Step}"),
        ("box", Request.Box.ToString()),
        ("space", Request.Variant.ToString()),
        ("virtual camera", Request.VirtualCamera.ToString()),
        ("images", $"{Count}"),
        ("poses and frames", Digest()),
    ];

    private static (ImportedPoses Poses, int[] Picks, string? Why) Pick(Recording recording, ImportRequest request, ImportLog log)
    {
        (ImportedPoses, int[], string) LeftOut(string reason, string why)
        {
            log.Warn($"{recording.Key} is left out: {reason}");
            return (ImportedPoses.None, [], why);
        }
        if (recording.Frames is NoFrames none) return LeftOut(none.Reason, "no frames");
        if (!request.KeepShifted && recording.Key.PosesAreShifted)
            return LeftOut("its poses are known not to fit its images; --keep-shifted takes it all the same", "poses known to be shifted");
        var poses = PoseNormalizer.Normalize(recording, request, log);
        ViewCheck.Check(recording, poses);
        var images = (recording.Frames as FrameImages)?.Paths;
        // How many frames a video has shows when it is read; where it ends early, so does the recording.
        int[] there = [.. Enumerable.Range(0, poses.Count).Where(i => images is null || images.ContainsKey(poses.Frames[i]))];
        var why = Explain(recording, poses.Count, images?.Count ?? poses.Count, there.Length, log);
        if (request.Step == 1) return (poses, there, why);
        return (poses, [.. there.Where((_, i) => i % request.Step == 0)], $"one of {request.Step} frames is taken" + (why is null ? "" : ", " + why));
    }

    private static string? Explain(Recording recording, int poses, int frames, int both, ImportLog log)
    {
        if (poses == frames && both == poses)
        {
            return recording.Key.Action == HumanAction.Walking && poses < ExpectedCounts.Of(recording.Key.Subject, recording.Key.Trial)
                ? "the data has a part of the frames" : null;
        }
        log.Warn($"{recording.Key}: {frames} frames and {poses} poses; the {both} that have both are taken");
        return both < poses ? $"{poses - both} poses without a frame" : "the data has a part of the poses";
    }

    private string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var recording in Recordings)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{recording.Key} {recording.Frames switch { FrameImages images => images.Place, VideoFile video => video.Path, _ => "" }}\n"));
            foreach (var pick in recording.Picks)
            {
                hash.AppendData(BitConverter.GetBytes(recording.Poses.Frames[pick]));
                hash.AppendData(MemoryMarshal.AsBytes(recording.Poses.Pose(pick)));
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
