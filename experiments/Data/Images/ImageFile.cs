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
    /// <summary>Longest side, pixels.</summary>
    public const int MaximumSide = 20_000;

    /// <summary>Most pixels: decoding takes up to eight bytes for each.</summary>
    public const int MaximumPixels = 64_000_000;

    /// <summary>Most bytes of a file.</summary>
    public const int MaximumBytes = 256 << 20;

    // Deflate makes 1032 bytes of one; JPEG spends at least a bit on each block of a colour, 341 pixels on a byte.
    private const int MostCompressed = 1040;

    // Only what we mean to read is registered: every other decoder would be one more door for hostile files.
    private static readonly Configuration Decoders = new(new PngConfigurationModule(), new JpegConfigurationModule());

    /// <summary>Whether the name of a file is one of a PNG or JPEG picture.</summary>
    public static bool HasName(string path) => Path.GetExtension(path).ToUpperInvariant() is ".PNG" or ".JPG" or ".JPEG";

    /// <summary>Reads a file.</summary>
    public static RgbImage Load(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Load(stream, path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"{path}: no such file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be read ({error.Message}): check the file and its permissions", error);
        }
    }

    /// <summary>Reads a picture from a stream that knows its length; the name is for messages.</summary>
    public static RgbImage Load(Stream stream, string name)
    {
        var length = stream.Length - stream.Position;
        if (length == 0) throw new UserErrorException($"{name} is empty: copy or extract the picture again");
        if (length > MaximumBytes)
            throw new UserErrorException($"{name} has {length} bytes, the limit is {MaximumBytes}: save it smaller");
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
        {
            throw new UserErrorException(
                $"{name} has {width} x {height} pixels, the limits are {MaximumSide} a side and {MaximumPixels} in all: save it smaller");
        }

        var bits = Math.Min(header.PixelType.BitsPerPixel, 8);
        if ((long)width * height * bits / 8 > (long)bytes * MostCompressed)
            throw new UserErrorException($"{name} claims {width} x {height} pixels, which its {bytes} bytes cannot hold: copy or extract the picture again");
    }
}
