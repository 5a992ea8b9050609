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
/// orthogonal as well (Simon and Zha, SIAM J. Sci. Comput. 21(6), 2000). Of those the last is held.
/// </summary>
/// <remarks>
/// A v_i and alpha_i are read together, so that an iteration waits for the device once: v is not divided by its own norm, which
/// the host does not know yet when the R-op is given to the device, but by the alpha before, which keeps it near 1. Between
/// L-op and R-op, each a recording, there is one launch with the numbers of the iteration.
/// </remarks>
/// <typeparam name="T">The number type of the products.</typeparam>
internal sealed class GolubKahan<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly DifferentiableFunction<T> _constraint;
    private readonly Workspace<T> _memory;
    private readonly Tensor<T> _rows;
    private readonly Tensor<T> _parameters;
    private readonly Tensor<double> _square;
    private readonly Snapshot _read;
    private readonly SnapshotPart<T> _readRows;
    private readonly SnapshotPart<double> _readSquare;
    private readonly List<double[]> _u = [];
    private double[] _damped = [];
    private double[] _product = [];
    private double _root;
    private double _scale;
    private double _norm;
    private Tensor<T> _v;
    private (IRecording Lop, IRecording Rop)? _recorded;
    private long _memoryVersion;

    /// <summary>Memory for bidiagonalizations.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="constraint">C.</param>
    /// <param name="rows">Scratch [N_C].</param>
    /// <param name="parameters">Scratch [N_P].</param>
    public GolubKahan(ComputeDevice<T> device, DifferentiableFunction<T> constraint, Tensor<T> rows, Tensor<T> parameters)
    {
        (_device, _constraint, _rows, _parameters) = (device, constraint, rows, parameters);
        _memory = new Workspace<T>(device);
        _square = _memory.Zeros<double>(new Shape(1));
        _read = _memory.Own(device.CreateSnapshot());
        (_readRows, _readSquare) = (_read.Add(rows), _read.Add(_square));
    }

    /// <summary>beta of the last u.</summary>
    public double Beta { get; private set; }

    /// <summary>Begins at the constraint's current point.</summary>
    /// <param name="c">c [N_C].</param>
    /// <param name="shift">Not negative.</param>
    /// <param name="v">Memory for v [N_P].</param>
    public void Begin(double[] c, double shift, Tensor<T> v)
    {
        if (_constraint.CanRecord && (_recorded is null || !v.IsSameMemory(_v) || _memoryVersion != _constraint.MemoryVersion)) Record(v);
        (_v, _root, _scale, _norm) = (v, Math.Sqrt(shift), 1, 1);
        _damped = new double[c.Length];
        _u.Clear();
        _device.Vectors.Fill(v, T.Zero);
        Beta = HostVectors.Norm(c);
        Add(c);
    }

    /// <summary>One L-op and one R-op: alpha_i and v_i from the last u, and B v_i for <see cref="NextBeta"/>.</summary>
    public double NextAlpha()
    {
        var u = _u[^1];
        for (var i = 0; i < u.Length && _root > 0; i++) _damped[i] = (_root * u[i]) - (Beta * _damped[i]);
        HostVectors.Write(u, _rows);
        if (_recorded is null) Lop();
        else _recorded.Value.Lop.Run();
        if (_u.Count == 1) _scale = FirstScale();
        _device.Vectors.Combine(1 / _scale, _parameters, -Beta / (_scale * _norm), _v, _v);
        if (_recorded is null) Rop(_v);
        else _recorded.Value.Rop.Run();
        _read.Read();
        var alpha = double.Hypot(_scale * Math.Sqrt(_readSquare.Numbers[0]), HostVectors.Norm(_damped));
        if (alpha == 0 || !double.IsFinite(alpha)) return alpha;
        _norm = alpha / _scale;
        _product = HostVectors.Read(_readRows.Numbers);
        for (var i = 0; i < _product.Length; i++) _product[i] /= _norm;
        for (var i = 0; i < u.Length && _root > 0; i++) _damped[i] /= alpha;
        _scale = alpha;
        return alpha;
    }

    /// <summary>beta_i+1 and u_i+1 from the last B v. What it takes off along u_i is alpha_i.</summary>
    public double NextBeta()
    {
        if (_root > 0) HostVectors.AddScaled(_product, _root, _damped);
        for (var i = _u.Count - 1; i >= 0; i--) HostVectors.AddScaled(_product, -HostVectors.Dot(_u[i], _product), _u[i]);
        Beta = HostVectors.Norm(_product);
        Add(_product);
        return Beta;
    }

    /// <summary>The sum of m_i u_i.</summary>
    public double[] Combine(ReadOnlySpan<double> m)
    {
        var sum = new double[_damped.Length];
        for (var i = 0; i < m.Length; i++) HostVectors.AddScaled(sum, m[i], _u[i]);
        return sum;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Forget();
        _memory.Dispose();
    }

    private void Record(Tensor<T> v)
    {
        Forget();
        _recorded = (_device.Record("lsqr.lop", Lop), _device.Record("lsqr.rop", () => Rop(v)));
        _memoryVersion = _constraint.MemoryVersion;
    }

    private void Forget()
    {
        _recorded?.Lop.Dispose();
        _recorded?.Rop.Dispose();
        _recorded = null;
    }

    private void Lop() => _constraint.Lop(_rows, _parameters);

    private void Rop(Tensor<T> v)
    {
        _device.Vectors.Dot(v, v, _square);
        _constraint.Rop(v, _rows);
    }

    /// <summary>The norm of the first L-op, which nothing before it tells.</summary>
    private double FirstScale()
    {
        var norm = _device.Vectors.Norm(_parameters);
        return norm > 0 && double.IsFinite(norm) ? norm : 1;
    }

    private void Add(double[] u) => _u.Add(Beta > 0 ? HostVectors.Combine(1 / Beta, u, 0, u) : u);
}
