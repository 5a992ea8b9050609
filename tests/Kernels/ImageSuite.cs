using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

public abstract class ImageSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [TestCase(1, 1, 1, 3)]
    [TestCase(2, 5, 7, 3)]
    [TestCase(3, 16, 16, 3)]
    [TestCase(2, 4, 9, 1)]
    [TestCase(2, 3, 5, 4)]
    public void ChannelsMoveToTheFront(int samples, int height, int width, int channels)
    {
        var random = new RandomGenerator(4);
        var pixels = new byte[samples * height * width * channels];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)random.NextInt(256);
        var images = Device.Zeros<byte>(new Shape(samples, height, width, channels));
        images.CopyFrom(pixels);
        var y = Device.Zeros(new Shape(samples, channels, height, width));
        Device.Images.Normalize(images, y);
        var area = height * width;
        var expected = new T[pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (sample, rest) = Math.DivRem(i, area * channels);
            var (pixel, channel) = Math.DivRem(rest, channels);
            expected[(((sample * channels) + channel) * area) + pixel] = Number((pixels[i] / 255.0) - 0.5);
        }
        Close(y, Device.From(expected, y.Shape), IsDouble ? 1e-15 : 1e-6, "normalized image");
    }

    [Test]
    public void EveryByteIsTheRoundedQuotient()
    {
        var images = Device.Zeros<byte>(new Shape(1, 16, 16, 3));
        images.CopyFrom([.. Enumerable.Range(0, 768).Select(i => (byte)(i / 3))]);
        var y = Device.Zeros(new Shape(1, 3, 16, 16));
        Device.Images.Normalize(images, y);
        var expected = Enumerable.Range(0, 256).Select(x => (Number(x) / Number(255)) - Number(0.5)).ToArray();
        Assert.That(y.ToArray(), Is.EqualTo((T[])[.. expected, .. expected, .. expected]), "the same bits on every device");
    }

    [Test]
    public void GatheredImagesAreTheNamedOnes()
    {
        var random = new RandomGenerator(8);
        var shape = new Shape(5, 6, 4, 3);
        var bytes = new byte[shape.Count];
        foreach (ref var value in bytes.AsSpan()) value = (byte)random.NextInt(256);
        var words = Device.Zeros<ulong>(new Shape(bytes.Length / 8));
        words.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(bytes));
        int[] chosen = [4, 0, 4, 2];
        var indices = Device.Zeros<int>(new Shape(4));
        indices.CopyFrom(chosen);
        var gathered = Device.Zeros<byte>(new Shape(4, 6, 4, 3));
        Device.Images.Gather(words, indices, gathered);
        Assert.That(gathered.ToArray(), Is.EqualTo(chosen.SelectMany(i => bytes[(i * 72)..((i + 1) * 72)])));
        Assert.That(
            () => Device.Images.Gather(words, indices, Device.Zeros<byte>(new Shape(4, 3, 1, 1))),
            Throws.ArgumentException.With.Message.Contains("beyond whole elements of 8"));
    }

    [Test]
    public void BlackAndWhiteAreTheEndsOfTheRange()
    {
        var images = Device.Zeros<byte>(new Shape(1, 1, 2, 1));
        images.CopyFrom([0, 255]);
        var y = Device.Zeros(2);
        Device.Images.Normalize(images, y);
        Assert.That(y.ToArray(), Is.EqualTo(Numbers1(-0.5, 0.5)));
    }

    [Test]
    public void WrongShapesAreNamed() => Assert.That(
        () => Device.Images.Normalize(Device.Zeros<byte>(new Shape(1, 2, 2, 3)), Device.Zeros(11)),
        Throws.ArgumentException.With.Message.Contains("12").And.Message.Contains("11"));

    [Test]
    public void RepeatedCallsAllocateNothing()
    {
        var (x, y) = (Device.Zeros<byte>(new Shape(4, 8, 8, 3)), Device.Zeros(768));
        AllocatesNothing(() => Device.Images.Normalize(x, y));
    }
}
