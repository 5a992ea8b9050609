using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>The constraints of an active set at the current parameters, with the numbers that reports want.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class ConstraintEvaluation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linearization<T> _linearization;
    private readonly T[] _host;

    public ConstraintEvaluation(Network<T> network, IOutputConstraint<T> constraint, int samples)
    {
        _linearization = network.CreateLinearization(samples);
        Function = new ConstraintFunction<T>(_linearization, constraint);
        _host = new T[Function.RowCount];
    }

    public ConstraintFunction<T> Function { get; }

    /// <summary>Linearizes at w and evaluates C.</summary>
    public void MoveTo(Tensor<T> w, Batch<T> activeSet)
    {
        _linearization.MoveTo(w, activeSet.Inputs);
        Function.Update();
    }

    /// <summary>The median of |C_j| over the samples for each j.</summary>
    /// <exception cref="NonFiniteStepException">A C_j is not finite.</exception>
    public IReadOnlyList<double> Medians(long iteration)
    {
        Function.Value.CopyTo(_host);
        var rows = Function.Constraint.RowsPerSample;
        var medians = new double[rows];
        for (var j = 0; j < rows; j++) medians[j] = Median(iteration, j, rows);
        return medians;
    }

    private double Median(long iteration, int constraint, int rows)
    {
        var magnitudes = new double[_host.Length / rows];
        for (var k = 0; k < magnitudes.Length; k++)
        {
            magnitudes[k] = Math.Abs(double.CreateTruncating(_host[(k * rows) + constraint]));
            if (!double.IsFinite(magnitudes[k]))
            {
                throw new NonFiniteStepException(iteration, $"constraint {constraint + 1} of active sample {k}");
            }
        }
        return Statistics.Quantile(magnitudes, 0.5);
    }
}
