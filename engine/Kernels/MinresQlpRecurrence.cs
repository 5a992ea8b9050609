namespace PoseEngine.Kernels;

/// <summary>
/// The scalar recurrence of MINRES-QLP with all its decisions: pure functions of <see cref="MinresQlpScalars"/>, run by
/// one thread between two vector passes.
/// </summary>
/// <remarks>
/// S.-C. T. Choi, C. C. Paige, M. A. Saunders, "MINRES-QLP: a Krylov subspace method for indefinite or singular
/// symmetric systems", SIAM J. Sci. Comput. 33(4), 2011; S.-C. T. Choi, M. A. Saunders, "Algorithm 937: MINRES-QLP for
/// symmetric and Hermitian linear equations and least-squares problems", ACM TOMS 40(2), 2014.
/// The recurrences are those of the papers. The stopping rules are not: every one is relative to ||B||, the
/// least-squares test comes before the "solved" test, and an exit for rank, least squares, condition or norm drops the
/// last component u_k. It belongs to the direction that B maps to nearly nothing, so its coefficient t_k / gamma_k is
/// the only part of x that is not of min length.
/// </remarks>
public static class MinresQlpRecurrence
{
    /// <summary>Below this many spacings of the vectors' numbers, relative to ||B||, a scalar counts as 0.</summary>
    private const double ZeroFactor = 10;

    /// <summary>The state before a solve.</summary>
    public static MinresQlpScalars Initial(in MinresQlpSettings settings) => new()
    {
        RelativeTolerance = settings.RelativeTolerance,
        LeastSquaresTolerance = settings.LeastSquaresTolerance,
        Epsilon = settings.Epsilon,
        ConditionLimit = settings.ConditionLimit,
        NormLimit = settings.NormLimit,
        MaxIterations = settings.MaxIterations,
        ExponentLimit = settings.ExponentLimit,
        SolvedExit = settings.SolvedExit,
        LeastSquaresExit = settings.LeastSquaresExit,
        Exit = SolveExit.None,
        Scale = 1,
        NextScale = 1,
        Cs = -1,
        C1 = -1,
        C2 = -1,
        Condition = 1,
        SmallestGamma = double.PositiveInfinity,
        SmallestNormalRatio = double.PositiveInfinity,
    };

    /// <summary>Chooses the scale of b from max |b_i|; ends the solve if that is 0 or not finite.</summary>
    public static void ChooseScale(ref MinresQlpScalars s, double maxAbs)
    {
        if (!double.IsFinite(maxAbs)) End(ref s, SolveExit.NotFinite);
        else if (maxAbs == 0) End(ref s, SolveExit.ZeroSolution);
        else s.Scale = PowerOfTwo(maxAbs, s.ExponentLimit);
    }

    /// <summary>
    /// Takes alpha_k from the sums of the product pass and prepares the pass that forms beta_k+1 v_k+1.
    /// </summary>
    public static void AcceptProduct(ref MinresQlpScalars s)
    {
        s.DirectionsDue = 0;
        if (s.Stop != 0)
        {
            s.Stop = 2;
            return;
        }
        s.Iteration++;
        if (!double.IsFinite(s.Sum0) || !double.IsFinite(s.Sum1))
        {
            End(ref s, SolveExit.NotFinite);
            return;
        }
        s.Alpha = s.Sum0 / s.Stored;
        s.PassCurrent = s.Alpha / s.Stored;
        s.NextScale = s.Sum1 > 0 ? 1 / PowerOfTwo(Math.Sqrt(s.Sum1), s.ExponentLimit) : 1;
    }

    /// <summary>
    /// One step from the sum that gives beta_k+1: left and right reflections, forward substitution, estimates,
    /// decision, and the coefficients of the vector update. The first call takes beta_1 instead.
    /// </summary>
    public static void Advance(ref MinresQlpScalars s)
    {
        if (s.Stop != 0) return;
        if (s.Begun == 0)
        {
            Begin(ref s);
            return;
        }
        if (!TakeNorm(ref s)) return;
        var previous = new Previous(s.Phi, s.SolutionNorm);
        var root = ReflectLeft(ref s, out var d);
        ReflectRight(ref s, d);
        Substitute(ref s);
        PreparePass(ref s);
        Estimate(ref s, root, previous);
        Decide(ref s, previous);
        s.StoredL = s.Stored;
        s.Stored = s.BetaNext * s.NextScale;
        s.Beta = s.BetaNext;
        s.PassProduct = 1 / s.Stored;
        s.PassPrevious = s.Beta / s.StoredL;
    }

