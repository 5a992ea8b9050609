using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Reports;
using PoseEngine.Tests.Experiments.Data;
using SkiaSharp;

namespace PoseEngine.Tests.Experiments.Reports;

public class SkeletonPainterTests : PackFixture
{
    private const uint Black = 0, White = 0xFFFFFF;

    [Test]
    public void AStrokeCoversItsLineAndNothingElse()
    {
        using var picture = new Sheet(40, 40, Black);
        picture.Line(SKRectI.Create(0, 0, 30, 40), 5, 20.5, 60, 20.5, 3, White);
        Assert.That(picture[10, 20], Is.EqualTo(White));
        Assert.That(picture[10, 25], Is.EqualTo(Black));
        Assert.That(picture[29, 20], Is.EqualTo(White));
        Assert.That(picture[30, 20], Is.EqualTo(Black), "clipped to the area");
    }

    [Test]
    public void PosesThatAreNotFiniteDrawNothing()
    {
        using var picture = new Sheet(64, 64, Black);
        var pose = Enumerable.Repeat(float.NaN, 51).ToArray();
        SkeletonPainter.DrawView(picture, picture.Area, pose, 30);
        SkeletonPainter.DrawOverImage(picture, picture.Area, pose, CropGeometry.Orthographic);
        Assert.That(picture[30, 30], Is.EqualTo(Black));
    }

    [Test]
    public void TheSideViewTurnsDepthIntoWidth()
    {
        // One joint far behind the pelvis: seen from the camera's left it lies to the left.
        var pose = new float[51];
        pose[(3 * 3) + 2] = 800;
        using var front = new Sheet(100, 100, Black);
        using var side = new Sheet(100, 100, Black);
        SkeletonPainter.DrawView(front, front.Area, pose, 0);
        SkeletonPainter.DrawView(side, side.Area, pose, 90);
        Assert.That(front[30, 46], Is.EqualTo(Black));
        Assert.That(side[30, 46], Is.Not.EqualTo(Black));
    }

    [Test]
    public void AContactSheetIsWritten()
    {
        using var pack = Pack.Open(SmallPack());
        var path = Path.Combine(Root, "sheet.png");
        ContactSheet.Save(pack, path, rows: 2, columns: 3, cell: 64);
        using var sheet = SKBitmap.Decode(path);
        Assert.That((sheet.Width, sheet.Height), Is.EqualTo((192, 128)));
    }
}
