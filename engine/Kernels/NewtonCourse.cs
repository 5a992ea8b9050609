using System.Runtime.InteropServices;

namespace PoseEngine.Kernels;

/// <summary>What becomes of a sample after its rows were evaluated at a trial point.</summary>
public enum NewtonVerdict
{
    /// <summary>The trial point is the new point: solve for a step from there.</summary>
    Accept,

    /// <summary>The full step leaves rows violated that it met to first order: correct it for c at its end, and look again.</summary>
    Correct,

    /// <summary>The step was too long: try half of it.</summary>
    Shorten,

    /// <summary>The course has ended at the trial point.</summary>
    EndHere,

    /// <summary>The course has ended at the point before the trial.</summary>
    EndBefore,

    /// <summary>No step helps any more.</summary>
    Stall,
}

/// <summary>What is measured at a trial point of a projection.</summary>
/// <param name="HalfSquare">1/2 ||y - yhat||^2.</param>
/// <param name="Stationarity">||y - yhat + A^T lambda||.</param>
/// <param name="Violation">The largest violation of a row, divided by the size of its gradient: a distance.</param>
/// <param name="Penalty">sum_j mu_j times the violation of row j.</param>
public readonly record struct NewtonPoint(double HalfSquare, double Stationarity, double Violation, double Penalty)
{
    /// <summary>The violation of a row without slope that does not hold: infinitely far, which is no fault of its numbers.</summary>
    public const double NoSlope = double.MaxValue / 4;

    /// <summary>How far a row is from holding: |c|, or max(c, 0) of one at most 0.</summary>
    public static double ViolationOf(bool isAtMost, double c) => isAtMost ? Math.Max(c, 0) : Math.Abs(c);

    /// <summary>The same point with one row more: its violation, and what a row at most 0 with a multiplier has left to its boundary.</summary>
    /// <param name="isAtMost">Whether the row must be at most 0.</param>
    /// <param name="c">Its value.</param>
    /// <param name="norm">The norm of its gradient.</param>
    /// <param name="multiplier">lambda_j.</param>
    /// <param name="mu">Its penalty.</param>
    public NewtonPoint With(bool isAtMost, double c, double norm, double multiplier, double mu)
    {
        var (own, slack) = (ViolationOf(isAtMost, c), isAtMost && multiplier > 0 ? Math.Max(-c, 0) : 0);
        var violation = own == 0 ? Violation : Math.Max(Violation, own / norm);
        return new(
            HalfSquare, Stationarity + (slack == 0 ? 0 : slack / norm), double.IsPositiveInfinity(violation) ? NoSlope : violation, Penalty + (mu * own));
    }

    /// <summary>The size of the KKT residual, in the unit of the outputs.</summary>
    public double Residual => Stationarity + Violation;

    /// <summary>The l1 merit function 1/2 ||y - yhat||^2 + sum_j mu_j |c_j|.</summary>
    public double Merit => HalfSquare + Penalty;

    /// <summary>Whether no number is NaN or infinite.</summary>
    public bool IsFinite => double.IsFinite(HalfSquare + Stationarity + Violation + Penalty);
}

