using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// The KKT system of Eq. 12, constrained Adam: H = D = eta f diag(sqrt(v) + epsilon), g = m. D spans many orders of
/// magnitude, so the system is solved in z = D^(1/2) dw, where it is that of Eq. 5 with eta = 1:
/// <code>
/// [ I            D^(-1/2) A^T ] [ z      ]   [ -D^(-1/2) m ]
/// [ A D^(-1/2)   0            ] [ Lambda ] = [ -C          ]
/// </code>
/// The step dw is the same where the constraints have a solution. Where they contradict, or multipliers are not unique,
/// "least squares" and "minimum length" are those of z.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ConstrainedAdamSystem<T> : KktSystem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<T> _roots;
    private readonly ScaledFunction<T> _scaled;

    /// <summary>The system of a constraint function at its current point.</summary>
    /// <param name="device">Where it is applied.</param>
    /// <param name="constraint">C with N_C rows over N_P parameters.</param>
    /// <param name="roots">D^(-1/2) [N_P], see <see cref="IOptimizerKernels{T}.AdamMetric"/>; its values may change.</param>
    public ConstrainedAdamSystem(ComputeDevice<T> device, DifferentiableFunction<T> constraint, Tensor<T> roots)
        : this(device, new ScaledFunction<T>(device, constraint, roots), roots)
    {
    }

    private ConstrainedAdamSystem(ComputeDevice<T> device, ScaledFunction<T> scaled, Tensor<T> roots)
        : base(device, scaled)
        => (_scaled, _roots) = (scaled, roots);

    /// <inheritdoc/>
    public override double Weight => 1;

    /// <summary>Writes the right-hand side (-D^(-1/2) m, -C).</summary>
    /// <param name="gradient">m [N_P].</param>
    /// <param name="b">[N_P + N_C], overwritten.</param>
    public override void RightHandSide(Tensor<T> gradient, Tensor<T> b)
    {
        base.RightHandSide(gradient, b);
        Unscale(b);
    }

    /// <summary>Turns the first part of a solution, z, into the step dw = D^(-1/2) z.</summary>
    /// <param name="x">(z, Lambda) [N_P + N_C].</param>
    public void Unscale(Tensor<T> x) => Device.Vectors.Multiply(_roots, Step(x), Step(x));

    /// <inheritdoc/>
    protected override void AddMetric(Tensor<T> v1, Tensor<T> a) => Device.Vectors.Axpy(1, v1, a);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _scaled.Dispose();
        base.Dispose(disposing);
    }
}
