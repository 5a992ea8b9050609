using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>Turns images as they are stored (uint8, channels last) into network inputs.</summary>
public interface IImageKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// y[n,c,i,j] = x[n,i,j,c] / 255 - 1/2.
    /// </summary>
    /// <param name="x">Images [N,H,W,C], uint8.</param>
    /// <param name="y">Inputs [N,C,H,W] in [-1/2, 1/2].</param>
    void Normalize(Tensor<byte> x, Tensor<T> y);

    /// <summary>
    /// y[n,c,i,j] = x[indices[n],i,j,c] / 255 - 1/2 from all images of a set.
    /// </summary>
    /// <param name="x">
    /// The bytes of M images [H,W,C], one after the other, eight to an element: a set may have more bytes than a tensor
    /// has elements.
    /// </param>
    /// <param name="indices">N numbers from 0 to M - 1; the caller has checked them.</param>
    /// <param name="y">Inputs [N,C,H,W] in [-1/2, 1/2].</param>
    void Gather(Tensor<ulong> x, Tensor<int> indices, Tensor<T> y);
}
