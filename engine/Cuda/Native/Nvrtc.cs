using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PoseEngine.Cuda.Native;

/// <summary>The run-time compiler of CUDA.</summary>
internal static unsafe partial class Nvrtc
{
    private const string Library = CudaLibraries.Nvrtc;

    /// <summary>Throws unless the result is 0.</summary>
    /// <exception cref="CudaException">The call failed; the message holds its text and the compiler's words.</exception>
    public static void Check(int result, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result == 0) return;
        var name = Marshal.PtrToStringUTF8((nint)nvrtcGetErrorString(result)) ?? $"error {result}";
        throw new CudaException(result, name, call, name);
    }

    [LibraryImport(Library)]
    public static partial int nvrtcVersion(out int major, out int minor);

    [LibraryImport(Library)]
    public static partial byte* nvrtcGetErrorString(int error);

    [LibraryImport(Library)]
    public static partial int nvrtcGetNumSupportedArchs(out int count);

    [LibraryImport(Library)]
    public static partial int nvrtcGetSupportedArchs(int* architectures);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int nvrtcCreateProgram(
        out nint program, string source, string name, int headers, byte** headerTexts, byte** headerNames);

    [LibraryImport(Library)]
    public static partial int nvrtcDestroyProgram(ref nint program);

    [LibraryImport(Library)]
    public static partial int nvrtcCompileProgram(nint program, int count, byte** options);

    [LibraryImport(Library)]
    public static partial int nvrtcGetCUBINSize(nint program, out nuint bytes);

    [LibraryImport(Library)]
    public static partial int nvrtcGetCUBIN(nint program, byte* image);

    [LibraryImport(Library)]
    public static partial int nvrtcGetPTXSize(nint program, out nuint bytes);

    [LibraryImport(Library)]
    public static partial int nvrtcGetPTX(nint program, byte* image);

    [LibraryImport(Library)]
    public static partial int nvrtcGetProgramLogSize(nint program, out nuint bytes);

    [LibraryImport(Library)]
    public static partial int nvrtcGetProgramLog(nint program, byte* text);
}
