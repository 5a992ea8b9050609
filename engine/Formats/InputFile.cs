using System.IO.Compression;
using System.Runtime.InteropServices;

namespace PoseEngine.Formats;

/// <summary>Opens files that a user names.</summary>
public static class InputFile
{
    /// <exception cref="UserErrorException">It is not there, or may not be read.</exception>
    public static FileStream Open(string path) => Attempt.When(
        () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read),
        error => error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException,
        error => Failed(path, error));

    /// <exception cref="UserErrorException">As for <see cref="Open"/>, or it has more bytes than <paramref name="limit"/>.</exception>
    public static byte[] ReadAll(string path, long limit)
    {
        using var stream = Open(path);
        if (stream.Length > limit)
            throw new UserErrorException($"{path} has {stream.Length} bytes, the limit for such a file is {limit}: give the file that the layout names");
        return Attempt.Of(() => BoundedBytes.Exactly(stream, stream.Length), (IOException error) => Failed(path, error));
    }

    /// <summary>What is told where reading failed.</summary>
    public static UserErrorException Failed(string path, Exception error)
        => new(
            error is FileNotFoundException or DirectoryNotFoundException ? $"{path} cannot be read: there is no such file; check its name and folder"
                : $"{path} cannot be read ({error.GetType().Name}): check that it is a file and may be read",
            error);
}

/// <summary>The one way in which the readers of foreign files refuse: the file, what is wrong with it, what to do.</summary>
public static class Unreadable
{
    /// <summary>"NAME cannot be read: WHAT; make or copy the file again".</summary>
    public static UserErrorException File(string name, string what, Exception? inner = null)
        => new($"{name} cannot be read: {what}; make or copy the file again", inner);

    /// <summary>Text from inside a file for a message: short, on one line, without control characters, in quotes.</summary>
    public static string Quote(string text) => $"'{Shown(text)}'";

    /// <summary>As <see cref="Quote"/>, without the quotes.</summary>
    public static string Shown(string text)
    {
        var shown = text.Length > 80 ? text[..80] + "..." : text;
        return string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}

/// <summary>Reads bytes without trusting a length that a file claims: memory grows with what has truly arrived, at most to twice that.</summary>
public static class BoundedBytes
{
    private const int FirstChunk = 1 << 16;

    /// <summary>Bytes that a deflated byte can become at most, by the format (258 bytes for two bits), with some room.</summary>
    public const long MaximumInflation = 1040;

    /// <exception cref="EndOfStreamException">There are fewer bytes.</exception>
    public static byte[] Exactly(Stream stream, long length)
    {
        if (length > Array.MaxLength) throw new OverflowException($"{length} bytes");
        // A file that knows its own length is believed: the bytes are on the disk.
        if (stream.CanSeek && stream.Length - stream.Position < length) throw new EndOfStreamException();
        var buffer = new byte[stream.CanSeek ? length : Math.Min(length, FirstChunk)];
        var filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: true);
            if (filled == length) return buffer;
            Array.Resize(ref buffer, (int)Math.Min(length, 2L * buffer.Length));
        }
    }

    /// <summary>All bytes to the end, or null when there are more than <paramref name="limit"/>.</summary>
    public static byte[]? ToEnd(Stream stream, long limit)
    {
        var buffer = new byte[FirstChunk];
        var filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
            if (filled > limit) return null;
            if (filled < buffer.Length) return buffer.AsSpan(0, filled).ToArray();
            if (buffer.Length == Array.MaxLength) return null;
            Array.Resize(ref buffer, (int)Math.Min(Array.MaxLength, 2L * buffer.Length));
        }
    }

    /// <summary>Inflates gzip to exactly <paramref name="length"/> bytes.</summary>
    /// <exception cref="EndOfStreamException">There are fewer bytes.</exception>
    public static byte[] Gunzip(ReadOnlyMemory<byte> packed, long length)
    {
        if (length > packed.Length * MaximumInflation) throw new EndOfStreamException();
        // Not copied: an index may point to the same packed bytes many times.
        using var source = MemoryMarshal.TryGetArray(packed, out var part)
            ? new MemoryStream(part.Array!, part.Offset, part.Count, writable: false) : new MemoryStream(packed.ToArray(), writable: false);
        using var inflated = new GZipStream(source, CompressionMode.Decompress);
        return Exactly(inflated, length);
    }
}
