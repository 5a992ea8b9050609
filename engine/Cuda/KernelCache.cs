using System.Security.Cryptography;
using System.Text;

namespace PoseEngine.Cuda;

/// <summary>
/// One compiled text on disk. Its name is the hash of all that it depends on, so an entry is never out of date; it is
/// written whole or not at all.
/// </summary>
internal sealed class KernelCache
{
    /// <summary>Names another folder than the user's cache.</summary>
    public const string FolderVariable = "POSE_CUDA_CACHE";

    private readonly string _path;

    public KernelCache(CudaDeviceInfo device, KernelTarget target, string file, string text, string[] options)
    {
        var parts = new List<string> { device.Name, target.ToString(), target.CompilerVersion, file, text };
        parts.AddRange(options);
        foreach (var (name, header) in KernelSources.Headers) parts.AddRange([name, header]);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))));
        _path = Path.Combine(Folder, $"{Path.GetFileNameWithoutExtension(file)}-{hash[..32]}.bin");
    }

    /// <summary>Where entries are kept.</summary>
    public static string Folder
        => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder
            ? folder
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
                "poseengine", "kernels");

    /// <summary>The image, or null where there is none.</summary>
    public byte[]? Read()
    {
        try
        {
            return File.Exists(_path) ? File.ReadAllBytes(_path) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps an image. A folder that cannot be written costs compilations, not results.</summary>
    public void Write(byte[] image)
    {
        try
        {
            Directory.CreateDirectory(Folder);
            AtomicFile.WriteBytes(_path, image);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Forgets an image that does not load.</summary>
    public void Delete()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
        }
    }
}
