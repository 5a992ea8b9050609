using System.Text;

namespace PoseEngine.Experiments.Reports;

/// <summary>
/// Writes a whole file or nothing: the bytes go to a temporary neighbour that is renamed when complete, so that a
/// reader, or a run that was killed half way, never meets half a file.
/// </summary>
public static class AtomicFile
{
    /// <summary>How the names of files end that are being written; one that is left is of a run that was killed.</summary>
    internal const string TemporaryExtension = ".tmp";

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        WriteBytes(path, new UTF8Encoding(false).GetBytes(text));

    /// <summary>Writes bytes; a full or read-only disk is reported as a <see cref="UserErrorException"/>.</summary>
    public static void WriteBytes(string path, byte[] bytes) => Guard(path, () =>
    {
        var temporary = path + TemporaryExtension;
        try
        {
            using (var stream = File.Create(temporary))
            {
                stream.Write(bytes);
                // The new name must not reach the disk before the bytes.
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
    });

    /// <summary>Runs a write to <paramref name="path"/> and turns what the disk refuses into one clear line.</summary>
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

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one worth reporting.
        }
    }
}
