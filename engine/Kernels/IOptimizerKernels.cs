using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Fused parameter updates: one pass over w, the gradient g and what a rule keeps, and the updates of multipliers. All but the
/// Prepare methods may be recorded: the numbers of a rule are read from the device's memory. An update that takes watched numbers
/// changes nothing where one of them is NaN or infinite, so that a step can be given to the device as a whole and looked at
/// behind it.
/// </summary>
public interface IOptimizerKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Brings the numbers of a step to the device.
    /// </summary>
    /// <param name="settings">Rate, decays, epsilon and the number t of this step, from 1.</param>
    /// <param name="scalars">
    /// [8], overwritten: beta1, 1 - beta1, beta2, 1 - beta2, rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t), epsilon, 0.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number of the step is less than 1.</exception>
    void PrepareAdam(in AdamStep settings, Tensor<double> scalars)
    {
        Guard.Equal(scalars.Count, AdamStep.ScalarCount, "adam: the numbers of a step");
        Guard.Positive(settings.Step, "adam: the number of the step");
        scalars.CopyFrom(
        [
            settings.Beta1,
            1 - settings.Beta1,
            settings.Beta2,
            1 - settings.Beta2,
            settings.Rate / (1 - Math.Pow(settings.Beta1, settings.Step)),
            1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, settings.Step)),
            settings.Epsilon,
            0,
        ]);
    }

    /// <summary>
    /// Adam (Kingma and Ba 2015), the moments of Eq. 10 and 11:
    /// m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
    /// w = w - rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
    /// </summary>
    /// <param name="scalars">The numbers of the step, from <see cref="PrepareAdam"/>.</param>
    /// <param name="watched">Numbers that must be finite.</param>
    /// <param name="gradient">g.</param>
    /// <param name="m">First moment, updated.</param>
    /// <param name="v">Second moment, updated.</param>
    /// <param name="w">Parameters, updated.</param>
    /// <param name="square">[1], overwritten: ||dw||^2 of what w moved by, summed in float64.</param>
    void Adam(
        Tensor<double> scalars, Tensor<double> watched, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> w, Tensor<double> square);

    /// <summary>
    /// The moments of Eq. 10 and 11, and the inverse root of the diagonal D of Eq. 12:
    /// m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
    /// s = D^(-1/2), D = eta f (sqrt(v) + epsilon), f = sqrt(1 - beta2^t) / (1 - beta1^t).
    /// </summary>
    /// <param name="scalars">The numbers of the step, from <see cref="PrepareAdam"/> with eta as the rate.</param>
    /// <param name="gradient">g.</param>
    /// <param name="m">First moment, updated.</param>
    /// <param name="v">Second moment, updated.</param>
    /// <param name="s">Overwritten.</param>
    void AdamMetric(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> s);

    /// <summary>Gradient descent: w = w - rate g.</summary>
    /// <param name="scalars">[2]: the rate, and a momentum that is not read.</param>
    /// <param name="watched">Numbers that must be finite.</param>
    /// <param name="gradient">g.</param>
    /// <param name="w">Parameters, updated.</param>
    void Sgd(Tensor<double> scalars, Tensor<double> watched, Tensor<T> gradient, Tensor<T> w);

    /// <summary>Gradient descent with momentum mu (Polyak 1964): u = mu u + g;  w = w - rate u.</summary>
    /// <param name="scalars">[2]: the rate and mu.</param>
    /// <param name="watched">Numbers that must be finite.</param>
    /// <param name="gradient">g.</param>
    /// <param name="velocity">u, updated.</param>
    /// <param name="w">Parameters, updated.</param>
    /// <param name="square">[1], overwritten: ||u||^2, summed in float64; 0 where nothing changes.</param>
    void Momentum(Tensor<double> scalars, Tensor<double> watched, Tensor<T> gradient, Tensor<T> velocity, Tensor<T> w, Tensor<double> square);

    /// <summary>The weights of constraints in twice a penalty sum_j lambda_j mean_k C_jk^2: weights_j = 2 lambda_j / N, in float64.</summary>
    /// <param name="multipliers">lambda [J].</param>
    /// <param name="samples">N.</param>
    /// <param name="weights">[J], overwritten.</param>
    void MultiplierWeights(Tensor<T> multipliers, int samples, Tensor<T> weights);

    /// <summary>Brings the numbers of nuPI to the device.</summary>
    /// <param name="settings">Rate, gain, decay and whether there was no step before.</param>
    /// <param name="scalars">[4], overwritten: kappa_I, kappa_P, nu, and 1 in the first step or 0.</param>
    void PrepareMultipliers(in MultiplierStep settings, Tensor<double> scalars)
        => scalars.CopyFrom([settings.Rate, settings.Gain, settings.Decay, settings.IsFirst ? 1 : 0]);

    /// <summary>One step of each multiplier by <see cref="MultiplierStep.Next"/> with the error e_j = squares_j - bounds_j, in float64.</summary>
    /// <param name="scalars">From <see cref="PrepareMultipliers"/>.</param>
    /// <param name="watched">Numbers that must be finite.</param>
    /// <param name="squares">mean_k C_jk^2 [J].</param>
    /// <param name="bounds">tau_j^2 [J].</param>
    /// <param name="multipliers">lambda [J], updated.</param>
    /// <param name="averages">xi [J], updated.</param>
    void MultiplierAscent(
        Tensor<double> scalars, Tensor<double> watched, Tensor<double> squares, Tensor<double> bounds, Tensor<T> multipliers, Tensor<T> averages);
}

