namespace PoseEngine.Training;

/// <summary>
/// How multipliers follow the errors of their constraints: nuPI (Sohrabi, Ramirez, Zhang, Lacoste-Julien, Gallego-Posada, ICML 2024),
/// a controller with an integral part and a proportional one on averaged errors,
/// <code>
/// xi_t = nu xi_(t-1) + (1 - nu) e_t,   lambda_(t+1) = max(lambda_t + kappa_I e_t + kappa_P (xi_t - xi_(t-1)), 0)
/// </code>
/// and xi = e_1 before the first step, so that the proportional part answers changes alone. kappa_P = 0 is gradient ascent, whose
/// multipliers overshoot: they grow until the constraint holds, and only then begin to fall.
/// </summary>
/// <param name="Rate">kappa_I, in the inverse of an error.</param>
/// <param name="Gain">kappa_P, likewise.</param>
/// <param name="Decay">nu, from 0 to below 1: errors are estimates from an active set.</param>
public sealed record DualOptions(double Rate = 0.3, double Gain = 3, double Decay = 0.9)
{
    /// <summary>Looks at the ranges of the numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not above 0, the gain is negative, or the decay is not in [0, 1).</exception>
    internal void Check()
    {
        Guard.Positive(Rate, "the dual rate");
        Guard.NotNegative(Gain, "the dual gain");
        Guard.NotNegative(Decay, "the dual decay");
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Decay, 1);
    }
}
