using PoseEngine.Cuda.Native;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// Tries a CUDA device with one kernel and one matrix product: a driver that is found need not work, be it too old for the
/// compiler or the device taken by another program.
/// </summary>
public static class CudaTrial
{
    /// <summary>What is in the way of computing on a device, in a line for people; null if nothing is.</summary>
    /// <param name="ordinal">The device's number, from 0.</param>
    public static string? Obstacle(int ordinal = 0)
    {
        var found = CudaPlatform.Probe();
        if (!found.IsUsable) return found.Explanation;
        if (ordinal >= found.Devices.Count) return $"there is no CUDA device {ordinal}, only 0 to {found.Devices.Count - 1}";
        try
        {
            return Product(ordinal) == 3 ? null : $"{found.Devices[ordinal].Name} computes 1 + 2 wrongly";
        }
        catch (Exception failure) when (failure is CudaException or InvalidOperationException or EntryPointNotFoundException or DllNotFoundException)
        {
            return $"{found.Devices[ordinal].Name} does not work: {failure.Message.Split('\n')[0]}";
        }
    }

    /// <summary>2 x 1 + 1 by a dense layer of one weight, which takes a kernel and a product.</summary>
    private static double Product(int ordinal)
    {
        using var device = new CudaDevice<float>(ordinal);
        var (x, w, b, y) = (device.From([1]), device.From([2], new Shape(1, 1)), device.From([1]), device.Zeros(new Shape(1, 1)));
        device.Dense.Forward(x.Reshape(new Shape(1, 1)), w, b, y);
        return y.ToArray()[0];
    }
}
