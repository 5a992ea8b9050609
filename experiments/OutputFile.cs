namespace PoseEngine.Experiments;

/// <summary>Writes files whole or not at all; what the disk refuses is one clear line for the user.</summary>
public static class OutputFile
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(100);

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

    /// <summary>Waits for a file that one may have open at a time; the system frees it when its holder ends, however it ends.</summary>
    /// <exception cref="IOException">It cannot be made, or was not freed in time.</exception>
    internal static FileStream Claim(string path, TimeSpan patience, CancellationToken token = default)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            token.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path) && clock.Elapsed < patience)
            {
                token.WaitHandle.WaitOne(RetryEvery);
            }
        }
    }

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', '\r');
}
