using PoseEngine.Expressions;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

public sealed class ScaledImagesTests
{
    [Test]
    public void TargetsAreInUnitsOfTheirSpreadAndAllElseIsAsItWas()
    {
        var scaled = new ScaledImages(new TwoImages(), new OutputScale([1, 10], [2, 5]));
        var (image, target, columns) = (new byte[12], new double[2], new double[1]);
        scaled.CopyImage(1, image);
        scaled.CopyTarget(1, target);
        scaled.CopyColumns(1, columns);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((scaled.Count, scaled.Image, scaled.Outputs, scaled.Columns), Is.EqualTo((2, new Shape(2, 2, 3), 2, 1)));
            Assert.That(image, Is.All.EqualTo(1));
            Assert.That(target, Is.EqualTo((double[])[(101 - 1) / 2.0, (102 - 10) / 5.0]));
            Assert.That(columns, Is.EqualTo((double[])[7]));
        }
    }

    private sealed class TwoImages : IImageSource
    {
        public int Count => 2;

        public Shape Image => new(2, 2, 3);

        public int Outputs => 2;

        public int Columns => 1;

        public void CopyImage(int index, Span<byte> image) => image.Fill((byte)index);

        public void CopyTarget(int index, Span<double> target) => (target[0], target[1]) = ((100 * index) + 1, (100 * index) + 2);

        public void CopyColumns(int index, Span<double> columns) => columns[0] = 7;
    }
}
