using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace PoseEngine.Cuda.Native;

/// <summary>
/// Finds the CUDA libraries. The bindings import from logical names; this resolver maps each to the first file of
/// <see cref="CudaLibrarySearch"/> that loads, once, and remembers everything it tried.
/// </summary>
internal static class CudaLibraries
{
    public const string Driver = "pose-cuda-driver";
    public const string Nvrtc = "pose-cuda-nvrtc";
    public const string Cublas = "pose-cuda-cublas";
    public const string Cusolver = "pose-cuda-cusolver";
    public const string Nvtx = "pose-cuda-nvtx";

    private static readonly ConcurrentDictionary<string, LoadedLibrary> Loaded = new();

    static CudaLibraries() => NativeLibrary.SetDllImportResolver(typeof(CudaLibraries).Assembly, Resolve);

    /// <summary>Loads a library, or says why not.</summary>
    /// <param name="logicalName">One of the constants of this class.</param>
    /// <param name="library">Where it was found, or what was tried.</param>
    public static bool TryLoad(string logicalName, out LoadedLibrary library)
    {
        library = Loaded.GetOrAdd(logicalName, Load);
        return library.Handle != 0;
    }

    private static nint Resolve(string name, System.Reflection.Assembly assembly, DllImportSearchPath? path)
    {
        if (!name.StartsWith("pose-cuda-", StringComparison.Ordinal)) return 0;
        return TryLoad(name, out var library)
            ? library.Handle
            : throw new DllNotFoundException($"{CudaLibrarySearch.Describe(name)} was not found; tried {string.Join(", ", library.Tried)}");
    }

    private static LoadedLibrary Load(string name)
    {
        var tried = new List<string>();
        foreach (var candidate in CudaLibrarySearch.Candidates(name, DriverMajor(name)))
        {
            tried.Add(candidate);
            foreach (var companion in CudaLibrarySearch.Companions(name, candidate)) NativeLibrary.TryLoad(companion, out _);
            if (NativeLibrary.TryLoad(candidate, out var handle)) return new LoadedLibrary(handle, candidate, tried);
        }
        return new LoadedLibrary(0, "", tried);
    }

    /// <summary>
    /// The driver's CUDA version: code from a newer compiler may not load on it, so its own generation comes first.
    /// </summary>
    private static int DriverMajor(string name)
    {
        if (name is not (Nvrtc or Cublas or Cusolver) || !TryLoad(Driver, out _)) return 0;
        return Native.Driver.cuDriverGetVersion(out var version) == 0 ? version / 1000 : 0;
    }
}

/// <summary>A library that was looked for.</summary>
/// <param name="Handle">Its handle, or 0.</param>
/// <param name="Path">The name that loaded.</param>
/// <param name="Tried">All names tried, in order.</param>
internal sealed record LoadedLibrary(nint Handle, string Path, IReadOnlyList<string> Tried);
