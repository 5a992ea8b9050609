namespace PoseEngine;

/// <summary>Order statistics as the paper and this project use them.</summary>
public static class Statistics
{
    /// <summary>
    /// The quantile q in [0, 1] of some numbers with linear interpolation between order statistics; the median of an
    /// even number is the mean of the middle two. The array is sorted in place.
    /// </summary>
    /// <exception cref="ArgumentException">There are no numbers.</exception>
    public static double Quantile(double[] values, double q)
    {
        if (values.Length == 0) throw new ArgumentException("a quantile of no numbers", nameof(values));
        Array.Sort(values);
        var place = q * (values.Length - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, values.Length - 1);
        return values[below] + ((place - below) * (values[above] - values[below]));
    }
}
