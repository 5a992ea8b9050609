namespace PoseEngine;

/// <summary>Order statistics as the paper and this project use them.</summary>
public static class Statistics
{
    /// <summary>
    /// The quantile q in [0, 1] of some numbers with linear interpolation between order statistics; the median of an
    /// even number is the mean of the middle two. The numbers are sorted in place.
    /// </summary>
    /// <exception cref="ArgumentException">There are no numbers, or some are NaN, which has no place in their order.</exception>
    /// <exception cref="ArgumentOutOfRangeException">q is not between 0 and 1.</exception>
    public static double Quantile(Span<double> values, double q)
    {
        if (!(q >= 0 && q <= 1)) throw new ArgumentOutOfRangeException(nameof(q), q, $"a quantile is between 0 and 1, got {q}");
        if (values.Length == 0) throw new ArgumentException("a quantile of no numbers", nameof(values));
        if (NaNs(values) is > 0 and var nans)
        {
            throw new ArgumentException($"{nans} of {values.Length} numbers are NaN, a quantile needs an order; leave them out or report that they are there", nameof(values));
        }
        values.Sort();
        var place = q * (values.Length - 1);
        var below = (int)place;
        var (low, high) = (values[below], values[Math.Min(below + 1, values.Length - 1)]);
        // Not infinity minus infinity, nor 0 times infinity.
        return place == below || low == high ? low : low + ((place - below) * (high - low));
    }

    /// <summary>The same, but NaN where a number is: for figures of something that may have diverged.</summary>
    /// <exception cref="ArgumentException">There are no numbers.</exception>
    public static double QuantileOrNaN(Span<double> values, double q) => NaNs(values) > 0 ? double.NaN : Quantile(values, q);

    private static int NaNs(ReadOnlySpan<double> values)
    {
        var count = 0;
        foreach (var value in values)
        {
            if (double.IsNaN(value)) count++;
        }
        return count;
    }
}
