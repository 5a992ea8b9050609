using System.Runtime.InteropServices;
using System.Text;

namespace PoseEngine;

/// <summary>
/// Writes a whole file or nothing: the bytes go to a temporary neighbour, which is flushed to the disk and then renamed. A
/// reader, or a program that was killed half way, never meets half a file, and a failure leaves nothing behind.
/// </summary>
public static partial class AtomicFile
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
            if (overwrite) File.Move(temporary, path, overwrite: true);
            else MoveToFree(temporary, path);
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

    /// <summary>
    /// Where File.Move must not overwrite, it looks first and renames then: of two at once both would win. Of two links to one
    /// name one fails.
    /// </summary>
    private static void MoveToFree(string temporary, string path)
    {
        const int fileExists = 17, notTried = -1;
        var error = OperatingSystem.IsWindows() ? notTried : Link(temporary, path) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (error == fileExists) throw new IOException($"{path} is there already");
        if (error == 0) DeleteQuietly(temporary);
        else File.Move(temporary, path); // Windows renames to a free name only; some file systems know no links
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);

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
