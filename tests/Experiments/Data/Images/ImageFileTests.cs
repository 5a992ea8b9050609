using System.Buffers.Binary;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data.Images;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Tests.Experiments.Data.Images;

public class ImageFileTests
{
    [Test]
    public void APngComesBackByteForByte()
    {
        using var image = Picture(20, 10);
        var read = ImageFile.Load(Png(image), "a.png");
        Assert.That((read.Width, read.Height), Is.EqualTo((20, 10)));
        for (var y = 0; y < 10; y++)
        {
            for (var x = 0; x < 20; x++)
                Assert.That(read.Pixels.AsSpan(3 * ((20 * y) + x), 3).ToArray(), Is.EqualTo(new[] { image[x, y].R, image[x, y].G, image[x, y].B }));
        }
    }

    [Test]
    public void AJpegComesBackNearly()
    {
        using var image = Picture(64, 48);
        var read = ImageFile.Load(Jpeg(image), "a.jpg");
        Assert.That((read.Width, read.Height), Is.EqualTo((64, 48)));
        Assert.That(Math.Abs(read.Pixels[3 * ((64 * 20) + 30)] - image[30, 20].R), Is.LessThan(20));
    }

    [Test]
    public void AGreyPictureGetsThreeEqualColours()
    {
        using var grey = Picture(16, 16).CloneAs<L8>();
        var stream = new MemoryStream();
        grey.SaveAsPng(stream);
        stream.Position = 0;
        var read = ImageFile.Load(stream, "grey.png");
        Assert.That(read.Pixels[0], Is.EqualTo(read.Pixels[1]).And.EqualTo(read.Pixels[2]));
    }

    [Test]
    public void ThePhonesOrientationIsFollowed()
    {
        using var image = Picture(40, 20);
        image.Metadata.ExifProfile = new ExifProfile();
        image.Metadata.ExifProfile.SetValue(ExifTag.Orientation, (ushort)6);
        var read = ImageFile.Load(Jpeg(image), "phone.jpg");
        // 6: a quarter turn to the right, so that the left column of the stored picture becomes the upper row.
        Assert.That((read.Width, read.Height), Is.EqualTo((20, 40)));
        Assert.That(Math.Abs(read.Pixels[0] - image[0, 19].R), Is.LessThan(25));
    }

    [Test]
    public void EveryTruncationIsRefused()
    {
        using var image = Picture(40, 30);
        foreach (var file in new[] { Png(image).ToArray(), Jpeg(image).ToArray() })
        {
            for (var length = 0; length < file.Length - 12; length += 7)
                Refused(new MemoryStream(file, 0, length), "", "x.img");
            // The mark at the end itself is missing.
            Refused(new MemoryStream(file, 0, file.Length - 12), "cut off", "x.img");
        }
    }

    [Test]
    public void AThumbnailsEndIsNotThePicturesEnd()
    {
        using var image = Picture(40, 30);
        var plain = Jpeg(image).ToArray();
        // An application segment that holds an end mark, as an embedded thumbnail does.
        byte[] segment = [0xFF, 0xE5, 0x00, 0x04, 0xFF, 0xD9];
        byte[] file = [.. plain[..2], .. segment, .. plain[2..]];
        Assert.That(ImageFile.Load(new MemoryStream(file), "a.jpg").Width, Is.EqualTo(40));
        Refused(new MemoryStream(file[..^2]), "cut off", "a.jpg");
    }

    [TestCase(0, 10, "shows nothing")]
    [TestCase(10, 0, "shows nothing")]
    [TestCase(50_000, 50_000, "the limits are")]
    [TestCase(30_000, 2, "the limits are")]
    [TestCase(19_000, 19_000, "the limits are")]
    [TestCase(int.MaxValue, int.MaxValue, "the limits are")]
    [TestCase(-1, 5, "")]
    [TestCase(7_000, 7_000, "cannot hold")]
    public void AHeaderWithAnotherSize(int width, int height, string message)
    {
        using var image = Picture(4, 4);
        var file = Png(image).ToArray();
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Crc32(file.AsSpan(12, 17)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(new MemoryStream(file), message, "lying.png");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20));
    }

    [Test]
    public void AFlatPictureMayBeVerySmall()
    {
        using var image = new Image<Rgb24>(3000, 2000, new Rgb24(9, 9, 9));
        Assert.That(ImageFile.Load(Png(image), "flat.png").Width, Is.EqualTo(3000));
        Assert.That(ImageFile.Load(Jpeg(image), "flat.jpg").Width, Is.EqualTo(3000));
    }

    [TestCase("GIF89a\u0001\0\u0001\0\0\0\0")]
    [TestCase("BM very much a bitmap, or nearly so")]
    [TestCase("not a picture at all")]
    public void OtherFormatsAreRefused(string content) => Refused(new MemoryStream([.. content.Select(c => (byte)c)]), "neither a PNG nor a JPEG", "x");

    [Test]
    public void AMissingAndAnEmptyFile()
    {
        var folder = Directory.CreateTempSubdirectory("poseengine-test-").FullName;
        try
        {
            var path = Path.Combine(folder, "a.png");
            Assert.That(() => ImageFile.Load(path), Throws.TypeOf<UserErrorException>().With.Message.Contains("no such file"));
            File.WriteAllBytes(path, []);
            Assert.That(() => ImageFile.Load(path), Throws.TypeOf<UserErrorException>().With.Message.Contains("is empty"));
            Assert.That(() => ImageFile.Load(folder), Throws.TypeOf<UserErrorException>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Refused(Stream stream, string message, string name)
    {
        var error = Assert.Throws<UserErrorException>(() => ImageFile.Load(stream, name))!;
        Assert.That(error.Message, Does.StartWith(name).And.Contains(message).And.Not.Contains('\n'));
    }

    private static Image<Rgb24> Picture(int width, int height)
    {
        var image = new Image<Rgb24>(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++) image[x, y] = new Rgb24((byte)(3 * x), (byte)(5 * y), (byte)(x + y));
        }

        return image;
    }

    /// <summary>The checksum of PNG chunks, bit by bit.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }

    private static MemoryStream Png(Image image) => Saved(image.SaveAsPng);

    private static MemoryStream Jpeg(Image image) => Saved(stream => image.SaveAsJpeg(stream, new JpegEncoder { Quality = 95 }));

    private static MemoryStream Saved(Action<Stream> save)
    {
        var stream = new MemoryStream();
        save(stream);
        stream.Position = 0;
        return stream;
    }
}
