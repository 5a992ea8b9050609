using System.Text.Json;
using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Predictions;
using PoseEngine.Models;
using PoseEngine.Tests.Experiments.Data;
using PoseEngine.Tests.Support;
using PoseEngine.Training;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Tests.Experiments.Commands;

/// <summary>poseengine predict: from a tree of pictures to JSON, pictures and a page.</summary>
public class PredictCommandTests : PackFixture
{
    private string Photos => Path.Combine(Root, "photos");

    private string Model => Path.Combine(Root, "model.safetensors");

    [Test]
    public void AFolderOfPicturesBecomesPosesPicturesAndAPage()
    {
        TinyModel.Save(Model, SmallPack());
        MakePhotos();
        var (folder, json) = (Path.Combine(Root, "out"), Path.Combine(Root, "poses.json"));
        var (code, output, error) = Run("--out", folder, "--json", json);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("3 pictures, 2 other files skipped").And.Contain("drawn people"));
        Assert.That(
            Directory.EnumerateFiles(folder).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "a.jpg.pose.png", "a.png.pose.png", "wide one.pose.png", "predictions.json", "predict.html" }));
        using (var picture = Image.Load<Rgb24>(Path.Combine(folder, "a.png.pose.png"))) Assert.That(picture.Width, Is.GreaterThan(1200));
        var page = File.ReadAllText(Path.Combine(folder, "predict.html"));
        Assert.That(page, Does.Contain("smoke test, no benchmark").And.Contain("C2 forearms").And.EndWith("</html>\n"));
        Assert.That(page.Split("<img ").Length - 1, Is.EqualTo(3));
        Assert.That(File.ReadAllText(json), Is.EqualTo(File.ReadAllText(Path.Combine(folder, "predictions.json"))));
        CheckJson(json);
    }

    private static void CheckJson(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var images = document.RootElement.GetProperty("images").EnumerateArray().ToList();
        Assert.That(images.Select(i => Path.GetFileName(i.GetProperty("file").GetString())), Is.EqualTo(new[] { "a.jpg", "a.png", "wide one.PNG" }), "by name");
        Assert.That(document.RootElement.GetProperty("skipped").GetInt32(), Is.EqualTo(2));
        foreach (var image in images)
        {
            var joints = image.GetProperty("jointsMm").EnumerateObject().ToList();
            Assert.That(joints.Select(j => j.Name), Is.EqualTo(Enum.GetNames<Joint>()));
            double[] pose = [.. joints.SelectMany(j => j.Value.EnumerateArray().Select(v => v.GetDouble()))];
            var constraints = image.GetProperty("constraintsMm").EnumerateObject().ToList();
            Assert.That(constraints.Select(c => c.Name), Is.EqualTo(LimbSymmetry.PaperNames));
            Assert.That(constraints.Select(c => c.Value.GetDouble()), Is.EqualTo(LimbResiduals.Of<double>(pose)).Within(1e-3));
        }
        var box = images[2].GetProperty("box");
        Assert.That((box.GetProperty("x").GetDouble(), box.GetProperty("y").GetDouble(), box.GetProperty("width").GetDouble()), Is.EqualTo((0.0, -50.0, 200.0)), "the whole picture, squared");
    }

    [Test]
    public void ConstraintsAcrossSamplesAreLeftOutAndSaidSo()
    {
        TinyModel.Save(Model, SmallPack());
        MakePhotos();
        using (var device = new CpuDevice<float>(1))
        {
            var rows = new ConstraintTexts(new(51), [new("reach", "same within subject: norm(y)"), new("unit", "y1 = 1")]);
            ModelFile<float>.Load(Model, device).WithConstraints(rows.ToJson()).Save(Model);
        }
        var json = Path.Combine(Root, "poses.json");
        var (code, output, error) = Run("--json", json);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("Left out, since pictures are in no groups: reach (same within subject)."));
        using var document = JsonDocument.Parse(File.ReadAllText(json));
        Assert.That(document.RootElement.GetProperty("note").GetString(), Does.EndWith("reach (same within subject)."));
    }

    [Test]
    public void AnImageOfAPackGivesThePoseThatEvaluationSees()
    {
        TinyModel.Save(Model, SmallPack());
        using var pack = Pack.Open(SmallPack());
        Directory.CreateDirectory(Photos);
        // Two, so that places in the batch count as well.
        foreach (var index in (int[])[7, 100])
        {
            using var image = Image.LoadPixelData<Rgb24>(pack.Image(index).ToArray(), 128, 128);
            image.SaveAsPng(Path.Combine(Photos, $"{index:000}.png"));
        }
        var json = Path.Combine(Root, "poses.json");
        var (code, _, error) = Run("--json", json);
        Assert.That(code, Is.Zero, error);
        using var device = new CpuDevice<float>(1);
        var model = ModelFile<float>.Load(Model, device);
        var expected = new Evaluator<float>(model.Network, new PackSource(pack, [7, 100]), 100).Predict(model.Parameters);
        using var document = JsonDocument.Parse(File.ReadAllText(json));
        double[] predicted = [.. document.RootElement.GetProperty("images").EnumerateArray()
            .SelectMany(i => i.GetProperty("jointsMm").EnumerateObject()).SelectMany(j => j.Value.EnumerateArray().Select(v => v.GetDouble()))];
        Assert.That(predicted, Is.EqualTo(expected).Within(1e-3));
    }

    [TestCase("10,20,30,60", -5, 20, 60)]
    [TestCase("10,20,60,30", 10, 5, 60)]
    [TestCase("-20.5,0,40,40", -20.5, 0, 40)]
    public void ABoxIsMadeASquareAboutItsMiddle(string text, double left, double top, double side)
    {
        var image = new PoseEngine.Experiments.Data.Images.RgbImage(100, 50, new byte[15000]);
        Assert.That(CropBox.Parse(text).SquareOf(image, "x"), Is.EqualTo(new PoseEngine.Experiments.Data.Images.PixelBox(left, top, side, side)));
    }

    [TestCase("1,2,3", "has 3 numbers")]
    [TestCase("1,2,3,x", "\"x\", which is no number")]
    [TestCase("1,2,NaN,4", "beyond")]
    [TestCase("1,2,3,1e9", "beyond")]
    [TestCase("1,2,0,5", "a side below 1 pixel")]
    [TestCase("1,2,5,-5", "a side below 1 pixel")]
    [TestCase("500,2,5,5", "lies outside of")]
    public void BadBoxesAreOneLine(string box, string message)
    {
        TinyModel.Save(Model, null);
        MakePhotos();
        CheckRefused(message, "--box", box);
    }

    [Test]
    public void BadInputIsOneLine()
    {
        TinyModel.Save(Model, null);
        CheckRefused("no such file or folder");
        Directory.CreateDirectory(Photos);
        CheckRefused("the folder holds 0 files and none is a PNG or JPEG picture");
        MakePhotos();
        File.WriteAllText(Path.Combine(Photos, "zz-broken.png"), "not a picture");
        CheckRefused("zz-broken.png");
        File.Delete(Path.Combine(Photos, "zz-broken.png"));
        File.WriteAllText(Model, "no model");
        CheckRefused("model.safetensors");
    }

    [Test]
    public void TheSentenceAboutTrainingFitsTheModel()
    {
        static string Of(DataSettings settings) => TrainingOrigin.Describe(new Dictionary<string, string> { [DataSettings.ModelKey] = settings.ToJson() });
        Assert.That(Of(new DataSettings()), Does.Contain("drawn people"));
        Assert.That(Of(new DataSettings { Pack = SmallPack() }), Does.Contain("drawn people"));
        Assert.That(Of(new DataSettings { Pack = "/no/such/h36m" }), Does.Contain("the pack h36m").And.Not.Contain("drawn"));
        Assert.That(TrainingOrigin.Describe(new Dictionary<string, string>()), Does.Contain("does not say"));
    }

    private void CheckRefused(string message, params string[] more)
    {
        var before = Directory.EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories).Order().ToList();
        var (code, _, error) = Run(["--out", Path.Combine(Root, "out"), .. more]);
        Assert.That(error, Does.Contain(message));
        Assert.That((code, error.TrimEnd().Split('\n').Length), Is.EqualTo((2, 1)));
        Assert.That(Directory.EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories).Order(), Is.EqualTo(before), "nothing is left behind");
    }

    private (int Code, string Output, string Error) Run(params string[] more)
        => Captured.Run(() => CommandLine.Run(["predict", "--model", Model, "--image", Photos, "--device", "cpu", .. more]));

    /// <summary>Two files that differ in their ends only, an unusual name, a text, and a folder that is not looked into.</summary>
    private void MakePhotos()
    {
        Directory.CreateDirectory(Path.Combine(Photos, "deeper"));
        using var image = new Image<Rgb24>(90, 60);
        for (var i = 0; i < 90 * 60; i++) image[i % 90, i / 90] = new Rgb24((byte)(2 * (i % 90)), (byte)(4 * (i / 90)), 90);
        image.SaveAsJpeg(Path.Combine(Photos, "a.jpg"));
        image.SaveAsPng(Path.Combine(Photos, "a.png"));
        image.SaveAsPng(Path.Combine(Photos, "deeper", "b.png"));
        using var wide = new Image<Rgb24>(200, 100, new Rgb24(200, 30, 40));
        wide.SaveAsPng(Path.Combine(Photos, "wide one.PNG"));
        File.WriteAllText(Path.Combine(Photos, "LICENCE.txt"), "free");
        File.WriteAllText(Path.Combine(Photos, "image.bmp"), "BM");
    }
}
