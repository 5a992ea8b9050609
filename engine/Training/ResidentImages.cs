using System.Numerics;
using System.Runtime.InteropServices;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>All images of a source in the memory of a device, uint8: batches are gathered there by their numbers.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ResidentImages<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Images copied at a time.</summary>
    private const int Chunk = 256;

    private readonly ComputeDevice<T> _device;
    private readonly Tensor<ulong> _words;

    private ResidentImages(ComputeDevice<T> device, IImageSource source)
    {
        _device = device;
        Source = source;
        var wordsPerImage = source.Image.Count / sizeof(ulong);
        _words = device.Zeros<ulong>(new Shape(source.Count, wordsPerImage));
        var images = new byte[Chunk * source.Image.Count];
        for (var first = 0; first < source.Count; first += Chunk)
        {
            var count = Math.Min(Chunk, source.Count - first);
            for (var i = 0; i < count; i++) source.CopyImage(first + i, images.AsSpan(i * source.Image.Count, source.Image.Count));
            var words = MemoryMarshal.Cast<byte, ulong>(images.AsSpan(0, count * source.Image.Count));
            _words.Slice(first * wordsPerImage, words.Length).CopyFrom(words);
        }
    }

    /// <summary>Where the images come from.</summary>
    public IImageSource Source { get; }

    /// <summary>Copies a source's images to the device, or returns null where it would not keep them or there are none.</summary>
    public static ResidentImages<T>? Create(ComputeDevice<T> device, ISampleSource samples)
    {
        if (samples is not IImageSource source) return null;
        var bytes = (long)source.Count * source.Image.Count;
        var fits = bytes <= device.ResidentBytes && bytes / sizeof(ulong) <= int.MaxValue && source.Image.Count % sizeof(ulong) == 0;
        return fits ? new ResidentImages<T>(device, source) : null;
    }

    /// <summary>Copies the named images to [N,H,W,C].</summary>
    public void Gather(Tensor<int> indices, Tensor<byte> images) => _device.Images.Gather(_words, indices, images);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _words.Storage.Dispose();
}
