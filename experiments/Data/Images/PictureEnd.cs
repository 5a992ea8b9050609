using System.Buffers.Binary;

namespace PoseEngine.Experiments.Data.Images;

/// <summary>Looks for the mark that ends a PNG or JPEG file, without which the file was cut off.</summary>
internal static class PictureEnd
{
    private const byte StartOfScan = 0xDA;
    private static ReadOnlySpan<byte> EndOfJpeg => [0xFF, 0xD9];

    private static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8];

    /// <summary>Whether the end is there; files of neither kind have none.</summary>
    public static bool IsThere(ReadOnlySpan<byte> file) => file.StartsWith(JpegStart) ? JpegEnds(file) : PngEnds(file);

    /// <summary>Chunks of length, name, data and checksum up to IEND.</summary>
    private static bool PngEnds(ReadOnlySpan<byte> file)
    {
        for (long at = 8; at + 12 <= file.Length;)
        {
            if (file.Slice((int)at + 4, 4).SequenceEqual("IEND"u8)) return true;
            at += 12 + BinaryPrimitives.ReadUInt32BigEndian(file[(int)at..]);
        }

        return false;
    }

    /// <summary>Segments up to the first scan, and an end mark behind it: a thumbnail, which has an end mark of its own, lies in a segment before.</summary>
    private static bool JpegEnds(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 4 <= file.Length;)
        {
            if (file[at] != 0xFF) return false;
            if (file[at + 1] == StartOfScan) return file[at..].LastIndexOf(EndOfJpeg) >= 0;
            // A marker may be preceded by any number of fill bytes 0xFF.
            at += file[at + 1] == 0xFF ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return false;
    }
}
