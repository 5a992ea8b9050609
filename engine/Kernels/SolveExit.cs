namespace PoseEngine.Kernels;

/// <summary>
/// Why a Krylov solve ended. The values up to 8 are the flags of Choi and Saunders (TOMS 40(2), 2014), so that results
/// compare with other implementations; their 9, "exactly singular", is covered by the rank rule, which gives 2.
/// </summary>
public enum SolveExit
{
    /// <summary>Still running; never in a report.</summary>
    None = -100,

    /// <summary>Choi -3: r'M^-1 r was negative, so the preconditioner is not symmetric positive definite.</summary>
    PreconditionerNotPositiveDefinite = -3,

    /// <summary>Choi -1: b is an eigenvector of B, x = b / eigenvalue.</summary>
    EigenvectorRightHandSide = -1,

    /// <summary>Choi 0: b = 0 or B b = 0, x = 0 is the min-length least-squares solution.</summary>
    ZeroSolution = 0,

    /// <summary>Choi 1: the residual met the relative tolerance.</summary>
    Solved = 1,

    /// <summary>Choi 2: no solution exists; x is the min-length least-squares solution.</summary>
    LeastSquares = 2,

    /// <summary>Choi 3: solved to the floor of the precision, which is above the tolerance asked for.</summary>
    SolvedToPrecision = 3,

    /// <summary>Choi 4: least squares to the floor of the precision, which is above the tolerance asked for.</summary>
    LeastSquaresToPrecision = 4,

    /// <summary>Choi 5: x has grown into an eigenvector of a vanishing eigenvalue.</summary>
    VanishingEigenvalue = 5,

    /// <summary>Choi 6: ||x|| ||B|| / ||b|| passed the norm limit.</summary>
    NormLimit = 6,

    /// <summary>Choi 7: the condition estimate passed its limit.</summary>
    ConditionLimit = 7,

    /// <summary>Choi 8: the iteration limit came first.</summary>
    IterationLimit = 8,

    /// <summary>The right-hand side, the operator or the preconditioner gave NaN or infinity.</summary>
    NotFinite = 20,

    /// <summary>The time limit came first.</summary>
    TimeLimit = 21,

    /// <summary>The callback or the cancellation token asked to stop.</summary>
    Stopped = 22,

    // From here on: the other Krylov solvers, which run on the host alone. The kernels do not know these values.

    /// <summary>A least-squares solution, but not the one of minimum length.</summary>
    LeastSquaresOfSomeLength = 30,

    /// <summary>CG and BiCG: p^T B p = 0, so there is no step to take along p.</summary>
    CurvatureBreakdown = 31,

    /// <summary>BiCG: the residual is orthogonal to its shadow, so there is no next direction.</summary>
    ShadowBreakdown = 32,

    /// <summary>SYMMLQ: the Krylov space ended at a singular matrix; no solution lies in it.</summary>
    SingularBreakdown = 33,

    /// <summary>The residual grew beyond the divergence limit.</summary>
    Diverged = 34,

    /// <summary>GMRES: a whole cycle left the residual as it was.</summary>
    Stagnated = 35,

    /// <summary>The recurred residual met the tolerance, b - B x itself did not.</summary>
    ResidualGap = 36,

    /// <summary>A direct solver: the eigenvalues that it needs did not converge.</summary>
    EigenvaluesNotFound = 37,

    /// <summary>A damped system, which has one solution, whose damping is lost beside the rest in this precision.</summary>
    DampingTooSmall = 38,
}

/// <summary>What the exits mean.</summary>
public static class SolveExits
{
    /// <summary>Whether the method had no next step to take.</summary>
    public static bool IsBreakdown(this SolveExit exit)
        => exit is SolveExit.CurvatureBreakdown or SolveExit.ShadowBreakdown or SolveExit.SingularBreakdown;

    /// <summary>What an exit means, without a full stop.</summary>
    public static string Sentence(this SolveExit exit) => exit switch
    {
        SolveExit.PreconditionerNotPositiveDefinite => "the preconditioner is not positive definite; x is the iterate before",
        SolveExit.EigenvectorRightHandSide => "b is an eigenvector of B, and x is b divided by the eigenvalue",
        SolveExit.ZeroSolution => "b or B b is zero, so that x = 0 is the shortest least-squares solution",
        SolveExit.Solved => "the residual met the tolerance",
        SolveExit.LeastSquares => "no solution exists; x is the shortest least-squares solution",
        SolveExit.SolvedToPrecision => "the residual is as small as the precision allows",
        SolveExit.LeastSquaresToPrecision => "no solution exists; x is the shortest least-squares solution as far as the precision allows",
        SolveExit.VanishingEigenvalue => "x grew until b was lost beside B x: B is singular to working precision",
        SolveExit.NormLimit => "x passed the norm limit, and its last component was dropped",
        SolveExit.ConditionLimit => "the condition passed its limit, and the last component of x was dropped",
        SolveExit.IterationLimit => "stopped at the iteration limit; allow more, precondition, or loosen the tolerance",
        SolveExit.NotFinite => "NaN or infinity came from b, the operator, the preconditioner, or an x beyond the number type",
        SolveExit.TimeLimit => "stopped at the time limit",
        SolveExit.Stopped => "stopped on request",
        SolveExit.LeastSquaresOfSomeLength =>
            "no solution exists; x is a least-squares solution, but not the shortest, which MINRES-QLP finds",
        SolveExit.CurvatureBreakdown =>
            "p^T B p = 0, which only an indefinite or singular matrix gives; MINRES and MINRES-QLP take such matrices",
        SolveExit.ShadowBreakdown => "the residual is orthogonal to its shadow; x is the last iterate",
        SolveExit.SingularBreakdown =>
            "the Krylov space ended at a singular matrix and holds no solution; MINRES-QLP finds the shortest least-squares solution",
        SolveExit.Diverged => "diverged: B is not what the method requires, or there is no solution",
        SolveExit.Stagnated => "a whole cycle changed nothing; restart later, or use MINRES-QLP",
        SolveExit.ResidualGap => "the recurred residual met the tolerance, but rounding has parted it from b - B x",
        SolveExit.EigenvaluesNotFound => "the eigenvalues of a symmetric matrix were not found; x is zero",
        SolveExit.DampingTooSmall =>
            "the damping is lost in this precision, and x solves the undamped system in the sense of least squares; raise delta, or solve by the Gram matrix",
        _ => "has not ended",
    };
}
