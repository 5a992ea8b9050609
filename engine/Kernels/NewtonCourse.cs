using System.Runtime.InteropServices;

namespace PoseEngine.Kernels;

/// <summary>What becomes of a sample after its rows were evaluated at a trial point.</summary>
public enum NewtonVerdict
{
    /// <summary>The trial point is the new point: solve for a step from there.</summary>
    Accept,

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

    /// <summary>The size of the KKT residual, in the unit of the outputs.</summary>
    public double Residual => Stationarity + Violation;

    /// <summary>The l1 merit function 1/2 ||y - yhat||^2 + sum_j mu_j |c_j|.</summary>
    public double Merit => HalfSquare + Penalty;

    /// <summary>Whether no number is NaN or infinite.</summary>
    public bool IsFinite => double.IsFinite(HalfSquare + Stationarity + Violation + Penalty);
}

/// <summary>
/// The decisions of the Newton-KKT iteration for the nearest point of one sample: which steps are taken, and when it ends.
/// A step is taken where the l1 merit function falls by Armijo's rule, or where a full step halves the KKT residual, which
/// lets Newton's method converge quadratically where the merit function would refuse it (the Maratos effect). See J. Nocedal
/// and S. J. Wright, Numerical Optimization, 2nd edition, chapters 15 and 18. Run for each sample on every device alike.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct NewtonCourse
{
    /// <summary>Evaluations of a sample at the most.</summary>
    public const int MostRounds = 100;

    /// <summary>The KKT residual at which a point is the nearest one, relative to the largest output.</summary>
    public const double Tolerance = 1e-13;

    /// <summary>The one at which it counts as nearest where rounding keeps it from falling further.</summary>
    public const double RoundingFloor = 1e-10;

    /// <summary>The smallest pivot of W with which it counts as positive definite; W is I where no row is curved.</summary>
    public const double SmallestPivot = 1e-9;

    private const double Armijo = 1e-4;
    private const double ShortestStep = 1e-9;

    /// <summary>The largest |yhat_i|, or 1 where all are 0.</summary>
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
        if (!point.IsFinite) return isFirst ? NewtonVerdict.Stall : Shorten();
        if (!isFirst && !IsTaken(point)) return _residual <= RoundingFloor * Scale ? NewtonVerdict.EndBefore : Shorten();
        if (point.Residual <= Tolerance * Scale) return NewtonVerdict.EndHere;
        if (!isFirst && Share == 1 && point.Residual <= RoundingFloor * Scale && point.Residual > 0.5 * _residual)
        {
            return point.Residual < _residual ? NewtonVerdict.EndHere : NewtonVerdict.EndBefore;
        }
        if (Rounds >= MostRounds) return NewtonVerdict.Stall;
        _residual = point.Residual;
        return NewtonVerdict.Accept;
    }

    /// <summary>Sets out on a new step from the accepted point.</summary>
    /// <param name="merit">The merit function there, with the penalties of the new multipliers.</param>
    /// <param name="slope">What it falls by along the full step, to first order.</param>
    /// <returns>Whether it falls at all.</returns>
    public bool SetOut(double merit, double slope)
    {
        (_merit, Slope, Share) = (merit, slope, 1);
        return slope < 0 || _residual <= RoundingFloor * Scale;
    }

    private readonly bool IsTaken(in NewtonPoint point)
        => point.Merit <= _merit + (Armijo * Share * Slope) || (Share == 1 && point.Residual <= 0.5 * _residual);

    private NewtonVerdict Shorten()
    {
        Share *= 0.5;
        return Share < ShortestStep || Rounds >= MostRounds ? NewtonVerdict.Stall : NewtonVerdict.Shorten;
    }
}
