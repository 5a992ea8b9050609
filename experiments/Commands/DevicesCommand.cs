using System.CommandLine;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine devices</c>: what this machine can compute on.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var command = new Command(
            "devices",
            """
            Lists the devices of this machine and which one --device auto takes.

            Example:
              poseengine devices
            """);
        command.SetAction(_ =>
        {
            Console.WriteLine($"cpu   {Environment.ProcessorCount} threads, {RuntimeInformation.ProcessArchitecture}, {Instructions()}, float32 and float64");
            Console.WriteLine("auto  takes cpu: this version has no other device");
            return CommandLine.Done;
        });
        return command;
    }

    private static string Instructions()
    {
        if (!Vector.IsHardwareAccelerated) return "scalar instructions (no SIMD)";
        var width = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
        return $"SIMD up to {width} bits, kernels use {8 * Vector<byte>.Count}";
    }
}
