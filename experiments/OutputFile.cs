namespace PoseEngine.Experiments;

/// <summary>Writes files whole or not at all; what the disk refuses is one clear line for the user.</summary>
public static class OutputFile
{
    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <exception cref="UserErrorException">The disk is full or read-only.</exception>
    public static void WriteText(string path, string text) => Guard(path, () => AtomicFile.WriteText(path, text));

    /// <summary>Writes bytes.</summary>
    /// <exception cref="UserErrorException">The disk is full or read-only.</exception>
    public static void WriteBytes(string path, byte[] bytes) => Guard(path, () => AtomicFile.WriteBytes(path, bytes));

    /// <summary>Runs a write to <paramref name="path"/> and turns what the disk refuses into a <see cref="UserErrorException"/>.</summary>
    internal static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"cannot write {path}: {FirstLine(e.Message)}; free space there or choose another path", e);
        }
    }

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', '\r');
}
