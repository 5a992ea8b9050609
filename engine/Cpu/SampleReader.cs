using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// The inputs of a product, sample by sample, as a <see cref="PatchLayout"/> wants them: the tensor itself, or a copy in
/// the memory of the thread that asks.
/// </summary>
internal readonly unsafe record struct SampleReader<T>(nint ValuesAddress, nint ImagesAddress, ThreadScratch<T> Scratch)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A reader with room for copies where it needs them; an absent input has none.</summary>
    public static SampleReader<T> For(CpuContext context, ScratchArea area, in PatchLayout layout, in NetworkInput<T> x)
    {
        if (x.IsAbsent) return default;
        var copies = x.HasImages || !layout.IsTensor;
        var scratch = context.ThreadScratch<T>(area, copies ? layout.SampleLength : 0);
        return x.HasImages
            ? new SampleReader<T>(0, (nint)x.Images.Pointer(), scratch)
            : new SampleReader<T>((nint)x.Values.Pointer(), 0, scratch);
    }

    /// <summary>Whether there is an input.</summary>
    public bool IsPresent => ValuesAddress != 0 || ImagesAddress != 0;

    /// <summary>Whether a sample that was read holds neither NaN nor infinity.</summary>
    public bool IsFinite(in PatchLayout layout, T* sample) => ImagesAddress != 0 || Simd.AreFinite(sample, layout.SampleLength);

    /// <summary>One sample.</summary>
    public T* Read(in PatchLayout layout, int n)
    {
        var target = Scratch.Here;
        if (ImagesAddress != 0)
        {
            ImageRows<T>.ToNumbers((byte*)ImagesAddress + ((long)n * layout.Inputs), layout.Inputs, target);
            return target;
        }
        var sample = (T*)ValuesAddress + ((long)n * layout.Inputs);
        if (layout.IsTensor) return sample;
        layout.Arrange(sample, target);
        return target;
    }
}
