using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>Fused parameter updates: one pass over w, the gradient g and the moments.</summary>
public interface IOptimizerKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Brings the numbers of a step to the device. They differ from step to step, so this call is no part of a recording.
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
    /// <param name="gradient">g.</param>
    /// <param name="m">First moment, updated.</param>
    /// <param name="v">Second moment, updated.</param>
    /// <param name="w">Parameters, updated.</param>
    void Adam(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> w);

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
