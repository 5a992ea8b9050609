namespace PoseEngine.Kkt;

/// <summary>
/// Which eigenvalues of a Gram matrix count: those above n times the relative error of its elements times the largest. Of a damped
/// matrix, S + shift I, all do, and those that rounding has brought below the shift count as the shift.
/// </summary>
internal sealed class SpectrumCut
{
    private readonly double _cut;
    private readonly double _shift;

    /// <summary>The cut of a spectrum.</summary>
    /// <param name="values">The eigenvalues, in any order.</param>
    /// <param name="accuracy">Relative error of S's elements.</param>
    /// <param name="shift">What was added to the diagonal of S.</param>
    public SpectrumCut(ReadOnlySpan<double> values, double accuracy, double shift)
    {
        _shift = shift;
        foreach (var value in values) Largest = Math.Max(Largest, value);
        _cut = shift > 0 ? double.NegativeInfinity : values.Length * accuracy * Largest;
        Rank = RankOf(values);
    }

    /// <summary>The largest eigenvalue, 0 where none is above it.</summary>
    public double Largest { get; }

    /// <summary>What was found of the rank.</summary>
    public GramRank Rank { get; }

    /// <summary>Whether an eigenvalue counts.</summary>
    public bool Keeps(double value) => value > _cut;

    /// <summary>What an eigenvalue that counts counts as.</summary>
    public double Of(double value) => Math.Max(value, _shift);

    private GramRank RankOf(ReadOnlySpan<double> values)
    {
        var (rank, kept, dropped) = (0, Largest, 0.0);
        foreach (var value in values)
        {
            if (Keeps(value))
            {
                rank++;
                kept = Math.Min(kept, Of(value));
            }
            else
            {
                dropped = Math.Max(dropped, Math.Abs(value));
            }
        }
        var gap = dropped == 0 ? double.PositiveInfinity : kept / dropped;
        return new GramRank(values.Length, rank, kept == 0 ? 1 : Largest / kept, gap);
    }
}