/// <summary>
/// The decisions of the Newton-KKT iteration for the nearest point of one sample: which steps are taken, and when it ends.
/// A step is taken where the l1 merit function falls by Armijo's rule, or where a full step halves the KKT residual. A full step
/// that is refused gets a second-order correction first, since the merit function may refuse good ones (the Maratos effect). See J. Nocedal
/// and S. J. Wright, Numerical Optimization, 2nd edition, chapters 15 and 18. Run for each sample on every device alike.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct NewtonCourse
{
    /// <summary>Evaluations of a sample at the most.</summary>
    public const int MostRounds = 200;

    /// <summary>The KKT residual at which a point is the nearest one, relative to the largest output.</summary>
    public const double Tolerance = 1e-13;

    /// <summary>The one at which it counts as nearest where rounding keeps it from falling further.</summary>
    public const double RoundingFloor = 1e-10;

    /// <summary>The smallest pivot of W with which it counts as positive definite; W is I where no row is curved.</summary>
    public const double SmallestPivot = 1e-9;

    /// <summary>The share of the merit function's predicted fall that a step must bring.</summary>
    internal const double Armijo = 1e-4;

    /// <summary>The shortest share of a step that is tried.</summary>
    internal const double ShortestStep = 1e-9;

    /// <summary>The residual below which Newton's steps are tried whatever rounding makes of the merit function's slope.</summary>
    internal const double NearlyThere = 1e-6;

    /// <summary>What a step is shortened to at the least.</summary>
    internal const double LeastShortening = 0.1;

    /// <summary>The share of a step below which the next one is damped.</summary>
    internal const double MuchShortened = 0.2;

    /// <summary>The largest |yhat_i|, or 1 where all are 0, or the way that was gone where it is longer.</summary>
    public double Scale;

    /// <summary>The share of the step that is tried.</summary>
    public double Share;

    /// <summary>What the merit function falls by along the full step, to first order; negative.</summary>
    public double Slope;

    /// <summary>The smallest violation so far.</summary>
    public double BestViolation;

    /// <summary>1/2 ||y - yhat||^2 at the accepted point, kept for the merit function.</summary>
    public double Rest;

    /// <summary>Evaluations so far.</summary>
    public int Rounds;

    private bool _isCorrected;
    private double _merit;
    private double _residual;

    /// <summary>The beginning at yhat.</summary>
    /// <param name="largest">max |yhat_i|.</param>
    public static NewtonCourse Begin(double largest) => new() { Scale = largest > 0 ? largest : 1, BestViolation = double.PositiveInfinity };

    /// <summary>Judges a trial point; <see cref="Rounds"/> counts it.</summary>
    /// <param name="point">What was measured there.</param>
    public NewtonVerdict Judge(in NewtonPoint point)
    {
        var isFirst = Rounds++ == 0;
        if (point.IsFinite) Scale = Math.Max(Scale, Math.Sqrt(point.HalfSquare));
        if (!point.IsFinite) return isFirst ? NewtonVerdict.Stall : Shorten(double.PositiveInfinity);
        if (!isFirst && !IsTaken(point))
        {
            if (_residual <= RoundingFloor * Scale) return NewtonVerdict.EndBefore;
            if (Share < 1 || _isCorrected || Rounds >= MostRounds) return Shorten(point.Merit);
            _isCorrected = true;
            return NewtonVerdict.Correct;
        }
        if (point.Residual <= Tolerance * Scale) return NewtonVerdict.EndHere;
        if (!isFirst && Share == 1 && point.Residual <= RoundingFloor * Scale && point.Residual > 0.5 * _residual)
        {
            return point.Residual < _residual ? NewtonVerdict.EndHere : NewtonVerdict.EndBefore;
        }
        if (Rounds >= MostRounds) return NewtonVerdict.Stall;
        _residual = point.Residual;
        return NewtonVerdict.Accept;
    }

    /// <summary>
    /// The multiple of the identity, relative to the size of W, for the next step: more where the last one had to be shortened
    /// much, less where it was taken in full, as in the method of Levenberg and Marquardt.
    /// </summary>
    /// <param name="before">The one of the last step.</param>
    /// <param name="share">The share of it that was taken; 0 before the first.</param>
    public static double Damping(double before, double share)
    {
        if (share is > 0 and < MuchShortened) return Math.Max(10 * before, 0.01);
        return share == 1 ? before > 1e-3 ? 0.4 * before : 0 : before;
    }

    /// <summary>
    /// The penalty of a row for the next step: twice its multiplier at least. It may fall, as M. J. D. Powell lets it (A fast
    /// algorithm for nonlinearly constrained optimization calculations, 1978), since early multipliers may be far too large.
    /// </summary>
    public static double Penalty(double before, double multiplier) => Math.Max(2 * Math.Abs(multiplier), 0.1 * before);

    /// <summary>Sets out on a new step from the accepted point.</summary>
    /// <param name="merit">The merit function there, with the penalties of the new multipliers.</param>
    /// <param name="slope">What it falls by along the full step, to first order.</param>
    /// <returns>Whether it falls at all.</returns>
    public bool SetOut(double merit, double slope)
    {
        (_merit, Slope, Share, _isCorrected) = (merit, slope, 1, false);
        return slope < 0 || _residual <= NearlyThere * Scale;
    }

    private readonly bool IsTaken(in NewtonPoint point)
        => point.Merit <= _merit + (Armijo * Share * Slope) || (Share == 1 && point.Residual <= 0.5 * _residual);

    /// <summary>To the lowest point of the parabola through what is known of the merit function, within bounds.</summary>
    private NewtonVerdict Shorten(double merit)
    {
        var lowest = -Slope * Share / (2 * (merit - _merit - (Slope * Share)));
        Share *= lowest >= LeastShortening ? Math.Min(lowest, 0.5) : LeastShortening;
        return Share < ShortestStep || Rounds >= MostRounds ? NewtonVerdict.Stall : NewtonVerdict.Shorten;
    }
}
