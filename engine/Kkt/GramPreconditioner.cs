using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// M = diag(eta I, f(S) / eta) for the system [eta I, A^T; A, -d I] of Eq. 5, with S = A A^T + eta d I. f takes every eigenvalue of S as it
/// is, and the largest one for those that are zero but for rounding of S or of M^-1, so that M is positive definite and commutes with the
/// projector onto the null space: the solution of minimum length stays the same. M^-1 B has five different eigenvalues at
/// the most, three where rows are independent, so that MINRES-QLP ends in as many iterations but for rounding
/// (Murphy, Golub and Wathen, SIAM J. Sci. Comput. 21(6), 2000), and resolves directions in which the rows hardly differ. Damped,
/// its eigenvalues lie in [-1, -0.618], [1, 1.618] whatever the rank of A, as many as S has.
/// </summary>
/// <typeparam name="T">The number type; S and its eigenvalues are float64.</typeparam>
public sealed class GramPreconditioner<T> : GeneralPreconditioner<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>M^-1 is stored in T: smaller eigenvalues of S would leave it indefinite by rounding.</summary>
    private static readonly double Resolution = typeof(T) == typeof(float) ? Math.ScaleB(1, -23) : 0;

    private readonly ComputeDevice<T> _device;
    private readonly Tensor<T> _inverse;
    private readonly int _parameters;
    private readonly int _rows;
    private readonly double _eta;
    private readonly double[] _host;

    /// <summary>A preconditioner for a system of so many parameters and rows; <see cref="Update"/> gives it a matrix.</summary>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0.</exception>
    public GramPreconditioner(ComputeDevice<T> device, int parameters, int rows, double eta)
    {
        Guard.Positive(eta, "eta");
        (_device, _parameters, _rows, _eta) = (device, parameters, rows, eta);
        _inverse = device.Zeros(new Shape(rows, rows));
        _host = new double[rows * rows];
    }

    /// <inheritdoc/>
    public override bool CanRecord => true;

    /// <summary>Takes a new S.</summary>
    /// <param name="s">[rows, rows], symmetric; of a damped system with eta d on its diagonal.</param>
    /// <param name="cancellation">Looked at between rows.</param>
    /// <exception cref="NotFiniteNumberException">S holds NaN or infinity, or numbers whose products overflow.</exception>
    /// <exception cref="EigenvaluesNotFoundException">The QL iteration did not converge.</exception>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public void Update(ReadOnlySpan<double> s, CancellationToken cancellation = default)
    {
        Guard.Equal(s.Length, _rows * _rows, "the Gram matrix");
        if (_rows == 0) return;
        var eigen = new SymmetricEigen(s, _rows, cancellation);
        var largest = 0.0;
        foreach (var value in eigen.Values) largest = Math.Max(largest, value);
        var cut = Math.Max(_rows * Math.ScaleB(1, -52), Resolution) * largest;
        Array.Clear(_host);
        for (var i = 0; i < _rows; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var value = eigen.Values[i] > cut ? eigen.Values[i] : largest;
            var vector = eigen.Vector(i);
            // Nothing depends on w where all of S is 0, and any M serves.
            for (var r = 0; r < _rows; r++)
            {
                HostVectors.AddScaled(_host.AsSpan(r * _rows, r + 1), (value > 0 ? _eta / value : _eta) * vector[r], vector[..(r + 1)]);
            }
        }
        for (var r = 0; r < _rows; r++)
        {
            for (var c = 0; c < r; c++) _host[(c * _rows) + r] = _host[(r * _rows) + c];
        }
        HostVectors.Write(_host, _inverse);
    }

    /// <inheritdoc/>
    public override void Solve(Tensor<T> r, Tensor<T> z)
    {
        _device.Vectors.Scale(1 / _eta, r.Slice(0, _parameters), z.Slice(0, _parameters));
        if (_rows == 0) return;
        var row = new Shape(1, _rows);
        _device.Dense.LopInput(_inverse, r.Slice(_parameters, row), z.Slice(_parameters, row));
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _inverse.Storage.Dispose();
}
