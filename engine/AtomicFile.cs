using System.Text;

namespace PoseEngine;

/// <summary>
/// Writes a whole file or nothing: the bytes go to a temporary neighbour, which is flushed to the disk and then renamed. A
/// reader, or a program that was killed half way, never meets half a file, and a failure leaves nothing behind.
/// </summary>
public static class AtomicFile
{
    /// <summary>How the names of neighbours end; one that is left is of a program that was killed.</summary>
    public const string TemporaryExtension = ".tmp";

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where; its folder must be there.</param>
    /// <param name="write">Writes the contents.</param>
    /// <param name="overwrite">False leaves a file that is there already as it is, and throws.</param>
    /// <exception cref="IOException">The disk refuses, or the file is there and must not be overwritten.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file must not be written.</exception>
    public static void Write(string path, Action<Stream> write, bool overwrite = true)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}{TemporaryExtension}";
        try
        {
            using (var stream = File.Create(temporary))
            {
                write(stream);
                // The new name must not reach the disk before the bytes.
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite);
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
    }

    /// <summary>Writes bytes; see <see cref="Write"/>.</summary>
    public static void WriteBytes(string path, byte[] bytes) => Write(path, stream => stream.Write(bytes));

    /// <summary>Writes text as UTF-8 without a byte order mark; see <see cref="Write"/>.</summary>
    public static void WriteText(string path, string text) => WriteBytes(path, new UTF8Encoding(false).GetBytes(text));

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
