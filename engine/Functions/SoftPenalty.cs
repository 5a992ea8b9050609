using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>How the squares of a soft penalty are put together.</summary>
public enum PenaltyForm
{
    /// <summary>lambda times the sum over the active samples and constraints: Eq. 3 as printed.</summary>
    Sum,

    /// <summary>The sum divided by the number of active samples times constraints.</summary>
    Mean,
}

/// <summary>
/// The penalty of Eq. 3 with one lambda for all constraints, P = lambda ||C||^2 (or its mean), and its gradient
/// 2 lambda C^T dC/dw by one L-op.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class SoftPenalty<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IVectorKernels<T> _vectors;
    private readonly DifferentiableFunction<T> _constraint;
    private readonly Tensor<T> _weights;
    private readonly double _factor;

    /// <summary>A penalty on a constraint function.</summary>
    /// <exception cref="ArgumentOutOfRangeException">lambda is negative or not finite.</exception>
    public SoftPenalty(ComputeDevice<T> device, DifferentiableFunction<T> constraint, double lambda, PenaltyForm form)
    {
        Guard.NotNegative(lambda, "lambda of the soft penalty");
        _vectors = device.Vectors;
        _constraint = constraint;
        _weights = device.Zeros(constraint.RowCount);
        _factor = form == PenaltyForm.Sum ? lambda : lambda / constraint.RowCount;
    }

    /// <summary>P at the constraint's current point.</summary>
    public double Value => At(_vectors.Dot(_constraint.Value, _constraint.Value));

    /// <summary>P for a given ||C||^2.</summary>
    public double At(double squaredNorm) => _factor * squaredNorm;

    /// <summary>Writes dP/dw.</summary>
    /// <param name="result">[N_P], overwritten.</param>
    public void Gradient(Tensor<T> result)
    {
        _vectors.Scale(2 * _factor, _constraint.Value, _weights);
        _constraint.Lop(_weights, result);
    }
}
