namespace PoseEngine.Cuda.Native;

/// <summary>
/// Where the CUDA libraries may lie, in the order of the search: POSE_CUDA_DIR, the system's loader, CUDA_PATH and
/// CUDA_HOME, the toolkit's usual folders, then the folders of NVIDIA's Python wheels (one a package for CUDA 12, one
/// for all of CUDA 13).
/// </summary>
internal static class CudaLibrarySearch
{
    /// <summary>Names a folder, or several, that come before every other place.</summary>
    public const string OverrideVariable = "POSE_CUDA_DIR";

    private static readonly int[] Generations = [13, 12];

    /// <summary>What a user calls the library.</summary>
    public static string Describe(string library) => library switch
    {
        CudaLibraries.Driver => "the CUDA driver",
        CudaLibraries.Nvrtc => "NVRTC (the CUDA run-time compiler)",
        CudaLibraries.Cublas => "cuBLAS",
        CudaLibraries.Cusolver => "cuSOLVER",
        _ => "NVTX",
    };

    /// <summary>Paths and names to try, best first.</summary>
    /// <param name="library">The logical name.</param>
    /// <param name="driverMajor">The driver's CUDA generation, 0 if not known: libraries newer than it come last.</param>
    public static IEnumerable<string> Candidates(string library, int driverMajor)
    {
        var names = FileNames(library, driverMajor);
        var explicitly = Folders(Environment.GetEnvironmentVariable(OverrideVariable));
        foreach (var path in InFolders(explicitly, names)) yield return path;
        foreach (var name in names) yield return name;
        if (library == CudaLibraries.Driver)
        {
            if (!OperatingSystem.IsWindows()) yield return "/usr/lib/wsl/lib/libcuda.so.1";
            yield break;
        }
        var folders = ToolkitFolders().Concat(WheelFolders(library)).Where(Directory.Exists).Distinct();
        foreach (var path in InFolders(folders, names).Where(File.Exists)) yield return path;
    }

    /// <summary>
    /// Libraries that the loader would look for by name only, in the order in which they need each other: cuBLAS wants
    /// cublasLt, NVRTC its built-in functions, cuSOLVER both of cuBLAS and cuSPARSE. They lie beside the candidate, or in
    /// CUDA 12's wheels each in a package beside its.
    /// </summary>
    public static IEnumerable<string> Companions(string library, string candidate)
    {
        var folder = Path.GetDirectoryName(candidate);
        if (string.IsNullOrEmpty(folder) || !Directory.Exists(folder)) return [];
        var windows = OperatingSystem.IsWindows();
        string[] patterns = library switch
        {
            CudaLibraries.Cublas => [windows ? "cublasLt64_*.dll" : "libcublasLt.so.*"],
            CudaLibraries.Nvrtc => [windows ? "nvrtc-builtins64_*.dll" : "libnvrtc-builtins.so.*"],
            CudaLibraries.Cusolver => windows
                ? ["nvJitLink_*.dll", "cublasLt64_*.dll", "cublas64_*.dll", "cusparse64_*.dll"]
                : ["libnvJitLink.so.*", "libcublasLt.so.*", "libcublas.so.*", "libcusparse.so.*"],
            _ => [],
        };
        return patterns.SelectMany(pattern => PackageFolders(folder).SelectMany(place => Files(place, pattern)));
    }

    /// <summary>The candidate's folder, and where its wheel has the others': site-packages/nvidia/PACKAGE/lib.</summary>
    private static IEnumerable<string> PackageFolders(string folder)
    {
        var packages = Path.GetDirectoryName(Path.GetDirectoryName(folder));
        string[] others = Path.GetFileName(packages) == "nvidia" ? ["nvjitlink", "cublas", "cusparse"] : [];
        return others.Select(package => Path.Combine(packages!, package, Path.GetFileName(folder))).Where(Directory.Exists).Prepend(folder);
    }

