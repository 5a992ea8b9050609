using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// The KKT system of Eq. 6, Gauss-Newton and Levenberg-Marquardt: H = J^T J + eta I with the Jacobian J of the residual r,
/// g = J^T r, or any Gauss-Newton matrix in the place of J^T J. Its product is Algorithm 2, (Lop(r, Rop(r, v1)) + eta v1 + Lop(C, v2), Rop(C, v1)).
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class GaussNewtonSystem<T> : KktSystem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double MostSpread = 1000;

    private readonly Risk<T> _risk;
    private readonly ICurvedRisk<T> _model;
    private readonly Tensor<T> _curved;
    private readonly Tensor<double> _weight;
    private double _eta;

    /// <summary>The system of a constraint function and a risk at their current point.</summary>
    /// <param name="device">Where it is applied.</param>
    /// <param name="constraint">C with N_C rows over N_P parameters.</param>
    /// <param name="risk">R over the same parameters, an <see cref="ICurvedRisk{T}"/>.</param>
    /// <param name="eta">The weight of the identity.</param>
    /// <exception cref="ArgumentException">The parameters of both differ in number, or the risk has no Gauss-Newton product.</exception>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0.</exception>
    public GaussNewtonSystem(
        ComputeDevice<T> device, DifferentiableFunction<T> constraint, Risk<T> risk, double eta)
        : base(device, constraint)
    {
        Guard.Equal(risk.ParameterCount, constraint.ParameterCount, "the parameters of the risk");
        _risk = risk;
        _model = Curved(risk);
        _curved = device.Zeros(risk.ParameterCount);
        _weight = device.Zeros<double>(new Shape(1));
        Eta = eta;
    }

    /// <summary>The Gauss-Newton product of a risk.</summary>
    /// <exception cref="ArgumentException">It has none.</exception>
    internal static ICurvedRisk<T> Curved(Risk<T> risk) => risk as ICurvedRisk<T>
        ?? throw new ArgumentException($"{risk.GetType().Name} offers no Gauss-Newton product for Eq. 6; take a method without one, such as hard-sgd", nameof(risk));

    /// <summary>
    /// The weight of the identity, which Levenberg-Marquardt changes between steps. It lies on the device, so that recordings of
    /// products stay valid.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0.</exception>
    public double Eta
    {
        get => _eta;
        set
        {
            Guard.Positive(value, "eta");
            if (value == _eta) return;
            _eta = value;
            _weight.CopyFrom([value]);
        }
    }

    /// <summary>
    /// An estimate of the size of J^T J such as ||J g||^2 / ||g||^2, 0 unless set: it keeps the preconditioner from falling
    /// more than a thousandfold below J^T J, where a small eta would leave the constraints unresolved beside it, and does
    /// not change the solution. Most of H's eigenvalues are eta, so that eta by itself takes the fewest iterations.
    /// </summary>
    public double Curvature { get; set; }

    /// <summary>
    /// Where the device finds what <see cref="Curvature"/> is a quotient of, ||J g||^2 and ||g||^2; absent where the host alone knows.
    /// </summary>
    public (Tensor<double> Numerator, Tensor<double> Denominator) CurvatureOnDevice { get; set; }

    /// <inheritdoc/>
    public override double Weight => _eta;

    /// <inheritdoc/>
    public override double MetricSize => TraceWeights.Size(_eta, Curvature, MostSpread);

    /// <inheritdoc/>
    public override bool CanRecord => base.CanRecord && _risk.CanRecord;

    /// <inheritdoc/>
    public override long MemoryVersion => base.MemoryVersion + _risk.MemoryVersion;

    /// <inheritdoc/>
    internal override TraceWeights WeightsBy(Tensor<double> probes) => base.WeightsBy(probes) with
    {
        Spread = MostSpread,
        Curvature = CurvatureOnDevice.Numerator,
        Gradient = CurvatureOnDevice.Denominator,
    };

    /// <inheritdoc/>
    protected override void AddMetric(Tensor<T> v1, Tensor<T> a)
    {
        _model.GaussNewton(v1, _curved);
        Device.Vectors.Axpy(1, _curved, a);
        Device.Vectors.Axpy(_weight, v1, a);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _curved.Storage.Dispose();
        _weight.Storage.Dispose();
        base.Dispose(disposing);
    }
}
