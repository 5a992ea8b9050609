using System.Runtime.CompilerServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Tests.Experiments.Data;

/// <summary>A few images as they looked when they were last looked at by eye.</summary>
public class GoldenImageTests
{
    private static readonly int[] Scenery = [0, 5, 9, 10, 18, 27];

    [TestCaseSource(nameof(Scenery))]
    public void ImagesLookAsTheyDid(int index)
    {
        var image = Scenes.Render(Scenes.Number(index, difficulty: .3));
        using var golden = Image.Load<Rgb24>(Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "walker", Name(index)));
        var bytes = new byte[image.Length];
        golden.CopyPixelDataTo(bytes);
        var differing = image.Zip(bytes, (a, b) => Math.Abs(a - b)).Count(d => d > 2);
        // Another platform's sine may move an edge across a ray.
        Assert.That(differing, Is.LessThan(image.Length / 1000));
    }

    [Test]
    [Explicit("Overwrites the golden images; look at them before committing them.")]
    public void WriteGoldenImages()
    {
        foreach (var index in Scenery)
        {
            using var image = Image.LoadPixelData<Rgb24>(Scenes.Render(Scenes.Number(index, difficulty: .3)), 128, 128);
            image.SaveAsPng(Path.Combine(SourceFolder(), "..", "..", "data", "walker", Name(index)));
        }
    }

    private static string Name(int index) => $"scene-{index:D2}.png";

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