    /// <summary>
    /// The reflection [c s; s -c] with c a + s b = r = ||(a, b)||, and (1, 0, 0) for a = b = 0.
    /// </summary>
    public static (double C, double S, double R) SymOrtho(double a, double b)
    {
        var r = Hypotenuse(a, b);
        return r == 0 ? (1, 0, 0) : (a / r, b / r, r);
    }

    /// <summary>
    /// sqrt(a^2 + b^2): the squares summed exactly but for one rounding, then the root; scaled where squares leave the
    /// range. Written out, because every device must get the same bits.
    /// </summary>
    public static double Hypotenuse(double a, double b)
    {
        var x = Math.Max(Math.Abs(a), Math.Abs(b));
        var y = Math.Min(Math.Abs(a), Math.Abs(b));
        if (!double.IsFinite(x) || !double.IsFinite(y) || y <= Math.ScaleB(x, -60)) return x + y;
        var scale = x > Math.ScaleB(1, 500) ? Math.ScaleB(1, -600) : x < Math.ScaleB(1, -400) ? Math.ScaleB(1, 600) : 1;
        x *= scale;
        y *= scale;
        var (xx, yy) = (x * x, y * y);
        var sum = xx + yy;
        var lost = (xx - sum + yy) + (Math.FusedMultiplyAdd(x, x, -xx) + Math.FusedMultiplyAdd(y, y, -yy));
        return Math.Sqrt(sum + lost) / scale;
    }

    private static void Begin(ref MinresQlpScalars s)
    {
        s.Begun = 1;
        if (double.IsNaN(s.Sum0) || double.IsPositiveInfinity(s.Sum0)) End(ref s, SolveExit.NotFinite);
        else if (s.Sum0 <= 0) End(ref s, SolveExit.PreconditionerNotPositiveDefinite);
        if (s.Stop != 0) return;
        s.Beta1 = Math.Sqrt(s.Sum0);
        s.Beta = s.Beta1;
        s.Phi = s.Beta1;
        s.ResidualNorm = s.Beta1;
        s.Stored = s.Beta1;
        s.PassProduct = 1 / s.Stored;
        s.BackwardError = 1;
    }

    /// <summary>Takes beta_k+1 and updates ||B||. False ends the solve with the iterate before this iteration.</summary>
    private static bool TakeNorm(ref MinresQlpScalars s)
    {
        if (!double.IsFinite(s.Sum0))
        {
            End(ref s, SolveExit.NotFinite);
            return false;
        }
        s.BetaNext = Math.Sqrt(Math.Abs(s.Sum0)) / s.NextScale;
        var above = s.Iteration > 1 ? s.Beta : 0;
        var column = Hypotenuse(Hypotenuse(above, s.Alpha), s.BetaNext);
        s.OperatorNorm = Math.Max(s.OperatorNorm, column);
        if (s.BetaNext <= ZeroFactor * s.Epsilon * s.OperatorNorm) s.BetaNext = 0;
        else if (s.Sum0 < 0) End(ref s, SolveExit.PreconditionerNotPositiveDefinite);
        if (s.Iteration == 1) s.FirstColumn = column;
        return s.Stop == 0 && !IsNullRightHandSide(ref s);
    }

    /// <summary>B b is 0 or, as later columns of B tell, nothing but rounding: then x = 0 is the answer.</summary>
    private static bool IsNullRightHandSide(ref MinresQlpScalars s)
    {
        var zero = s.Iteration == 1
            ? s.FirstColumn == 0
            : s.FirstColumn <= ZeroFactor * s.Epsilon * s.OperatorNorm;
        if (!zero) return false;
        s.Mu0 = s.Mu1 = s.SolutionNorm = 0;
        s.ResidualNorm = s.Beta1;
        s.NormalResidualNorm = s.FirstColumn * s.Beta1;
        End(ref s, SolveExit.ZeroSolution);
        return true;
    }

