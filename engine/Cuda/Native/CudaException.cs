using System.Runtime.InteropServices;

namespace PoseEngine.Cuda.Native;

/// <summary>A call of the CUDA driver, NVRTC, cuBLAS or cuSOLVER failed.</summary>
public class CudaException : Exception
{
    /// <summary>The failure of a named call.</summary>
    /// <param name="code">The result that the library returned.</param>
    /// <param name="name">The result's name, such as CUDA_ERROR_ILLEGAL_ADDRESS.</param>
    /// <param name="call">The call with its arguments as the program has them.</param>
    /// <param name="text">The library's words, or the compiler's log.</param>
    public CudaException(int code, string name, string call, string text)
        : base($"cuda: {call} gave {name} ({code}): {text}")
        => (Code, Name) = (code, name);

    /// <summary>The result that the library returned.</summary>
    public int Code { get; }

    /// <summary>The result's name.</summary>
    public string Name { get; }

    internal static unsafe CudaException OfDriver(int code, string call)
    {
        var name = Driver.cuGetErrorName(code, out var bytes) == 0 ? Marshal.PtrToStringUTF8((nint)bytes) : null;
        var text = Driver.cuGetErrorString(code, out bytes) == 0 ? Marshal.PtrToStringUTF8((nint)bytes) : null;
        return new CudaException(
            code, name ?? "an unknown error", Readable(call), $"{text ?? "the driver knows no more"}{LaunchHistory.Current?.Explain(code)}");
    }

    /// <summary>"Driver.cuMemFree(pointer)" as "cuMemFree(pointer)", on one line.</summary>
    private static string Readable(string call)
        => string.Join(' ', call.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace("Driver.", "", StringComparison.Ordinal);
}

/// <summary>The device has not enough memory: the message tells what was asked, what the engine holds and what is free.</summary>
public sealed class CudaOutOfMemoryException(int code, string call, string text)
    : CudaException(code, "CUDA_ERROR_OUT_OF_MEMORY", call, text);
