using System.Buffers.Binary;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace PoseEngine.Experiments.Data.Images;

/// <summary>Reads PNG and JPEG files. The decoder sees a file only after its header has named a size within the limits, and a file that was
/// cut off is refused, where decoders fill up with grey.</summary>
public static class ImageFile
{
    public const int MaximumSide = 20_000;

    /// <summary>Most pixels: decoding takes up to eight bytes for each.</summary>
    public const int MaximumPixels = 64_000_000;

    public const int MaximumBytes = 256 << 20;

    // Deflate makes 1032 bytes of one; JPEG spends at least a bit on each block of a colour, 341 pixels on a byte.
    private const int MostCompressed = 1040;

    // Only what we mean to read is registered: every other decoder would be one more door for hostile files.
    private static readonly Configuration Decoders = new(new PngConfigurationModule(), new JpegConfigurationModule());

    public static bool HasName(string path) => Path.GetExtension(path).ToUpperInvariant() is ".PNG" or ".JPG" or ".JPEG";

    public static RgbImage Load(string path) => Attempt.Io(
        () =>
        {
            using var stream = File.OpenRead(path);
            return Load(stream, path);
        },
        error => error is FileNotFoundException or DirectoryNotFoundException ? new UserErrorException($"{path}: no such file", error)
            : new UserErrorException($"{path} cannot be read ({error.Message}): check the file and its permissions", error));

    public static RgbImage Load(Stream stream, string name)
    {
        var length = stream.Length - stream.Position;
        if (length == 0) throw new UserErrorException($"{name} is empty: copy or extract the picture again");
        if (length > MaximumBytes) throw new UserErrorException($"{name} has {length} bytes, the limit is {MaximumBytes}: save it smaller");
        var bytes = new byte[(int)length];
        stream.ReadExactly(bytes);
        return Decode(bytes, name);
    }

    private static RgbImage Decode(byte[] bytes, string name)
    {
        try
        {
            var header = Image.Identify(Decoders, bytes, out _)
                ?? throw new UserErrorException($"{name} is neither a PNG nor a JPEG picture: convert it to one of them");
            CheckSize(header, bytes.Length, name);
            if (!PictureEnd.IsThere(bytes))
                throw new UserErrorException($"{name} is cut off after {bytes.Length} bytes: copy or extract the picture again");
            using var image = Image.Load<Rgb24>(Decoders, bytes, out _);
            // Phones store a picture as the sensor saw it and say how to turn it.
            image.Mutate(picture => picture.AutoOrient());
            var pixels = new byte[3 * image.Width * image.Height];
            image.CopyPixelDataTo(pixels);
            return new RgbImage(image.Width, image.Height, pixels);
        }
        catch (Exception error) when (error is not (UserErrorException or OutOfMemoryException))
        {
            // Whatever a decoder throws at hostile bytes means the same: the file is damaged.
            throw new UserErrorException($"{name} cannot be decoded ({error.Message.Split('\n')[0].TrimEnd('.', '\r')}): copy or extract the picture again", error);
        }
    }

    private static void CheckSize(IImageInfo header, int bytes, string name)
    {
        var (width, height) = (header.Width, header.Height);
        if (width < 1 || height < 1) throw new UserErrorException($"{name} has {width} x {height} pixels: it shows nothing");
        if (width > MaximumSide || height > MaximumSide || (long)width * height > MaximumPixels)
            throw new UserErrorException($"{name} has {width} x {height} pixels, the limits are {MaximumSide} a side and {MaximumPixels} in all: save it smaller");
        var bits = Math.Min(header.PixelType.BitsPerPixel, 8);
        if ((long)width * height * bits / 8 > (long)bytes * MostCompressed)
            throw new UserErrorException($"{name} claims {width} x {height} pixels, which its {bytes} bytes cannot hold: copy or extract the picture again");
    }
}

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