    /// <summary>Left reflections: a column of the QR factorisation of T. Returns ||B r_k-1|| / ||r_k-1||.</summary>
    private static double ReflectLeft(ref MinresQlpScalars s, out double d)
    {
        d = (s.Cs * s.Dbar) + (s.Sn * s.Alpha);
        var gammaBar = (s.Sn * s.Dbar) - (s.Cs * s.Alpha);
        var epsNext = s.Sn * s.BetaNext;
        s.Dbar = -s.Cs * s.BetaNext;
        var root = Hypotenuse(gammaBar, s.Dbar);
        (s.GammaL2, s.GammaL) = (s.GammaL, s.Gamma);
        (s.Cs, s.Sn, s.Gamma) = SymOrtho(gammaBar, s.BetaNext);
        (s.TauL2, s.TauL, s.Tau) = (s.TauL, s.Tau, s.Cs * s.Phi);
        s.Phi *= s.Sn;
        s.EpsNext = epsNext;
        return root;
    }

    /// <summary>Right reflections P_k-2,k and P_k-1,k, which make the triangular factor lower triangular.</summary>
    private static void ReflectRight(ref MinresQlpScalars s, double d)
    {
        if (s.Iteration > 2)
        {
            (s.EtaL2, s.EtaL) = (s.EtaL, s.Eta);
            s.ThetaL2 = s.ThetaL;
            s.ThetaL = (s.C2 * s.Theta) + (s.S2 * d);
            d = (s.S2 * s.Theta) - (s.C2 * d);
            s.Eta = s.S2 * s.Gamma;
            s.Gamma = -s.C2 * s.Gamma;
        }
        if (s.Iteration > 1)
        {
            (s.C1, s.S1, s.GammaL) = SymOrtho(s.GammaL, d);
            s.Theta = s.S1 * s.Gamma;
            s.Gamma = -s.C1 * s.Gamma;
        }
    }

    /// <summary>Forward substitution of L u = t down to u_k-1; u_k waits for the decision.</summary>
    private static void Substitute(ref MinresQlpScalars s)
    {
        (s.Mu4, s.Mu3) = (s.Mu3, s.Mu2);
        if (s.Iteration > 2) s.Mu2 = Quotient(s.TauL2 - (s.EtaL2 * s.Mu4) - (s.ThetaL2 * s.Mu3), s.GammaL2);
        if (s.Iteration > 1) s.Mu1 = Quotient(s.TauL - (s.EtaL * s.Mu3) - (s.ThetaL * s.Mu2), s.GammaL);
        s.FinalNorm = Hypotenuse(s.FinalNorm, s.Mu2);
    }

    /// <summary>The coefficients of the vector update, then P_k-1,k+1 for the next iteration.</summary>
    private static void PreparePass(ref MinresQlpScalars s)
    {
        (s.PassC1, s.PassS1, s.PassC2, s.PassS2) = (s.C1, s.S1, s.C2, s.S2);
        s.PassMu2 = s.Mu2;
        s.PassV = 1 / s.Stored;
        s.DirectionsDue = 1;
        if (s.Iteration > 1) (s.C2, s.S2, s.GammaL) = SymOrtho(s.GammaL, s.EpsNext);
    }

    /// <summary>Estimates that the rules compare: ||B||, ||B r_k-1||, and the smallest diagonal entry of L.</summary>
    private static void Estimate(ref MinresQlpScalars s, double root, in Previous previous)
    {
        s.OperatorNorm = Math.Max(s.OperatorNorm, Math.Max(s.GammaL, Math.Abs(s.Gamma)));
        if (s.Iteration > 1) s.SmallestGamma = Math.Min(s.SmallestGamma, s.GammaL);
        s.Condition = s.OperatorNorm / Math.Min(s.SmallestGamma, Math.Abs(s.Gamma));
        s.NormalResidualNorm = previous.ResidualNorm * root;
        s.NormalRatio = root / s.OperatorNorm;
    }

    /// <summary>
    /// All stopping rules in their order. Rank and least squares come first: the backward error of an inconsistent
    /// system goes to 0 merely because ||x|| blows up along the null direction.
    /// </summary>
    private static void Decide(ref MinresQlpScalars s, in Previous previous)
    {
        var remainder = s.Tau - (s.Eta * s.Mu2) - (s.Theta * s.Mu1);
        if (IsRankDeficient(s) || IsLeastSquares(ref s, previous, remainder))
        {
            Drop(ref s, remainder);
            Finish(ref s, s.LeastSquaresExit);
            return;
        }
        s.Mu0 = remainder / s.Gamma;
        s.ResidualNorm = s.Phi;
        Measure(ref s);
        var growth = s.SolutionNorm * s.OperatorNorm / s.Beta1;
        if (s.Condition >= s.ConditionLimit) DropAndFinish(ref s, remainder, SolveExit.ConditionLimit);
        else if (s.BackwardError <= s.RelativeTolerance || s.Phi <= s.RelativeTolerance * s.Beta1) Finish(ref s, Solution(s));
        else if (growth * s.Epsilon >= 1) DropAndFinish(ref s, remainder, SolveExit.VanishingEigenvalue);
        else if (growth >= s.NormLimit) DropAndFinish(ref s, remainder, SolveExit.NormLimit);
        else if (s.Iteration >= s.MaxIterations) Finish(ref s, SolveExit.IterationLimit);
    }