/// <summary>The numbers of one step of multipliers by nuPI.</summary>
/// <param name="Rate">kappa_I.</param>
/// <param name="Gain">kappa_P.</param>
/// <param name="Decay">nu.</param>
/// <param name="IsFirst">Whether there was no step before: xi is then the error.</param>
public readonly record struct MultiplierStep(double Rate, double Gain, double Decay, bool IsFirst)
{
    /// <summary>How many numbers <see cref="IOptimizerKernels{T}.PrepareMultipliers"/> writes.</summary>
    public const int ScalarCount = 4;

    /// <summary>xi' = nu xi + (1 - nu) e;  lambda' = max(lambda + kappa_I e + kappa_P (xi' - xi), 0).</summary>
    /// <param name="multiplier">lambda.</param>
    /// <param name="average">xi; of no effect in the first step.</param>
    /// <param name="error">e, above 0 where the constraint does not hold.</param>
    /// <returns>lambda' and xi'.</returns>
    public (double Multiplier, double Average) Next(double multiplier, double average, double error)
    {
        var before = IsFirst ? error : average;
        var now = (Decay * before) + ((1 - Decay) * error);
        return (Math.Max(multiplier + (Rate * error) + (Gain * (now - before)), 0), now);
    }

    /// <summary>Checks the sizes of an update of multipliers.</summary>
    internal static void Check<T>(Tensor<double> scalars, Tensor<double> squares, Tensor<double> bounds, Tensor<T> multipliers, Tensor<T> averages)
        where T : unmanaged
    {
        Guard.Equal(scalars.Count, ScalarCount, "nuPI: the numbers of a step");
        Guard.Equal(squares.Count, multipliers.Count, "nuPI: the mean squares");
        Guard.Equal(bounds.Count, multipliers.Count, "nuPI: the bounds");
        Guard.Equal(averages.Count, multipliers.Count, "nuPI: the averaged errors");
    }
}

/// <summary>The numbers of one step of gradient descent.</summary>
public static class SgdStep
{
    /// <summary>The rate and the momentum.</summary>
    public const int ScalarCount = 2;

    /// <summary>Checks the sizes of an update of w.</summary>
    internal static void Check<T>(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> w)
        where T : unmanaged
    {
        Guard.Equal(scalars.Count, ScalarCount, "sgd: the numbers of a step");
        Guard.Equal(gradient.Count, w.Count, "sgd: the gradient");
    }
}

/// <summary>The numbers of one Adam update.</summary>
public readonly record struct AdamStep(double Rate, double Beta1, double Beta2, double Epsilon, long Step)
{
    /// <summary>How many numbers <see cref="IOptimizerKernels{T}.PrepareAdam"/> writes.</summary>
    public const int ScalarCount = 8;

    /// <summary>Checks the sizes of an update of w, or of another vector like it.</summary>
    internal static void Check<T>(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> w)
        where T : unmanaged
    {
        Guard.Equal(scalars.Count, ScalarCount, "adam: the numbers of a step");
        Guard.Equal(gradient.Count, w.Count, "adam: the gradient");
        Guard.Equal(m.Count, w.Count, "adam: the first moment");
        Guard.Equal(v.Count, w.Count, "adam: the second moment");
    }
}
