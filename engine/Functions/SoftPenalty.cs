using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>How the squares of a soft penalty are put together.</summary>
public enum PenaltyForm
{
    /// <summary>Sum over the active samples and constraints: Eq. 3 as printed.</summary>
    Sum,

    /// <summary>The sum divided by the number of active samples times constraints.</summary>
    Mean,
}

/// <summary>
/// The penalty of Eq. 3, P = f sum_jk lambda_j C_jk^2 (or its mean) with a factor f for schedules, and its gradient
/// 2 f sum_jk lambda_j C_jk dC_jk/dw by one L-op.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class SoftPenalty<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly ComputeDevice<T> _device;
    private readonly DifferentiableFunction<T> _constraint;
    private readonly double[] _lambdas;
    private readonly double _share;
    private readonly T[] _host;
    private readonly Tensor<T> _weighed;
    private double _factor;

    /// <summary>A penalty with one lambda for all constraints.</summary>
    /// <exception cref="ArgumentOutOfRangeException">lambda is negative or not finite.</exception>
    public SoftPenalty(ComputeDevice<T> device, DifferentiableFunction<T> constraint, double lambda, PenaltyForm form)
        : this(device, constraint, [lambda], form)
    {
    }

    /// <summary>A penalty on a constraint function.</summary>
    /// <param name="device">Where it is evaluated.</param>
    /// <param name="constraint">C, rows sample-major.</param>
    /// <param name="lambdas">lambda_j, one for each constraint of a sample, or one for all.</param>
    /// <param name="form">Sum or mean.</param>
    /// <exception cref="ArgumentOutOfRangeException">A lambda is negative or not finite.</exception>
    /// <exception cref="ArgumentException">The rows are no multiple of the number of lambdas.</exception>
    public SoftPenalty(
        ComputeDevice<T> device, DifferentiableFunction<T> constraint, IReadOnlyList<double> lambdas, PenaltyForm form)
    {
        foreach (var lambda in lambdas) Guard.NotNegative(lambda, "lambda of the soft penalty");
        if (lambdas.Count == 0 || constraint.RowCount % lambdas.Count != 0)
        {
            throw new ArgumentException($"{constraint.RowCount} constraint rows and {lambdas.Count} lambdas; give one for all, or one for each constraint of a sample", nameof(lambdas));
        }
        (_device, _constraint, _lambdas) = (device, constraint, [.. lambdas]);
        _share = form == PenaltyForm.Sum ? 1 : 1.0 / constraint.RowCount;
        _host = new T[lambdas.Count];
        _memory = new Workspace<T>(device);
        Weights = _memory.Zeros(lambdas.Count);
        _weighed = _memory.Zeros(constraint.RowCount);
        Factor = 1;
    }

    /// <summary>f. Setting it sends the weights to the device, so it is no part of a recording.</summary>
    public double Factor
    {
        get => _factor;
        set
        {
            if (value == _factor) return;
            _factor = value;
            SendWeights();
        }
    }

    /// <summary>2 f lambda_j, or that share of the mean, as many as lambdas were given: where lambdas find themselves, the device writes them here.</summary>
    public Tensor<T> Weights { get; }

    /// <summary>P at the constraint's current point.</summary>
    public double Value
    {
        get
        {
            _device.Violations.Weigh(Weights, _constraint.Value, _weighed);
            return _device.Vectors.Dot(_weighed, _constraint.Value) / 2;
        }
    }

    /// <summary>Writes dP/dw.</summary>
    /// <param name="result">[N_P], overwritten.</param>
    public void Gradient(Tensor<T> result)
    {
        _device.Violations.Weigh(Weights, _constraint.Value, _weighed);
        _constraint.Lop(_weighed, result);
    }

    /// <summary>Writes dP/dw, and 2 P to a number on the device.</summary>
    /// <param name="result">[N_P], overwritten.</param>
    /// <param name="doubled">[1], overwritten.</param>
    public void Gradient(Tensor<T> result, Tensor<double> doubled)
    {
        Gradient(result);
        _device.Vectors.Dot(_weighed, _constraint.Value, doubled);
    }

    /// <summary>Gives the memory back; the constraint is somebody else's.</summary>
    public void Dispose() => _memory.Dispose();

    private void SendWeights()
    {
        for (var j = 0; j < _host.Length; j++) _host[j] = T.CreateTruncating(2 * _factor * _share * _lambdas[j]);
        Weights.CopyFrom(_host);
    }
}
