using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// The way of image batches from the host to a device: two slots take turns, so that one may be filled while the images
/// of the other are computed on.
/// </summary>
public interface IImageStream<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of slots.</summary>
    const int Slots = 2;

    /// <summary>Whether filling a slot ahead, on another thread, saves time.</summary>
    bool WantsPrefetch { get; }

    /// <summary>Where the host puts images [N,H,W,C], uint8; waits until the slot's last images have left it.</summary>
    Span<byte> Host(int slot);

    /// <summary>Sends a slot's images on their way; any thread may call it after <see cref="Host"/>.</summary>
    void Send(int slot);

    /// <summary>
    /// The images of a slot that was sent, as a network takes them: valid until <see cref="Host"/> asks for the slot again
    /// or another one is delivered.
    /// </summary>
    NetworkInput<T> Deliver(int slot);
}
