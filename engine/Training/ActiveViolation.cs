using System.Numerics;
using PoseEngine.Functions;

namespace PoseEngine.Training;

/// <summary>The numbers that reports want of the constraints of an active set.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="function">C at the current point.</param>
internal sealed class ActiveViolation<T>(ConstraintFunction<T> function)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _host = new T[function.RowCount];

    /// <summary>The median of |C_j| over the samples for each j.</summary>
    /// <exception cref="NonFiniteStepException">A C_j is not finite.</exception>
    public IReadOnlyList<double> Medians(long iteration)
    {
        function.Value.CopyTo(_host);
        var medians = new double[function.RowsPerSample];
        for (var j = 0; j < medians.Length; j++) medians[j] = Median(iteration, j, medians.Length);
        return medians;
    }

    /// <summary>The mean of C_j^2 over the samples for each j, of the C that <see cref="Medians"/> looked at.</summary>
    public double[] MeanSquares()
    {
        var (rows, means) = (function.RowsPerSample, new double[function.RowsPerSample]);
        for (var i = 0; i < _host.Length; i++) means[i % rows] += Math.Pow(double.CreateTruncating(_host[i]), 2) * rows / _host.Length;
        return means;
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
