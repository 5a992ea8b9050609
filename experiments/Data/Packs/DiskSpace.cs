namespace PoseEngine.Experiments.Data;

/// <summary>Checks that a disk has room before hours of work are put on it.</summary>
public static class DiskSpace
{
    // Room for file system tables, and for whatever else is being written.
    private const long Reserve = 64L << 20;

    /// <summary>Throws unless the disk of a path has room for so many bytes.</summary>
    public static void Require(string path, long bytes) => Require(path, bytes, Available);

    /// <summary>As above, with another way to ask for the free bytes; null where that cannot be told.</summary>
    internal static void Require(string path, long bytes, Func<string, long?> available)
    {
        if (available(path) is not { } free || free >= bytes + Reserve) return;
        throw new UserErrorException(
            $"{path} needs {Size(bytes)} but its disk has {Size(free)} free: make fewer images or name a folder on another disk");
    }

    /// <summary>A number of bytes as people read it.</summary>
    public static string Size(long bytes) => bytes < 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F0} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:F1} GiB");

    private static long? Available(string path)
    {
        try
        {
            var folder = Path.GetFullPath(path);
            while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Network shares and odd mounts do not always tell; writing will.
            return null;
        }
    }
}
