using System.Runtime.InteropServices;

namespace PoseEngine.Tests;

/// <summary>Alone, for the memory is the whole process's.</summary>
[NonParallelizable]
public sealed class PeakMemoryTests
{
    [Test]
    public void PeakMemoryKnowsWhatHasBeenHeld()
    {
        // Native memory, and much of it: the collector may still hold pages to give out, or give some back meanwhile.
        const int bytes = 400_000_000;
        var before = PeakMemory.Reset();
        Hold(bytes);
        Assert.That(PeakMemory.Megabytes() - before, Is.GreaterThan(0.8 * bytes / 1e6));
    }

    private static unsafe void Hold(int bytes)
    {
        var memory = (byte*)NativeMemory.Alloc((nuint)bytes);
        for (var i = 0; i < bytes; i += 1024) memory[i] = 1;
        NativeMemory.Free(memory);
    }
}
