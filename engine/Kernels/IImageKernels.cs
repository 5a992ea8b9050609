using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>Images as they are stored (uint8, channels last): turned into network inputs, or gathered.</summary>
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
    /// y[n,i,j,c] = x[indices[n],i,j,c] from all images of a set.
    /// </summary>
    /// <param name="x">
    /// The bytes of M images [H,W,C], one after the other, eight to an element: a set may have more bytes than a tensor
    /// has elements.
    /// </param>
    /// <param name="indices">N numbers from 0 to M - 1; the caller has checked them.</param>
    /// <param name="y">Images [N,H,W,C], uint8, each of whole elements of <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names them.</exception>
    void Gather(Tensor<ulong> x, Tensor<int> indices, Tensor<byte> y);

    /// <summary>Throws unless gathered images fit, and returns the elements of one in <see cref="Gather"/>'s x.</summary>
    internal static int WordsPerImage(Tensor<int> indices, Tensor<byte> y)
    {
        Guard.Equal(y.Shape.Rank, 4, "dimensions of gathered images");
        Guard.Equal(y.Shape[0], indices.Count, "gathered images");
        var (words, rest) = Math.DivRem(y.Count / Math.Max(indices.Count, 1), sizeof(ulong));
        Guard.Equal(rest, 0, "bytes of an image beyond whole elements of 8");
        return words;
    }
}
