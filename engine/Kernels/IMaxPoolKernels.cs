using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Max-pooling with any window and stride, overlapping windows too, and padding whose cells never win:
/// <code>
/// forward  y[q] = x[win[q]],  win[q] = first maximum of q's window in row-major order
/// R-op     dy[q] = dx[win[q]]
/// L-op     ux[e] = sum of u[q] over all q with win[q] = e
/// </code>
/// A NaN in a window gives NaN. Winners are stored as flat places in the plane, -1 nowhere: every window meets at
/// least one cell of the plane.
/// </summary>
public interface IMaxPoolKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The maxima y and the winners from the input x.</summary>
    void Forward(in MaxPoolGeometry geometry, Tensor<T> x, Tensor<T> y, Tensor<int> winners);

    /// <summary>The directional derivative dy at the stored winners.</summary>
    void Rop(in MaxPoolGeometry geometry, Tensor<int> winners, Tensor<T> dx, Tensor<T> dy);

    /// <summary>The adjoint of the input, overwritten.</summary>
    void Lop(in MaxPoolGeometry geometry, Tensor<int> winners, Tensor<T> u, Tensor<T> ux);
}

/// <summary>The sizes of one max-pooling; planes are samples times channels.</summary>
public readonly record struct MaxPoolGeometry(
    int Planes, int InHeight, int InWidth, int Window, int Stride, int Padding)
{
    /// <summary>Rows of the output: floor((InHeight + 2 p - Window) / s) + 1.</summary>
    public int OutHeight => ((InHeight + (2 * Padding) - Window) / Stride) + 1;

    /// <summary>Columns of the output.</summary>
    public int OutWidth => ((InWidth + (2 * Padding) - Window) / Stride) + 1;

    /// <summary>Throws unless the sizes make sense and the tensors' counts fit them.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it.</exception>
    internal void Check(int input, int output, int winners)
    {
        Guard.Positive(Stride, "max-pooling stride");
        Guard.Positive(Window - Padding, "max-pooling window less padding");
        Guard.Equal(input, (long)Planes * InHeight * InWidth, "max-pooling input");
        Guard.Equal(output, (long)Planes * OutHeight * OutWidth, "max-pooling output");
        Guard.Equal(winners, output, "max-pooling winners");
    }
}
