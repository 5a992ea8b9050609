using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// The Gram matrix S = A A^T of the KKT system of Eq. 5, factored; damped, S + eta d I with eta d = delta trace(S) / N_C. It is
/// formed by sums in blocks first, at the rate of matrix products; where that S is not well conditioned, so that nothing could be
/// said of its rank, again in float64.
/// </summary>
/// <typeparam name="T">The number type of the vectors; S and its factors are float64.</typeparam>
internal sealed class GramSystem<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Relative error of an eigenvalue of S. Rows rounded to float32 perturb A by eps = 6e-8, which puts eigenvalues of
    /// about eps^2 = 4e-15 in the place of zeros; many roundings to a row make more of it.
    /// </summary>
    public static double Accuracy { get; } = typeof(T) == typeof(float) ? 1e-12 : 1e-15;

    private readonly GramMatrix _gram;
    private readonly double[] _s;
    private readonly Cholesky _cholesky;
    private GramFactor? _factor;

    /// <summary>Memory for the Gram matrix of a constraint function.</summary>
    /// <param name="device">Whose host threads factor S.</param>
    /// <param name="constraint">The function.</param>
    /// <exception cref="NotSupportedException">It has no Gram rows.</exception>
    public GramSystem(ComputeDevice<T> device, DifferentiableFunction<T> constraint)
    {
        _gram = GramOf(constraint);
        _s = new double[constraint.RowCount * constraint.RowCount];
        Rows = constraint.RowCount;
        _cholesky = new Cholesky(Rows, device.OnHost);
    }

    /// <summary>What is left of a contradiction by rounding, relative to b2.</summary>
    public static double ContradictionTolerance { get; } = typeof(T) == typeof(float) ? 1e-5 : 1e-10;

    /// <summary>N_C.</summary>
    public int Rows { get; }

    /// <summary>S factored at the point of the last <see cref="Form"/>.</summary>
    public GramFactor Factor => _factor ?? throw new InvalidOperationException("gram: the system is not factored");

    /// <summary>trace(S), the square of A's Frobenius norm.</summary>
    public double Trace { get; private set; }

    /// <summary>eta d, what damping added to the diagonal of S; 0 for the system as printed.</summary>
    public double Shift { get; private set; }

    /// <summary>Whether the sums of S were made in float64.</summary>
    public bool IsExact => _gram.IsExact;

    /// <summary>Products with A from what forming S left of it; null where it left nothing.</summary>
    public IRowProducts<T>? RowProducts => _gram is IRowProducts<T> { HasRows: true } products ? products : null;

    /// <summary>Memory for S of a function.</summary>
    /// <exception cref="NotSupportedException">It has no Gram rows.</exception>
    public static GramMatrix GramOf(DifferentiableFunction<T> constraint)
        => (constraint as IGramRows)?.CreateGram()
            ?? throw new NotSupportedException($"gram: {constraint.GetType().Name} offers no Gram rows; solve by LSQR or MINRES-QLP, which need none");

    /// <summary>Forms and factors S at the constraint's point: <see cref="SolveExit.None"/>, or why that failed.</summary>
    /// <param name="delta">The relative damping.</param>
    /// <param name="isExact">Whether sums in blocks are left out.</param>
    /// <param name="cancellation">Looked at between the parts of the work.</param>
    public SolveExit Form(double delta, bool isExact, CancellationToken cancellation)
    {
        _factor = null;
        if (cancellation.IsCancellationRequested) return SolveExit.Stopped;
        try
        {
            if (!isExact && _gram.SumsInBlocks && TryForm(delta, false, cancellation)) _factor = GramFactor.OfBlocked(_s, Rows, _cholesky, cancellation);
            if (_factor is not null) return SolveExit.None;
            if (!TryForm(delta, true, cancellation)) return SolveExit.NotFinite;
            _factor = new GramFactor(_s, Rows, Accuracy, Shift, _cholesky, cancellation);
            return SolveExit.None;
        }
        catch (NotFiniteNumberException)
        {
            return SolveExit.NotFinite;
        }
        catch (EigenvaluesNotFoundException)
        {
            return SolveExit.EigenvaluesNotFound;
        }
        catch (OperationCanceledException)
        {
            return SolveExit.Stopped;
        }
    }

    /// <summary>S with its damping; false where a number is not finite.</summary>
    private bool TryForm(double delta, bool isExact, CancellationToken cancellation)
    {
        (Trace, Shift) = (0, 0);
        _gram.IsExact = isExact;
        _gram.Form(_s, cancellation);
        for (var i = 0; i < Rows; i++) Trace += _s[(i * Rows) + i];
        if (!HostVectors.IsFinite(_s)) return false;
        if (delta > 0 && Rows > 0) Shift = delta * Trace / Rows;
        if (!double.IsFinite(Shift)) return false;
        for (var i = 0; i < Rows && Shift > 0; i++) _s[(i * Rows) + i] += Shift;
        return true;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _gram.Dispose();
}
