namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>How many poses the two trials of Walking have for each camera: with four cameras 162,008 images, the number that the paper
/// gives (section 5).</summary>
internal static class ExpectedCounts
{
    /// <summary>All images of Walking.</summary>
    public const int Total = 162_008;

    private static readonly Dictionary<int, (int First, int Second)> Poses = new()
    {
        [1] = (3476, 3134),
        [5] = (3000, 2521),
        [6] = (2750, 3614),
        [7] = (3636, 3623),
        [8] = (3737, 3695),
        [9] = (2446, 1612),
        [11] = (1637, 1621),
    };

    /// <summary>The poses of one trial and camera.</summary>
    public static int Of(int subject, int trial) => trial == 1 ? Poses[subject].First : Poses[subject].Second;

    /// <summary>Lines that set what was found beside what Walking has: a line for each trial that differs, with the reason, and one for all.</summary>
    /// <param name="recordings">Images and, where there are fewer than expected, the reason, by recording.</param>
    public static IEnumerable<string> Compare(IReadOnlyDictionary<RecordingKey, (int Images, string? Why)> recordings, ImportRequest request)
    {
        var total = 0;
        foreach (var subject in SubjectName.Numbers)
        {
            for (var trial = 1; trial <= 2; trial++)
            {
                var found = 0;
                var reasons = new List<string>();
                for (var camera = 1; camera <= StudioCameras.Count; camera++)
                {
                    var known = recordings.TryGetValue(new RecordingKey(subject, HumanAction.Walking, trial, camera), out var recording);
                    found += recording.Images;
                    var why = !request.Wants(subject, HumanAction.Walking, camera) ? "not asked for" : known ? recording.Why : "not in the data";
                    if (recording.Images != Of(subject, trial)) reasons.Add(why ?? "another number of poses");
                }

                total += found;
                var expected = StudioCameras.Count * Of(subject, trial);
                if (found != expected) yield return Line($"S{subject} trial {trial}", found, expected) + ": " + string.Join("; ", reasons.GroupBy(r => r).Select(g => g.Count() == 1 ? g.Key : $"{g.Key} ({g.Count()} cameras)"));
            }
        }

        yield return Line("Walking", total, Total);
    }

    private static string Line(string what, int found, int expected)
        => string.Create(CultureInfo.InvariantCulture, $"{what}: {found:N0} of {expected:N0} images");
}
