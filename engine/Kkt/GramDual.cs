using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// The dual system behind a <see cref="GramSolver{T}"/>: S formed and factored, and from the factor Lambda and dw, refined as long
/// as that helps. Where it is computed is what implementations differ in.
/// </summary>
/// <typeparam name="T">The number type of the vectors; S and its factors are float64.</typeparam>
internal abstract class GramDual<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Refinements at the most; each wins the digits that the products have.</summary>
    protected const int MostRefinements = 2;

    /// <summary>The backward error of the constraints up to which nothing is refined: some roundings of one product.</summary>
    public static double Tolerance { get; } = typeof(T) == typeof(float) ? 2e-6 : 1e-14;

    /// <summary>Whether the sums of S were made in float64.</summary>
    public abstract bool IsExact { get; }

    /// <summary>trace(S), the square of A's Frobenius norm.</summary>
    public abstract double Trace { get; }

    /// <summary>eta d, what damping added to the diagonal of S; 0 for the system as printed.</summary>
    public abstract double Shift { get; }

    /// <summary>The largest eigenvalue of S; where Cholesky served, the largest element on its diagonal, which is not above it.</summary>
    public abstract double Largest { get; }

    /// <summary>What was found of S's rank.</summary>
    public abstract GramRank Rank { get; }

    /// <summary>||b||, known behind <see cref="Form"/>.</summary>
    public abstract double RightHandSideNorm { get; }

    /// <summary>Whether the numbers that a solve begun ahead left behind told all: nothing was computed after them.</summary>
    public virtual bool TookAhead => false;

    /// <summary>Whether the device solves without the host, so that <see cref="Begin"/> can give it the usual course ahead.</summary>
    public virtual bool CanBegin => false;

    /// <summary>
    /// Gives the usual course of a solve to the device without waiting for it; the next solve at the same unknowns takes it up.
    /// </summary>
    /// <exception cref="NotSupportedException">The host takes part in solves.</exception>
    public virtual void Begin(in GramUnknowns<T> at, double delta) => throw new NotSupportedException("gram: on this device the host takes part in solves, so that none can be begun ahead; see CanBegin");

    /// <summary>Forms and factors S at the constraint's point: <see cref="SolveExit.None"/>, or why that failed.</summary>
    /// <param name="at">Right-hand side and solution.</param>
    /// <param name="delta">The relative damping.</param>
    /// <param name="isExact">Whether sums in blocks are left out.</param>
    /// <param name="ahead">The numbers that <see cref="Begin"/> has left, or nothing.</param>
    /// <param name="cancellation">Looked at between the parts of the work.</param>
    public abstract SolveExit Form(in GramUnknowns<T> at, double delta, bool isExact, ReadOnlySpan<double> ahead, CancellationToken cancellation);

    /// <summary>Lambda and dw by the factors of S, refined by the residual that the check's R-op shows.</summary>
    public abstract GramCourse Take(in GramUnknowns<T> at, CancellationToken cancellation);

    /// <summary>||b - B x|| of both blocks behind <see cref="Take"/>.</summary>
    public abstract double TrueResidual(in GramUnknowns<T> at, GramCourse course);

    /// <summary>Gives the work space back.</summary>
    public abstract void Dispose();

    /// <summary>||b - B x|| from the pull A^T Lambda, which is overwritten, and what is known of the second block.</summary>
    protected static double TrueResidual(ComputeDevice<T> device, in GramUnknowns<T> at, double eta, Tensor<T> pull, GramCourse course)
    {
        device.Vectors.Combine(1, at.B1, -1, pull, pull);
        device.Vectors.Axpy(-eta, at.Step, pull);
        return double.Hypot(device.Vectors.Norm(pull), course.Residual);
    }
}

/// <summary>The blocks of b and x: b1 [N_P] and b2 [N_C], dw [N_P] and Lambda [N_C], both overwritten.</summary>
internal readonly record struct GramUnknowns<T>(Tensor<T> B1, Tensor<T> B2, Tensor<T> Step, Tensor<T> Multipliers)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The blocks of (b1, b2) and (dw, Lambda).</summary>
    public GramUnknowns(Tensor<T> b, Tensor<T> x, int parameters, int rows)
        : this(b.Slice(0, parameters), b.Slice(parameters, rows), x.Slice(0, parameters), x.Slice(parameters, rows))
    {
    }

    /// <summary>Whether all four lie where those of another solve lay.</summary>
    public bool IsSameMemory(in GramUnknowns<T> other)
        => B1.IsSameMemory(other.B1) && B2.IsSameMemory(other.B2) && Step.IsSameMemory(other.Step) && Multipliers.IsSameMemory(other.Multipliers);
}

/// <summary>What came of a solve.</summary>
/// <param name="Target">||P b2||, the part of b2 in the range of A.</param>
/// <param name="Removed">||b2 - P b2||.</param>
/// <param name="Residual">||b2 - A dw + d Lambda||.</param>
/// <param name="Multipliers">||Lambda||.</param>
/// <param name="Length">||dw||.</param>
/// <param name="BackwardError">||P b2 - A dw + d Lambda|| relative to what it is the difference of.</param>
/// <param name="IsRefined">Whether a refinement was tried.</param>
internal sealed record GramCourse(
    double Target, double Removed, double Residual, double Multipliers, double Length, double BackwardError, bool IsRefined)
{
    /// <summary>||r|| / (||A|| ||dw|| + d ||Lambda|| + ||P b2||) with the Frobenius norm of A.</summary>
    public static double BackwardErrorOf(double miss, double trace, double length, double damping, double multipliers, double target)
    {
        var scale = (Math.Sqrt(trace) * length) + target;
        if (damping > 0) scale += damping * multipliers;
        return scale == 0 ? 0 : miss / scale;
    }
}
