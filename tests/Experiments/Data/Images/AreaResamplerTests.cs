using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Images;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Experiments.Data.Images;

public class AreaResamplerTests
{
    [Test]
    public void APictureOfItsOwnSizeStaysAsItIs()
    {
        var image = Noise(128, 128);
        Assert.That(Crop(image, new(0, 0, 128, 128)), Is.EqualTo(image.Pixels));
    }

    [Test]
    public void WholeBlocksBecomeTheirMeans()
    {
        var image = Noise(384, 256);
        var result = Crop(image, new(0, 0, 384, 256));
        for (var y = 0; y < 128; y++)
        {
            for (var x = 0; x < 128; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    double sum = 0;
                    for (var k = 0; k < 6; k++) sum += image.Pixels[(3 * ((((2 * y) + (k / 3)) * 384) + (3 * x) + (k % 3))) + c];
                    Assert.That(result[(3 * ((128 * y) + x)) + c], Is.EqualTo(sum / 6).Within(0.501));
                }
            }
        }
    }

    [Test]
    public void FractionsOfPixelsCountByTheirArea()
    {
        // Columns of 0 and 200 in turn; each new pixel covers 1.5 of them, from 0.25 on.
        var image = new RgbImage(256, 256, [.. Enumerable.Range(0, 256 * 256).SelectMany(i => Enumerable.Repeat((byte)(i % 2 * 200), 3))]);
        var result = Crop(image, new(0.25, 0, 192, 192));
        // [0.25, 1.75]: 0.75 of column 0 and 0.75 of column 1; [1.75, 3.25]: 0.25 of 1, all of 2, 0.25 of 3.
        Assert.That(result[0], Is.EqualTo(100));
        Assert.That(result[3], Is.EqualTo((byte)Math.Round(200 * 0.5 / 1.5)));
    }

    [TestCase(-500, -500)]
    [TestCase(700, 20)]
    [TestCase(-64, 700)]
    public void OutsideTheNearestEdgeGoesOn(double left, double top)
    {
        var image = Noise(200, 200);
        var result = Crop(image, new(left, top, 128, 128));
        for (var y = 0; y < 128; y += 9)
        {
            for (var x = 0; x < 128; x += 9)
            {
                var column = (int)Math.Clamp(left + x, 0, 199);
                var row = (int)Math.Clamp(top + y, 0, 199);
                Assert.That(result.AsSpan(3 * ((128 * y) + x), 3).ToArray(), Is.EqualTo(image.Pixels.AsSpan(3 * ((200 * row) + column), 3).ToArray()));
            }
        }
    }

    [Test]
    public void EveryPictureOfOneColourKeepsIt()
    {
        var random = new RandomGenerator(3);
        for (var trial = 0; trial < 20; trial++)
        {
            var image = new RgbImage(37, 53, [.. Enumerable.Repeat((byte)211, 3 * 37 * 53)]);
            var box = new PixelBox(random.NextUniform(-100, 100), random.NextUniform(-100, 100), random.NextUniform(0.1, 300), random.NextUniform(0.1, 300));
            Assert.That(Crop(image, box), Has.All.EqualTo(211));
        }
    }

    [TestCase(0, 0, 0, 10)]
    [TestCase(0, 0, 10, -1)]
    [TestCase(double.NaN, 0, 10, 10)]
    [TestCase(0, 0, double.PositiveInfinity, 10)]
    [TestCase(1e300, 0, 10, 10)]
    public void ABoxWithoutAreaIsRefused(double left, double top, double width, double height)
        => Assert.That(() => Crop(Noise(8, 8), new(left, top, width, height)), Throws.ArgumentException);

    [Test]
    public void TheSquareAroundAPictureHasItInItsMiddle()
        => Assert.That(Noise(30, 10).Squared(), Is.EqualTo(new PixelBox(0, -10, 30, 30)));

    private static RgbImage Noise(int width, int height)
    {
        var random = new RandomGenerator(7);
        return new(width, height, [.. Enumerable.Range(0, 3 * width * height).Select(_ => (byte)random.NextInt(256))]);
    }

    private static byte[] Crop(RgbImage image, PixelBox box)
    {
        var target = new byte[WalkerImage.ByteCount];
        AreaResampler.Crop(image, box, target);
        return target;
    }
}
