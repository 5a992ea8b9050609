using System.Runtime.InteropServices;

namespace PoseEngine.Kernels;

/// <summary>The numbers that steer one solve; see <see cref="MinresQlpScalars"/> for what they are compared with.</summary>
/// <param name="RelativeTolerance">rtol of the backward error ||r|| / (||B|| ||x|| + ||b||).</param>
/// <param name="LeastSquaresTolerance">artol of ||B r|| / (||B|| ||r||).</param>
/// <param name="Epsilon">Spacing of the vectors' number type at 1.</param>
/// <param name="ConditionLimit">Largest accepted estimate of ||B|| / smallest nonzero singular value.</param>
/// <param name="NormLimit">Largest accepted ||x|| ||B|| / ||b||, or infinity.</param>
/// <param name="MaxIterations">Largest number of iterations, at least 1.</param>
/// <param name="ExponentLimit">Largest exponent of a power of two that vectors are scaled with.</param>
/// <param name="SolvedExit">Exit that a met rtol stands for.</param>
/// <param name="LeastSquaresExit">Exit that a met artol stands for.</param>
public readonly record struct MinresQlpSettings(
    double RelativeTolerance,
    double LeastSquaresTolerance,
    double Epsilon,
    double ConditionLimit,
    double NormLimit,
    int MaxIterations,
    int ExponentLimit,
    SolveExit SolvedExit = SolveExit.Solved,
    SolveExit LeastSquaresExit = SolveExit.LeastSquares);

/// <summary>
/// All scalars of a MINRES-QLP solve, in float64 whatever the vectors are: plain numbers that a device may keep in its
/// own memory. Names follow the papers; a suffix L or L2 means "one (two) iterations back". All norms are those of the
/// scaled right-hand side b / <see cref="Scale"/> and, with a preconditioner M, of M^-1 (residuals) and M (solutions).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct MinresQlpScalars
{
    /// <summary>rtol.</summary>
    public double RelativeTolerance;

    /// <summary>artol.</summary>
    public double LeastSquaresTolerance;

    /// <summary>eps of the vectors.</summary>
    public double Epsilon;

    /// <summary>Limit of <see cref="Condition"/>.</summary>
    public double ConditionLimit;

    /// <summary>Limit of ||x|| ||B|| / ||b||.</summary>
    public double NormLimit;

    /// <summary>The power of two that b was divided by and x is multiplied with: no rule depends on the size of b.</summary>
    public double Scale;

    /// <summary>First sum of the last vector pass.</summary>
    public double Sum0;

    /// <summary>Second sum of the last vector pass.</summary>
    public double Sum1;

    /// <summary>beta_1 = ||b||.</summary>
    public double Beta1;

    /// <summary>beta_k.</summary>
    public double Beta;

    /// <summary>beta_k+1.</summary>
    public double BetaNext;

    /// <summary>alpha_k.</summary>
    public double Alpha;

    /// <summary>Norm of the stored vector z_k: v_k = z_k / Stored. Vectors are never normalised in memory.</summary>
    public double Stored;

    /// <summary>Norm of the stored vector z_k-1.</summary>
    public double StoredL;

    /// <summary>The power of two that z_k+1 is stored with, so that neither large nor small B leaves the number range.</summary>
    public double NextScale;

    /// <summary>sqrt(alpha_1^2 + beta_2^2) = ||B b|| / ||b||.</summary>
    public double FirstColumn;

    /// <summary>phi_k = ||r_k||.</summary>
    public double Phi;

    /// <summary>Left reflection Q_k,k+1.</summary>
    public double Cs, Sn;

    /// <summary>Right reflection P_k-1,k.</summary>
    public double C1, S1;

    /// <summary>Right reflection P_k-1,k+1, used in the next iteration.</summary>
    public double C2, S2;

    /// <summary>Entries of the tridiagonal's factor still to be reflected.</summary>
    public double Dbar, EpsNext;

    /// <summary>Diagonal of L.</summary>
    public double Gamma, GammaL, GammaL2;

    /// <summary>First subdiagonal of L.</summary>
    public double Theta, ThetaL, ThetaL2;

    /// <summary>Second subdiagonal of L.</summary>
    public double Eta, EtaL, EtaL2;

    /// <summary>Right-hand side of L u = t.</summary>
    public double Tau, TauL, TauL2;

    /// <summary>u_k, u_k-1 (both may change), u_k-2 (final), u_k-3, u_k-4.</summary>
    public double Mu0, Mu1, Mu2, Mu3, Mu4;

    /// <summary>Norm of the final part of u.</summary>
    public double FinalNorm;

    /// <summary>||x_k||.</summary>
    public double SolutionNorm;

    /// <summary>||r|| of the iterate that would be returned now; <see cref="Phi"/> unless u_k was dropped.</summary>
    public double ResidualNorm;

    /// <summary>||B r_k-1||.</summary>
    public double NormalResidualNorm;

    /// <summary>||B r_k-1|| / (||B|| ||r_k-1||).</summary>
    public double NormalRatio;

    /// <summary>Smallest <see cref="NormalRatio"/> so far.</summary>
    public double SmallestNormalRatio;

    /// <summary>||r_k|| / (||B|| ||x_k|| + ||b||).</summary>
    public double BackwardError;

    /// <summary>Lower bound of ||B||.</summary>
    public double OperatorNorm;

    /// <summary>Smallest diagonal entry of L that can no longer change.</summary>
    public double SmallestGamma;

    /// <summary>Lower bound of ||B|| over the smallest nonzero singular value met.</summary>
    public double Condition;

    /// <summary>Coefficients of the next vector pass.</summary>
    public double PassC1, PassS1, PassC2, PassS2, PassMu2, PassV, PassProduct, PassPrevious, PassCurrent;

    /// <summary>k, the number of the iteration; 0 before the first.</summary>
    public int Iteration;

    /// <summary>Limit of <see cref="Iteration"/>.</summary>
    public int MaxIterations;

    /// <summary>Largest exponent of a scaling.</summary>
    public int ExponentLimit;

    /// <summary>Why the solve ended; None while it runs.</summary>
    public SolveExit Exit;

    /// <summary>Exit that a met rtol stands for.</summary>
    public SolveExit SolvedExit;

    /// <summary>Exit that a met artol stands for.</summary>
    public SolveExit LeastSquaresExit;

    /// <summary>0 running, 1 decided with the last vector update still to run, 2 over: every pass returns at once.</summary>
    public int Stop;

    /// <summary>1 once beta_1 is known.</summary>
    public int Begun;

    /// <summary>1 from the decision of an iteration until the pass that moves the directions along.</summary>
    public int DirectionsDue;
}