    private static bool IsRankDeficient(in MinresQlpScalars s)
        => Math.Abs(s.Gamma) <= ZeroFactor * s.Epsilon * s.OperatorNorm;

    /// <summary>
    /// ||B r|| is small for a residual that is not, or was and grows again: on inconsistent systems it bottoms out near
    /// sqrt(eps), where a test for less would wait for ever.
    /// </summary>
    private static bool IsLeastSquares(ref MinresQlpScalars s, in Previous previous, double remainder)
    {
        var smallest = Math.Min(s.SmallestNormalRatio, s.NormalRatio);
        s.SmallestNormalRatio = smallest;
        var backward = previous.ResidualNorm / ((s.OperatorNorm * previous.SolutionNorm) + s.Beta1);
        if (backward <= 10 * s.RelativeTolerance) return false;
        if (s.NormalRatio <= s.LeastSquaresTolerance) return true;
        if (smallest <= 2 * s.LeastSquaresTolerance && s.NormalRatio >= 10 * smallest) return true;
        return IsBlowUp(s, previous, remainder);
    }

    /// <summary>
    /// u_k would make ||x|| grow and leave ||r|| as it is: the null direction has come in before ||B r|| fell to its
    /// tolerance, and soon the backward error would call this x a solution. Where ||B r|| bottoms out, below sqrt(eps), a
    /// factor of 3 is enough evidence, elsewhere it takes 100.
    /// </summary>
    private static bool IsBlowUp(in MinresQlpScalars s, in Previous previous, double remainder)
    {
        if (s.NormalRatio > Math.Sqrt(s.LeastSquaresTolerance) || s.Phi < (1 - 1e-5) * previous.ResidualNorm) return false;
        var growth = s.NormalRatio <= Math.Sqrt(s.Epsilon) ? 3 : 100;
        var without = Hypotenuse(s.FinalNorm, s.Mu1);
        return without > 0 && Math.Abs(remainder) >= growth * without * Math.Abs(s.Gamma);
    }

    private static SolveExit Solution(in MinresQlpScalars s)
        => s.Iteration == 1 && s.BetaNext == 0 ? SolveExit.EigenvectorRightHandSide : s.SolvedExit;

    /// <summary>Sets u_k = 0, which leaves row k of L u = t unsolved.</summary>
    private static void Drop(ref MinresQlpScalars s, double remainder)
    {
        s.Mu0 = 0;
        s.ResidualNorm = Hypotenuse(s.Phi, remainder);
        Measure(ref s);
    }

    private static void DropAndFinish(ref MinresQlpScalars s, double remainder, SolveExit exit)
    {
        Drop(ref s, remainder);
        Finish(ref s, exit);
    }

    private static void Measure(ref MinresQlpScalars s)
    {
        s.SolutionNorm = Hypotenuse(Hypotenuse(s.FinalNorm, s.Mu1), s.Mu0);
        s.BackwardError = s.ResidualNorm / ((s.OperatorNorm * s.SolutionNorm) + s.Beta1);
    }

    /// <summary>Ends the solve after the vector update of this iteration.</summary>
    private static void Finish(ref MinresQlpScalars s, SolveExit exit)
    {
        s.Exit = exit;
        s.Stop = 1;
    }

    /// <summary>Ends the solve at once, with the directions as the iteration before left them.</summary>
    private static void End(ref MinresQlpScalars s, SolveExit exit)
    {
        s.Exit = exit;
        s.Stop = 2;
    }

    private static double Quotient(double a, double b) => b == 0 ? 0 : a / b;

    private static double PowerOfTwo(double x, int limit) => Math.ScaleB(1, Math.Clamp(Math.ILogB(x), -limit, limit));

    /// <summary>What the rules about r_k-1 and x_k-1 need from the iteration before.</summary>
    private readonly record struct Previous(double ResidualNorm, double SolutionNorm);
}
