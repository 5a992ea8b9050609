namespace PoseEngine.Experiments.Krylov;

/// <summary>What <c>poseengine krylov</c> found: summary.json.</summary>
/// <param name="Command">"krylov".</param>
/// <param name="CommandLine">As it was typed.</param>
/// <param name="Preset">The preset, or the name of a matrix.</param>
/// <param name="Seed">The seed of weights and data.</param>
/// <param name="Device">Where it computed.</param>
/// <param name="Precision">"float32" or "float64".</param>
/// <param name="Version">The version of the program.</param>
/// <param name="Started">When.</param>
/// <param name="Seconds">How long.</param>
/// <param name="RightError">The error up to which a solution counts as right.</param>
/// <param name="Solvers">The solvers' names in the order of Table 1.</param>
/// <param name="Systems">All systems with all results.</param>
internal sealed record KrylovSummary(
    string Command, string CommandLine, string Preset, long Seed, string Device, string Precision, string Version,
    DateTimeOffset Started, double Seconds, double RightError, IReadOnlyList<string> Solvers,
    IReadOnlyList<KrylovSystemResult> Systems);
