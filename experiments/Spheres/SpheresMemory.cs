namespace PoseEngine.Experiments.Spheres;

/// <summary>The memory of a run in all dimensions, looked at before anything is allocated.</summary>
internal static class SpheresMemory
{
    /// <summary>Seven vectors of MINRES-QLP, the right-hand side and the solution; w - x0 and the gradient, which every method has.</summary>
    private const int HardVectors = 9, CommonVectors = 2;

    /// <summary>Bytes on the device: the centres with x0 and w0, the runs' w, and what their steps hold.</summary>
    public static unsafe long Bytes<T>(SpheresSettings settings)
        where T : unmanaged
    {
        var readings = settings.Readings.Count;
        var vectors = settings.Spheres + 2L + (2 * readings * (CommonVectors + 2)) + 1 + (readings * (HardVectors + 1));
        return vectors * settings.Dimension * sizeof(T);
    }

    /// <exception cref="UserErrorException">It has; the message says what to lower.</exception>
    public static void Check<T>(ComputeDevice<T> device, SpheresSettings settings)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Check(Bytes<T>(settings), Free(device), settings, typeof(T) == typeof(double));

    /// <summary>The same for given amounts.</summary>
    internal static void Check(long needed, long free, SpheresSettings settings, bool isDouble)
    {
        if (needed <= free) return;
        var fits = (int)Math.Max(settings.Dimension * ((double)free / needed) * 0.9, 2);
        throw new UserErrorException(
            $"--dimension {settings.Dimension} with --spheres {settings.Spheres} takes {needed / 1e9:0.00} GB, {free / 1e9:0.00} GB are free; take --dimension {fits} or fewer --spheres{(isDouble ? ", or --precision float32" : "")}");
    }

    private static long Free<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // A device of its own offers half of what is free for images.
        if (device.ResidentBytes > 0) return 2 * device.ResidentBytes;
        GC.Collect();
        var memory = GC.GetGCMemoryInfo();
        return memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
    }
}
