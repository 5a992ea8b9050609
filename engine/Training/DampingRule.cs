namespace PoseEngine.Training;

/// <summary>
/// How delta follows what the constraints did, as the lambda of Levenberg-Marquardt follows the loss (Marquardt 1963): a step
/// behind which ||C|| of its active set is worse makes it four times as large, one that did what its linearization promised
/// halves it, so that the step tends to the undamped one.
/// </summary>
public static class DampingRule
{
    /// <summary>delta at the least and at the most.</summary>
    public const double Floor = 1e-8, Ceiling = 1e8;

    private const double Good = 0.75;
    private const double Roundings = 10;

    /// <summary>
    /// Actual by predicted change of ||C||, written so that 1 is "as predicted" where an increase is predicted too, as when C
    /// is near 0 and the loss pulls: 1 - (actual - predicted norm) / |predicted norm - norm before|.
    /// </summary>
    /// <param name="before">||C(w)||.</param>
    /// <param name="predicted">||C(w) + A dw||.</param>
    /// <param name="after">||C(w + dw)||.</param>
    /// <param name="epsilon">Of the number type: changes that are rounding have no ratio.</param>
    /// <returns>The ratio; null where both changes are rounding, negative infinity where C is not finite behind the step.</returns>
    public static double? Ratio(double before, double predicted, double after, double epsilon)
    {
        if (!double.IsFinite(after)) return double.NegativeInfinity;
        var rounding = Roundings * epsilon * Math.Max(before, predicted);
        var change = Math.Abs(predicted - before);
        if (change <= rounding && Math.Abs(after - predicted) <= rounding) return null;
        return change > 0 ? 1 - ((after - predicted) / change) : double.NegativeInfinity;
    }

    /// <summary>delta of the next step: four times as large below a ratio of 0, half above 0.75, the same where nothing was learnt.</summary>
    public static double Next(double delta, double? ratio)
    {
        var factor = ratio is not { } known ? 1 : known > Good ? 0.5 : known >= 0 ? 1 : 4;
        return Math.Clamp(delta * factor, Floor, Ceiling);
    }
}
