namespace PoseEngine.Kkt;

/// <summary>
/// The scalars of LSQR on the bidiagonal matrix of <see cref="GolubKahan{T}"/>: the y that minimises ||beta_1 e_1 - B_k y||, by its QR
/// factorisation (C. C. Paige and M. A. Saunders, ACM TOMS 8(1), 1982). With full orthogonality k is at most some hundreds, so
/// that the triangular systems are solved anew in each iteration instead of by recurrences.
/// </summary>
/// <param name="beta">beta_1 = ||c||.</param>
internal sealed class LsqrCourse(double beta)
{
    private readonly List<double> _alpha = [];
    private readonly List<double> _beta = [beta];
    private readonly List<double> _rho = [];
    private readonly List<double> _theta = [0];
    private readonly List<double> _phi = [];
    private double[] _y = [];
    private double _rhoBar;
    private (double C, double S) _rotation = (-1, 0);

    /// <summary>k.</summary>
    public int Iteration => _rho.Count;

    /// <summary>||c||.</summary>
    public double RightHandSideNorm { get; } = beta;

    /// <summary>||r_k||, which never grows.</summary>
    public double Residual { get; private set; } = beta;

    /// <summary>||B^T r_k||, known behind the next alpha.</summary>
    public double NormalResidual { get; private set; } = double.NaN;

    /// <summary>||B_k|| in the norm of Frobenius, which grows towards ||B||_F.</summary>
    public double OperatorNorm { get; private set; }

    /// <summary>||B|| ||z_k|| + ||c||, what a backward error is relative to.</summary>
    public double Scale => (OperatorNorm * HostVectors.Norm(_y)) + RightHandSideNorm;

    /// <summary>||r_k|| relative to that.</summary>
    public double BackwardError => Residual / Scale;

    /// <summary>Takes alpha_k+1: a column of the bidiagonal matrix begins.</summary>
    public void TakeAlpha(double alpha)
    {
        var (c, s) = _rotation;
        NormalResidual = Residual * alpha * Math.Abs(c);
        _rhoBar = -c * alpha;
        if (_rho.Count > 0) _theta.Add(s * alpha);
        _alpha.Add(alpha);
        OperatorNorm = double.Hypot(OperatorNorm, alpha);
    }

    /// <summary>Takes beta_k+1, which ends the column, and solves for y_k.</summary>
    public void TakeBeta(double beta)
    {
        var rho = double.Hypot(_rhoBar, beta);
        _rotation = (_rhoBar / rho, beta / rho);
        _rho.Add(rho);
        _beta.Add(beta);
        _phi.Add(_rotation.C * Residual);
        Residual *= _rotation.S;
        OperatorNorm = double.Hypot(OperatorNorm, beta);
        _y = new double[_rho.Count];
        for (var i = _y.Length - 1; i >= 0; i--) _y[i] = (_phi[i] - (i + 1 < _y.Length ? _theta[i + 1] * _y[i + 1] : 0)) / _rho[i];
    }

    /// <summary>
    /// m with z_k = B^T (u_1 m_1 + u_2 m_2 + ...): L^T m = y for the square lower bidiagonal L above the last beta.
    /// </summary>
    /// <param name="isLeastSquares">
    /// Whether r_k is orthogonal to the range of B. Of that complement the Krylov space holds no other direction, so that m of minimum
    /// length is m without its part along r_k, whose coordinates are beta_1 e_1 - B_k y.
    /// </param>
    public double[] Multipliers(bool isLeastSquares)
    {
        var (m, r) = (new double[_y.Length + 1], new double[_y.Length + 1]);
        r[0] = RightHandSideNorm;
        for (var i = _y.Length - 1; i >= 0; i--)
        {
            m[i] = (_y[i] - (_beta[i + 1] * m[i + 1])) / _alpha[i];
            r[i] -= _alpha[i] * _y[i];
            r[i + 1] -= _beta[i + 1] * _y[i];
        }
        if (isLeastSquares && HostVectors.Norm(r) > 0) HostVectors.AddScaled(m, -HostVectors.Dot(m, r) / HostVectors.Dot(r, r), r);
        return m;
    }
}
