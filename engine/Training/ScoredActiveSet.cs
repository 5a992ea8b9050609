using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Active constraints by a look at their violation: candidates, drawn at random or all of C, are scored at w
/// (<see cref="ViolationScorer{T}"/>), and a choice is made among them.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class ScoredActiveSet<T> : Sampler<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ViolationScorer<T> _scorer;
    private readonly DistinctSampler _sampler;
    private readonly bool _takesAll;
    private readonly int[] _candidates;
    private readonly double[] _scores;

    /// <summary>A choice among candidates of a set.</summary>
    /// <param name="scorer">Scores the set's samples; the active set owns it.</param>
    /// <param name="count">The number of samples of C.</param>
    /// <param name="pool">Candidates of a choice; at <paramref name="count"/> or above all samples are.</param>
    /// <param name="generator">Draws the candidates.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no samples, or no candidates.</exception>
    protected ScoredActiveSet(ViolationScorer<T> scorer, int count, int pool, RandomGenerator generator)
    {
        Guard.Positive(pool, "the pool of candidates");
        _scorer = scorer;
        _sampler = new DistinctSampler(count, generator);
        _takesAll = pool >= count;
        _candidates = new int[Math.Min(pool, count)];
        _scores = new double[_candidates.Length];
        for (var i = 0; i < _candidates.Length; i++) _candidates[i] = i;
    }

    /// <inheritdoc/>
    public override SamplerState State
    {
        get => _sampler.State;
        set => _sampler.State = value;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">More samples are wanted than there are candidates.</exception>
    public override void Select(Tensor<T> w, Span<int> indices, CancellationToken cancellation = default)
    {
        if (indices.Length > _candidates.Length)
        {
            throw new ArgumentException($"an active set of {indices.Length} samples was asked of {_candidates.Length} candidates", nameof(indices));
        }
        if (!_takesAll) _sampler.Draw(_candidates);
        _scorer.Score(w, _candidates, _scores, cancellation);
        Choose(_candidates, _scores, indices);
    }

    /// <summary>Gives the scorer's memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the scorer's memory back.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _scorer.Dispose();
    }

    /// <summary>Fills <paramref name="indices"/> from candidates, in the order drawn, and their scores.</summary>
    protected abstract void Choose(ReadOnlySpan<int> candidates, ReadOnlySpan<double> scores, Span<int> indices);
}
