using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// How much samples of C violate the constraints at w: the score of Eq. 9, median_j |C_j(phi(x; w))|. Of inequalities only
/// the violated ones count, and a sample without any scores 0.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ViolationScorer<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IOutputConstraint<T> _constraint;
    private readonly Linearization<T> _linearization;
    private readonly BatchLoader<T> _loader;
    private readonly Tensor<T> _violations;
    private readonly T[] _host;
    private readonly int[] _indices;
    private readonly double[] _magnitudes;

    /// <summary>A scorer of a source's samples.</summary>
    /// <param name="network">phi.</param>
    /// <param name="constraint">C_j.</param>
    /// <param name="source">Where samples come from.</param>
    /// <param name="unit">The number of the source's units in one unit of the network's outputs.</param>
    /// <param name="resident">The source's images on the device, or null.</param>
    /// <param name="most">Samples of one forward pass at the most; more than are ever scored at once would be work for nothing.</param>
    public ViolationScorer(
        Network<T> network, IOutputConstraint<T> constraint, ISampleSource source, double unit, ResidentImages<T>? resident = null,
        int most = ViolationScorer.MostSamples)
    {
        _constraint = constraint;
        var batch = Math.Clamp(source.Count, 1, Math.Clamp(most, 1, ViolationScorer.MostSamples));
        _linearization = network.CreateLinearization(batch);
        _loader = new BatchLoader<T>(network.Device, source, batch, unit, resident);
        _violations = network.Device.Zeros(batch * constraint.RowsPerSample);
        _host = new T[_violations.Count];
        _indices = new int[batch];
        _magnitudes = new double[constraint.RowsPerSample];
    }

    /// <summary>Scores samples; what is not a number scores infinity, so that a step meets it and says so.</summary>
    /// <param name="w">The parameters [N_P].</param>
    /// <param name="samples">Which samples.</param>
    /// <param name="scores">Their scores in the outputs' unit, overwritten.</param>
    /// <exception cref="ArgumentException">There is not one score a sample.</exception>
    public void Score(Tensor<T> w, ReadOnlySpan<int> samples, Span<double> scores)
    {
        Guard.Equal(scores.Length, samples.Length, "the scores");
        for (var first = 0; first < samples.Length; first += _indices.Length)
        {
            // The last batch is filled up with its last sample, whose extra scores are dropped.
            for (var i = 0; i < _indices.Length; i++) _indices[i] = samples[Math.Min(first + i, samples.Length - 1)];
            _linearization.MoveTo(w, _loader.Load(_indices).Inputs);
            _constraint.Evaluate(_linearization.Output, default, _violations);
            _violations.CopyTo(_host);
            var count = Math.Min(_indices.Length, samples.Length - first);
            for (var k = 0; k < count; k++) scores[first + k] = Score(k);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _loader.Dispose();
        _violations.Storage.Dispose();
    }

    /// <summary>The median of the magnitudes of one sample's rows, of an even number the mean of the middle two.</summary>
    private double Score(int sample)
    {
        var count = 0;
        for (var j = 0; j < _magnitudes.Length; j++)
        {
            var magnitude = Math.Abs(double.CreateTruncating(_host[(sample * _magnitudes.Length) + j]));
            if (double.IsNaN(magnitude)) return double.PositiveInfinity;
            if (magnitude > 0 || _constraint.Rows[j].Kind == ConstraintKind.Equality) _magnitudes[count++] = magnitude;
        }
        return count == 0 ? 0 : Statistics.Quantile(_magnitudes.AsSpan(0, count), 0.5);
    }
}

/// <summary>Sizes of a <see cref="ViolationScorer{T}"/>.</summary>
public static class ViolationScorer
{
    /// <summary>Samples of one forward pass at the most.</summary>
    public const int MostSamples = 128;
}
