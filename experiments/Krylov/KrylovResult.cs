using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Krylov;

/// <summary>What a solver did with a system.</summary>
/// <param name="Exit">Why it ended, or "Refused" where the matrix is not one that it takes.</param>
/// <param name="RelativeResidual">||b - B x|| / ||b|| from a product with x.</param>
/// <param name="Error">||x - x*|| / ||x*|| with the shortest least-squares solution x*; null where it is not known.</param>
/// <param name="StepError">The same of dw alone, the part of x that training takes; null for other systems.</param>
/// <param name="IsRight">Whether the error is within the tolerance of the comparison.</param>
/// <param name="History">Recurred ||r|| / ||b|| behind each iteration.</param>
internal sealed record KrylovResult(
    string Solver, string Exit, string Explanation, int Iterations, double RelativeResidual, double? Error, double? StepError,
    bool? IsRight, bool? IsStepRight, double Seconds, [property: JsonIgnore] IReadOnlyList<double> History)
{
    public const string Refused = "Refused";

    /// <summary>MINRES-QLP with a preconditioner; its history is in the norm of M^-1.</summary>
    public const string Preconditioned = "minres-qlp+m";

    /// <summary>A matrix that the solver does not take.</summary>
    public static KrylovResult Refusal(string solver, string reason, bool? isRight)
        => new(solver, Refused, reason, 0, double.NaN, null, null, isRight, null, 0, []);
}

/// <summary>A system with what all solvers did.</summary>
/// <param name="LeastResidual">||b - B x*|| / ||b||: what no x can fall below; NaN where x* is not known.</param>
/// <param name="Note">More about it, such as the rank.</param>
internal sealed record KrylovSystemResult(
    string Name, [property: JsonIgnore] KrylovClass Kind, int Size, double LeastResidual, string Note, IReadOnlyList<KrylovResult> Results)
{
    public string Class => Kind.Key;
}

/// <summary>What <c>poseengine krylov</c> found: summary.json.</summary>
/// <param name="Preset">The preset, or the name of a matrix.</param>
/// <param name="RightError">The error up to which a solution counts as right.</param>
/// <param name="Solvers">The solvers' names in the order of Table 1.</param>
internal sealed record KrylovSummary(
    string Command, string CommandLine, string Preset, long Seed, string Device, string Precision, string Version,
    DateTimeOffset Started, double Seconds, double RightError, IReadOnlyList<string> Solvers, IReadOnlyList<KrylovSystemResult> Systems);