    private static string[] FileNames(string library, int driverMajor)
    {
        var windows = OperatingSystem.IsWindows();
        var generations = Generations.OrderBy(g => driverMajor > 0 && g > driverMajor ? 1 : 0).ToArray();
        return library switch
        {
            CudaLibraries.Driver => [windows ? "nvcuda.dll" : "libcuda.so.1"],
            CudaLibraries.Nvrtc => [.. generations.Select(g => windows ? $"nvrtc64_{g}0_0.dll" : $"libnvrtc.so.{g}")],
            CudaLibraries.Cublas => [.. generations.Select(g => windows ? $"cublas64_{g}.dll" : $"libcublas.so.{g}")],
            // One generation behind its toolkit: cuSOLVER 12 belongs to CUDA 13.
            CudaLibraries.Cusolver => [.. generations.Select(g => windows ? $"cusolver64_{g - 1}.dll" : $"libcusolver.so.{g - 1}")],
            _ => windows ? ["nvtx3interop64_1.dll", "nvToolsExt64_1.dll"] : ["libnvtx3interop.so.1", "libnvToolsExt.so.1"],
        };
    }

    private static IEnumerable<string> InFolders(IEnumerable<string> folders, string[] names)
        => folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name)));

    private static IEnumerable<string> ToolkitFolders()
    {
        var roots = new[] { "CUDA_PATH", "CUDA_HOME" }.SelectMany(name => Folders(Environment.GetEnvironmentVariable(name)));
        if (!OperatingSystem.IsWindows())
        {
            roots = roots.Append("/usr/local/cuda").Concat(Generations.SelectMany(g => Subfolders("/usr/local", $"cuda-{g}*")));
        }
        string[] places = ["lib64", "bin", Path.Combine("bin", "x64"), "lib", Path.Combine("targets", "x86_64-linux", "lib")];
        return roots.SelectMany(root => places.Select(place => Path.Combine(root, place)));
    }

    private static IEnumerable<string> WheelFolders(string library)
    {
        var package = library switch
        {
            CudaLibraries.Nvrtc => "cuda_nvrtc",
            CudaLibraries.Cublas => "cublas",
            CudaLibraries.Cusolver => "cusolver",
            _ => "nvtx",
        };
        var windows = OperatingSystem.IsWindows();
        string[] places = windows
            ? [Path.Combine("cu13", "bin", "x86_64"), Path.Combine("cu13", "bin"), Path.Combine(package, "bin")]
            : [Path.Combine("cu13", "lib"), Path.Combine(package, "lib")];
        return SitePackages().SelectMany(site => places.Select(place => Path.Combine(site, "nvidia", place)));
    }

    private static IEnumerable<string> SitePackages()
    {
        foreach (var folder in Folders(Environment.GetEnvironmentVariable("PYTHONPATH"))) yield return folder;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var prefixes = new[] { "VIRTUAL_ENV", "CONDA_PREFIX" }.SelectMany(name => Folders(Environment.GetEnvironmentVariable(name)));
        if (OperatingSystem.IsWindows())
        {
            foreach (var prefix in prefixes) yield return Path.Combine(prefix, "Lib", "site-packages");
            yield break;
        }
        prefixes = prefixes.Concat([Path.Combine(home, ".local"), "/usr/local", "/usr", "/opt/conda", "/opt/venv"]);
        foreach (var python in prefixes.SelectMany(prefix => Subfolders(Path.Combine(prefix, "lib"), "python3*")))
        {
            yield return Path.Combine(python, "site-packages");
            yield return Path.Combine(python, "dist-packages");
        }
    }

    private static string[] Folders(string? variable)
        => variable?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static string[] Subfolders(string folder, string pattern)
        => Directory.Exists(folder) ? [.. Directory.GetDirectories(folder, pattern).OrderDescending(StringComparer.Ordinal)] : [];

    private static string[] Files(string folder, string pattern) => Directory.GetFiles(folder, pattern);
}
