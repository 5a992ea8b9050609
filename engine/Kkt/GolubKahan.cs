using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// The bidiagonalization of Golub and Kahan of B = [A, sqrt(shift) I], A = dC/dw, with orthonormal u_i and v_i (SIAM J. Numer. Anal.
/// 2(2), 1965):
/// <code>
/// beta_1 u_1 = c,    alpha_i v_i = B^T u_i - beta_i v_i-1,    beta_i+1 u_i+1 = B v_i - alpha_i u_i
/// </code>
/// The u_i have N_C numbers and stay on the host in float64, where each is made orthogonal to all before it; that keeps the v_i
/// orthogonal as well (Simon and Zha, SIAM J. Sci. Comput. 21(6), 2000). Of those two vectors are held, the last and the next.
/// </summary>
/// <typeparam name="T">The number type of the products.</typeparam>
internal sealed class GolubKahan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IVectorKernels<T> _vectors;
    private readonly DifferentiableFunction<T> _constraint;
    private readonly Tensor<T> _rows;
    private readonly List<double[]> _u = [];
    private readonly double[] _damped;
    private readonly double _root;
    private Tensor<T> _v;
    private Tensor<T> _next;

    /// <summary>The start of a bidiagonalization at the constraint's current point.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="constraint">C.</param>
    /// <param name="c">c [N_C], not zero.</param>
    /// <param name="shift">Not negative.</param>
    /// <param name="rows">Scratch [N_C].</param>
    /// <param name="first">Memory for v [N_P].</param>
    /// <param name="second">Memory for v [N_P].</param>
    public GolubKahan(
        ComputeDevice<T> device, DifferentiableFunction<T> constraint, double[] c, double shift, Tensor<T> rows, Tensor<T> first, Tensor<T> second)
    {
        (_vectors, _constraint, _root, _rows, _v, _next) = (device.Vectors, constraint, Math.Sqrt(shift), rows, first, second);
        _damped = new double[c.Length];
        _vectors.Fill(_v, T.Zero);
        Beta = HostVectors.Norm(c);
        Add(c);
    }

    /// <summary>beta of the last u.</summary>
    public double Beta { get; private set; }

    /// <summary>One L-op: alpha_i and v_i from the last u.</summary>
    public double NextAlpha()
    {
        var u = _u[^1];
        HostVectors.Write(u, _rows);
        _constraint.Lop(_rows, _next);
        _vectors.Axpy(-Beta, _v, _next);
        for (var i = 0; i < u.Length && _root > 0; i++) _damped[i] = (_root * u[i]) - (Beta * _damped[i]);
        var alpha = double.Hypot(_vectors.Norm(_next), HostVectors.Norm(_damped));
        if (alpha == 0 || !double.IsFinite(alpha)) return alpha;
        _vectors.Scale(1 / alpha, _next, _next);
        for (var i = 0; i < u.Length && _root > 0; i++) _damped[i] /= alpha;
        (_v, _next) = (_next, _v);
        return alpha;
    }

    /// <summary>One R-op: beta_i+1 and u_i+1 from the last v. What it takes off along u_i is alpha_i.</summary>
    public double NextBeta()
    {
        _constraint.Rop(_v, _rows);
        var product = HostVectors.Read(_rows);
        if (_root > 0) HostVectors.AddScaled(product, _root, _damped);
        for (var i = _u.Count - 1; i >= 0; i--) HostVectors.AddScaled(product, -HostVectors.Dot(_u[i], product), _u[i]);
        Beta = HostVectors.Norm(product);
        Add(product);
        return Beta;
    }

    /// <summary>The sum of m_i u_i.</summary>
    public double[] Combine(ReadOnlySpan<double> m)
    {
        var sum = new double[_damped.Length];
        for (var i = 0; i < m.Length; i++) HostVectors.AddScaled(sum, m[i], _u[i]);
        return sum;
    }

    private void Add(double[] u) => _u.Add(Beta > 0 ? HostVectors.Combine(1 / Beta, u, 0, u) : u);
}
