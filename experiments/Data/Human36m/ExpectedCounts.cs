namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>How many poses the two trials of Walking have for each camera: with four cameras 162,008 images, the number that the paper
/// gives (section 5).</summary>
internal static class ExpectedCounts
{
    public const int Total = 162_008;

    public static int Of(int subject, int trial) => WalkerSubject.All[SubjectName.IndexOf(subject)].FrameCounts[trial - 1];

    /// <summary>Lines that set what was found beside what Walking has: a line for each trial that differs, with the reason, and one for all.</summary>
    public static IEnumerable<string> Compare(IReadOnlyDictionary<RecordingKey, (int Images, string? Why)> recordings, ImportRequest request)
    {
        var total = 0;
        foreach (var (subject, trial) in SubjectName.Numbers.SelectMany(subject => ((int[])[1, 2]).Select(trial => (subject, trial))))
        {
            var found = 0;
            var reasons = new List<string>();
            foreach (var camera in CameraTable.Numbers)
            {
                var known = recordings.TryGetValue(new RecordingKey(subject, HumanAction.Walking, trial, camera), out var recording);
                found += recording.Images;
                var cause = !request.Wants(subject, HumanAction.Walking, camera) ? "not asked for" : known ? recording.Why : "not in the data";
                if (recording.Images != Of(subject, trial)) reasons.Add(cause ?? "another number of poses");
            }
            total += found;
            var expected = StudioCameras.Count * Of(subject, trial);
            if (found == expected) continue;
            var why = reasons.GroupBy(reason => reason).Select(group => group.Count() == 1 ? group.Key : $"{group.Key} ({group.Count()} cameras)");
            yield return $"{Line($"S{subject} trial {trial}", found, expected)}: {string.Join("; ", why)}";
        }
        yield return Line("Walking", total, Total);
    }

    private static string Line(string what, int found, int expected) => $"{what}: {found:N0} of {expected:N0} images";
}
