using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Vector arithmetic. Vectors of one call have equal counts (shapes are ignored); a result may be one of the inputs,
/// but views must not overlap otherwise. Sums run in float64 in an order that does not depend on the thread count.
/// </summary>
public interface IVectorKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>x_i = value.</summary>
    void Fill(Tensor<T> x, T value);

    /// <summary>y = x.</summary>
    void Copy(Tensor<T> x, Tensor<T> y);

    /// <summary>y = a x.</summary>
    void Scale(double a, Tensor<T> x, Tensor<T> y);

    /// <summary>y = y + a x.</summary>
    void Axpy(double a, Tensor<T> x, Tensor<T> y);

    /// <summary>y = y + a_0 x with the factor in the device's memory, so that recordings stay valid as it changes; the bits are those of a number.</summary>
    void Axpy(Tensor<double> a, Tensor<T> x, Tensor<T> y);

    /// <summary>z = a x + b y.</summary>
    void Combine(double a, Tensor<T> x, double b, Tensor<T> y, Tensor<T> z);

    /// <summary>z_i = x_i y_i.</summary>
    void Multiply(Tensor<T> x, Tensor<T> y, Tensor<T> z);

    /// <summary>sum_i x_i y_i.</summary>
    double Dot(Tensor<T> x, Tensor<T> y);

    /// <summary>result_0 = sum_i x_i y_i, which stays on the device: nobody waits for it.</summary>
    void Dot(Tensor<T> x, Tensor<T> y, Tensor<double> result);

    /// <summary>The Euclidean norm of x.</summary>
    double Norm(Tensor<T> x);

    /// <summary>max_i |x_i|, NaN if any element is NaN, 0 for an empty vector.</summary>
    double MaxAbs(Tensor<T> x);
}
