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
    private readonly Workspace<T> _memory;
    private readonly IOutputConstraint<T> _constraint;
    private readonly ForwardPasses<T> _passes;
    private readonly Tensor<T> _violations;
    private readonly T[] _host;
    private readonly double[] _magnitudes;

    /// <summary>A scorer of a source's samples.</summary>
    /// <param name="network">phi.</param>
    /// <param name="constraint">C_j.</param>
    /// <param name="source">Where samples come from.</param>
    /// <param name="unit">The number of the source's units in one unit of the network's outputs.</param>
    /// <param name="resident">The source's images on the device, or null.</param>
    /// <param name="most">Samples of one forward pass at the most; more than are ever scored at once would be work for nothing.</param>
    /// <exception cref="ArgumentException">A row binds samples together: one sample alone does not violate it.</exception>
    public ViolationScorer(
        Network<T> network, IOutputConstraint<T> constraint, ISampleSource source, double unit, ResidentImages<T>? resident = null,
        int most = ViolationScorer.MostSamples)
    {
        if (constraint.Rows.FirstOrDefault(row => row.Group is not null) is { } row)
        {
            throw new ArgumentException($"constraint {row.Name} is the same within {row.Group}: samples are not scored one by one; draw active sets by {nameof(GroupedActiveSet<>)}", nameof(constraint));
        }
        _constraint = constraint;
        _memory = new Workspace<T>(network.Device);
        _passes = _memory.Own(new ForwardPasses<T>(network, source, unit, resident, Math.Clamp(most, 1, ViolationScorer.MostSamples)));
        _violations = _memory.Zeros(_passes.Batch * constraint.RowsPerSample);
        _host = new T[_violations.Count];
        _magnitudes = new double[constraint.RowsPerSample];
    }

    /// <summary>Scores samples; what is not a number scores infinity, so that a step meets it and says so.</summary>
    /// <param name="w">The parameters [N_P].</param>
    /// <param name="samples">Which samples.</param>
    /// <param name="scores">Their scores in the outputs' unit, overwritten.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <exception cref="ArgumentException">There is not one score a sample.</exception>
    public void Score(Tensor<T> w, ReadOnlySpan<int> samples, Span<double> scores, CancellationToken cancellation = default)
    {
        Guard.Equal(scores.Length, samples.Length, "the scores");
        for (var first = 0; first < samples.Length; first += _passes.Batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = _passes.Run(w, samples, first, out var count);
            _constraint.Evaluate(_passes.Output, batch.Columns, _violations);
            _violations.CopyTo(_host);
            for (var k = 0; k < count; k++) scores[first + k] = Score(k);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();

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
