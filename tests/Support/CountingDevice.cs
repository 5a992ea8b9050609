using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Support;

/// <summary>The CPU device, which counts the bytes of all tensors that are allocated.</summary>
internal sealed class CountingDevice<T>() : DelegatingDevice<T>(new CpuDevice<T>(2))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Bytes allocated so far, given back or not.</summary>
    public long Bytes { get; private set; }

    public override IImageStream<T> CreateImageStream(Shape images)
    {
        Bytes += IImageStream<T>.Slots * images.Count;
        return Inner.CreateImageStream(images);
    }

    public override unsafe Storage<TElement> Allocate<TElement>(int count)
    {
        Bytes += (long)count * sizeof(TElement);
        return Inner.Allocate<TElement>(count);
    }

    protected override void Dispose(bool disposing) => Inner.Dispose();
}
