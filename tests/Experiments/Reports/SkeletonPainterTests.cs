using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Reports;
using PoseEngine.Tests.Experiments.Data;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Tests.Experiments.Reports;

public class SkeletonPainterTests : PackFixture
{
    private static readonly Rgb24 White = new(255, 255, 255);

    [Test]
    public void AStrokeCoversItsLineAndNothingElse()
    {
        using var picture = new Image<Rgb24>(40, 40);
        Strokes.Line(picture, new Rectangle(0, 0, 30, 40), 5, 20.5, 60, 20.5, 3, White);
        Assert.That(picture[10, 20], Is.EqualTo(White));
        Assert.That(picture[10, 25], Is.EqualTo(default(Rgb24)));
        Assert.That(picture[29, 20], Is.EqualTo(White));
        Assert.That(picture[30, 20], Is.EqualTo(default(Rgb24)), "clipped to the area");
    }

    [Test]
    public void PosesThatAreNotFiniteDrawNothing()
    {
        using var picture = new Image<Rgb24>(64, 64);
        var pose = Enumerable.Repeat(float.NaN, 51).ToArray();
        SkeletonPainter.DrawView(picture, new Rectangle(0, 0, 64, 64), pose, 30);
        SkeletonPainter.DrawOverImage(picture, new Rectangle(0, 0, 64, 64), pose, CropGeometry.Orthographic);
        Assert.That(picture[30, 30], Is.EqualTo(default(Rgb24)));
    }

    [Test]
    public void TheSideViewTurnsDepthIntoWidth()
    {
        // One joint far behind the pelvis: seen from the camera's left it lies to the left.
        var pose = new float[51];
        pose[(3 * 3) + 2] = 800;
        using var front = new Image<Rgb24>(100, 100);
        using var side = new Image<Rgb24>(100, 100);
        SkeletonPainter.DrawView(front, new Rectangle(0, 0, 100, 100), pose, 0);
        SkeletonPainter.DrawView(side, new Rectangle(0, 0, 100, 100), pose, 90);
        Assert.That(front[30, 46], Is.EqualTo(default(Rgb24)));
        Assert.That(side[30, 46], Is.Not.EqualTo(default(Rgb24)));
    }

    [Test]
    public void AContactSheetIsWritten()
    {
        using var pack = Pack.Open(SmallPack());
        var path = Path.Combine(Root, "sheet.png");
        ContactSheet.Save(pack, path, rows: 2, columns: 3, cell: 64);
        using var sheet = Image.Load<Rgb24>(path);
        Assert.That((sheet.Width, sheet.Height), Is.EqualTo((192, 128)));
    }
}
