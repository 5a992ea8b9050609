using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>Fused parameter updates: one pass over w, the gradient g and the moments.</summary>
public interface IOptimizerKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Adam (Kingma and Ba 2015), the moments of Eq. 10 and 11:
    /// m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
    /// w = w - rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
    /// </summary>
    /// <param name="settings">Rate, decays, epsilon and the number t of this step, from 1.</param>
    /// <param name="gradient">g.</param>
    /// <param name="m">First moment, updated.</param>
    /// <param name="v">Second moment, updated.</param>
    /// <param name="w">Parameters, updated.</param>
    void Adam(in AdamStep settings, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> w);
}

/// <summary>The numbers of one Adam update.</summary>
public readonly record struct AdamStep(double Rate, double Beta1, double Beta2, double Epsilon, long Step);
