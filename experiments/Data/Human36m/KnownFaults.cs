namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>What is known to be wrong in the data set itself.</summary>
internal static class KnownFaults
{
    private static readonly (int Subject, string Action, int Trial)[] Shifted = [(9, "Greeting", 2), (9, "SittingDown", 2), (9, "Waiting", 1)];

    /// <summary>Whether the poses of a recording lie beside the people in its images.</summary>
    public static bool PosesAreShifted(RecordingKey key) => Shifted.Contains((key.Subject, key.Action.Name, key.Trial));
}
