namespace PoseEngine.Experiments.Checks;

/// <summary>One proof: a measured difference and what it may be.</summary>
/// <param name="Name">What was proved on what, such as "conv 3x3 stride 2: adjoint identity".</param>
/// <param name="Value">The relative difference found.</param>
/// <param name="Tolerance">The largest that passes.</param>
public sealed record CheckResult(string Name, double Value, double Tolerance)
{
    /// <summary>Whether the difference is within its tolerance; NaN never is.</summary>
    public bool Passed => Value <= Tolerance;
}
