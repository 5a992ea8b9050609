namespace PoseEngine.Kkt;

/// <summary>Two constraint rows and the cosine of the angle between their gradients, S_ij / sqrt(S_ii S_jj).</summary>
public readonly record struct RowPair(int First, int Second, double Cosine);

/// <summary>How parallel some pairs of rows are, by |cosine|.</summary>
/// <param name="Pairs">Their number; without any the rest is NaN.</param>
/// <param name="Mean">The mean of |cosine|.</param>
/// <param name="Largest">The largest.</param>
/// <param name="NearShare">The share of pairs with |cosine| of at least <see cref="GramRows.Near"/>.</param>
public readonly record struct PairSpread(long Pairs, double Mean, double Largest, double NearShare);

/// <summary>
/// The rows of a Gram matrix one by one: their lengths, and the angles between them, whatever their lengths. Rows stand
/// sample-major: row J k + j is constraint j of sample k.
/// </summary>
public sealed class GramRows
{
    /// <summary>From this |cosine| on two rows count as nearly parallel: 18 degrees apart at most.</summary>
    public const double Near = 0.95;

    private readonly double[] _s;
    private readonly double[] _inverse;

    /// <summary>The rows of S.</summary>
    /// <param name="s">S, n x n, row-major.</param>
    /// <param name="rows">n.</param>
    /// <param name="cut">S_ii up to this is a row of length 0, which has no direction: <see cref="GramDiagnosis.Cut"/>.</param>
    /// <exception cref="ArgumentException">There are not n^2 elements.</exception>
    public GramRows(ReadOnlySpan<double> s, int rows, double cut = 0)
    {
        Guard.Equal(s.Length, (long)rows * rows, "the elements of a Gram matrix");
        (_s, _inverse) = (s.ToArray(), new double[rows]);
        for (var i = 0; i < rows; i++) _inverse[i] = s[(i * rows) + i] > cut ? 1 / Math.Sqrt(s[(i * rows) + i]) : 0;
    }

    /// <summary>n.</summary>
    public int Count => _inverse.Length;

    /// <summary>Rows of length 0, in their order: nothing that a step does changes them to first order.</summary>
    public IReadOnlyList<int> Zero => [.. Enumerable.Range(0, Count).Where(i => _inverse[i] == 0)];

    /// <summary>The most parallel pairs, by |cosine|, the most parallel first; of equal ones the first rows.</summary>
    /// <param name="most">Pairs at the most.</param>
    /// <exception cref="ArgumentOutOfRangeException">None are wanted.</exception>
    public IReadOnlyList<RowPair> MostParallel(int most)
    {
        Guard.Positive(most, "the number of row pairs");
        var best = new List<RowPair>(most + 1);
        for (var i = 0; i < Count; i++)
        {
            for (var j = i + 1; j < Count; j++)
            {
                var pair = new RowPair(i, j, Cosine(i, j));
                if (pair.Cosine == 0 || (best.Count == most && Math.Abs(pair.Cosine) <= Math.Abs(best[^1].Cosine))) continue;
                var place = best.FindIndex(other => Math.Abs(pair.Cosine) > Math.Abs(other.Cosine));
                best.Insert(place < 0 ? best.Count : place, pair);
                if (best.Count > most) best.RemoveAt(most);
            }
        }
        return best;
    }

    /// <summary>How parallel the pairs of a kind are; rows of length 0 are in none.</summary>
    /// <param name="isOfKind">Whether rows i and j > i are of the kind.</param>
    public PairSpread SpreadOf(Func<int, int, bool> isOfKind)
    {
        var (pairs, sum, largest, near) = (0L, 0.0, 0.0, 0L);
        for (var i = 0; i < Count; i++)
        {
            for (var j = i + 1; j < Count; j++)
            {
                if (_inverse[i] == 0 || _inverse[j] == 0 || !isOfKind(i, j)) continue;
                var cosine = Math.Abs(Cosine(i, j));
                pairs++;
                sum += cosine;
                largest = Math.Max(largest, cosine);
                if (cosine >= Near) near++;
            }
        }
        return pairs == 0 ? new(0, double.NaN, double.NaN, double.NaN) : new(pairs, sum / pairs, largest, near / (double)pairs);
    }

    /// <summary>S of the rows brought to length 1, rows of length 0 left so: what is left of a spread-out spectrum then is their angles.</summary>
    public double[] UnitGram()
    {
        var unit = new double[_s.Length];
        for (var i = 0; i < Count; i++)
        {
            for (var j = 0; j < Count; j++) unit[(i * Count) + j] = Cosine(i, j);
        }
        return unit;
    }

    private double Cosine(int i, int j) => Math.Clamp(_s[(i * Count) + j] * _inverse[i] * _inverse[j], -1, 1);
}
