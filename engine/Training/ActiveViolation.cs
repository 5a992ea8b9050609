using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;

namespace PoseEngine.Training;

/// <summary>What reports want of the constraints of an active set: the median of |C_j| over the samples for each j.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="device">Where C is.</param>
/// <param name="function">C at the current point.</param>
/// <param name="scalars">The numbers of the step, which the medians travel with.</param>
internal sealed class ActiveViolation<T>(ComputeDevice<T> device, ConstraintFunction<T> function, StepScalars scalars)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Writes the medians behind the numbers of the step; part of a recording.</summary>
    public void Measure() => device.Violations.Medians(function.Value, scalars.Medians);

    /// <summary>The medians as they were read with the numbers of the step.</summary>
    /// <exception cref="NonFiniteStepException">A C_j is not finite; the message names it.</exception>
    public IReadOnlyList<double> Medians(long iteration)
    {
        var medians = scalars.MedianResults.ToArray();
        var notFinite = Array.FindIndex(medians, median => !double.IsFinite(median));
        return notFinite < 0 ? medians : throw new NonFiniteStepException(iteration, NameNonFinite(notFinite));
    }

    private string NameNonFinite(int constraint)
    {
        var (c, constraints) = (function.Value.ToArray(), function.RowsPerSample);
        var sample = Enumerable.Range(0, function.Samples).First(k => !T.IsFinite(c[(k * constraints) + constraint]));
        return $"constraint {constraint + 1} of active sample {sample}";
    }
}
