using System.Text.Json;
using PoseEngine.Cpu;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Experiments.Data;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Commands;

/// <summary>poseengine evaluate: its table, JSON, plots and page.</summary>
public class EvaluateCommandTests : PackFixture
{
    [Test]
    public void TheFolderHoldsJsonPlotsAndAPage()
    {
        var model = TinyModel.Save(Path.Combine(Root, "model.safetensors"), SmallPack());
        var (folder, json) = (Path.Combine(Root, "evaluation"), Path.Combine(Root, "metrics.json"));
        string[] arguments = ["evaluate", "--model", model, "--device", "cpu", "--out", folder, "--json", json];
        var (code, output, error) = Captured.Run(() => CommandLine.Run(arguments));
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("34 images (validation)").And.Contain("PA-MPJPE").And.Contain("C6 hips").And.Contain("NOT MET"));
        foreach (var figure in (string[])["share-met", "constraints", "joints", "by-subject", "by-camera", "by-source"])
        {
            Assert.That(File.ReadAllBytes(Path.Combine(folder, "figures", figure + ".png")).AsSpan(1, 3).ToArray(), Is.EqualTo("PNG"u8.ToArray()), figure);
            Assert.That(File.ReadAllText(Path.Combine(folder, "figures", figure + ".svg")), Does.Contain("<svg").And.Contain("</svg>"), figure);
        }
        var page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.That(page, Does.Contain("not met").And.Contain("Worst, middle and best").And.Contain("protocol 2").And.EndWith("</html>\n"));
        Assert.That(page, Does.Not.Contain("src=\"http"), "nothing is fetched");
        Assert.That(File.ReadAllText(Path.Combine(folder, "evaluation.json")), Is.EqualTo(File.ReadAllText(json)));
        CheckJson(json);

        (code, _, error) = Captured.Run(() => CommandLine.Run(arguments));
        Assert.That((code, error.TrimEnd().Split('\n').Length), Is.EqualTo((2, 1)));
        Assert.That(error, Does.Contain("--overwrite"));
        (code, _, error) = Captured.Run(() => CommandLine.Run([.. arguments, "--overwrite"]));
        Assert.That(code, Is.Zero, error);
        Assert.That(Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName), Is.EquivalentTo(new[] { "model.safetensors", "evaluation", "metrics.json" }));
    }

    private static void CheckJson(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var root = document.RootElement;
        foreach (var key in (string[])
            ["errorMm", "errorWithoutPelvisMm", "meanPoseErrorMm", "medianViolationMm", "p95ViolationMm", "rootAlignedMm", "nMpjpeMm", "paMpjpeMm", "mpsseMm", "maxViolationMm"])
        {
            Assert.That(root.GetProperty(key).GetDouble(), Is.Positive, key);
            if (key != "meanPoseErrorMm") Assert.That(root.GetProperty("train").GetProperty(key).GetDouble(), Is.Positive, key);
        }
        foreach (var key in (string[])["constraints", "perConstraintMedianMm", "perConstraintP95Mm", "perConstraintMaxMm"]) Assert.That(root.GetProperty(key).GetArrayLength(), Is.EqualTo(6), key);
        foreach (var key in (string[])["joints", "perJointErrorMm", "perJointPaErrorMm"]) Assert.That(root.GetProperty(key).GetArrayLength(), Is.EqualTo(17), key);
        Assert.That(root.GetProperty("shareMet").GetArrayLength(), Is.EqualTo(51));
        Assert.That(root.GetProperty("bySubject").EnumerateArray().Sum(g => g.GetProperty("samples").GetInt32()), Is.EqualTo(34));
        Assert.That(root.GetProperty("byCamera").GetArrayLength(), Is.EqualTo(4));
        Assert.That(root.GetProperty("bySource").GetArrayLength(), Is.EqualTo(1));
        Assert.That(root.GetProperty("train").GetProperty("available").GetInt32(), Is.EqualTo(134));
        Assert.That(root.GetProperty("train").GetProperty("samples").GetInt32(), Is.EqualTo(34));
        var gates = root.GetProperty("gates").EnumerateArray().ToDictionary(g => g.GetProperty("name").GetString()!, g => g.GetProperty("passed").GetBoolean());
        Assert.That(gates.Keys, Is.EquivalentTo(new[] { "meanPose", "aligned", "truth", "leftRight", "mirror" }));
        Assert.That((gates["meanPose"], gates["aligned"], gates["truth"]), Is.EqualTo((false, true, true)));
    }

    [Test]
    public void AModelIsMeasuredOnAnotherPackAsAWhole()
    {
        var model = TinyModel.Save(Path.Combine(Root, "model.safetensors"), SmallPack());
        var (pack, json) = (Path.Combine(Root, "other"), Path.Combine(Root, "metrics.json"));
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 8, Seed = 77 }, pack);
        var (code, output, error) = Captured.Run(() => CommandLine.Run(["evaluate", "--model", model, "--device", "cpu", "--data", pack, "--json", json]));
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("8 images (all)"));
        using var document = JsonDocument.Parse(File.ReadAllText(json));
        Assert.That(document.RootElement.GetProperty("train").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void AFolderOfOtherThingsIsLeftAlone()
    {
        var model = TinyModel.Save(Path.Combine(Root, "model.safetensors"), SmallPack());
        File.WriteAllText(Path.Combine(Root, "report.html"), "");
        var (code, _, error) = Captured.Run(() => CommandLine.Run(["evaluate", "--model", model, "--device", "cpu", "--out", Root, "--overwrite"]));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("holds model.safetensors, which is none of these results"));
        Assert.That(Path.Combine(Root, "report.html"), Does.Exist);
    }
}

/// <summary>A model of few weights for images of the usual size.</summary>
internal static class TinyModel
{
    /// <summary>Saves it as if it had been trained on a pack; null says nothing about training.</summary>
    public static string Save(string path, string? pack)
    {
        using var device = new CpuDevice<float>(1);
        var network = new Network<float>(device, new Shape(3, 128, 128), LayerSpec.ParseNetwork("conv2x5s4,pool4,relu,dense51"));
        var metadata = new Dictionary<string, string>();
        if (pack is not null)
        {
            using var problem = PoseProblem.Open(new DataSettings { Pack = pack });
            metadata[DataSettings.ModelKey] = problem.Data.Settings.ToJson();
        }
        new ModelFile<float>(network, network.InitializeHe(new RandomGenerator(3)), 100, metadata).Save(path);
        return path;
    }
}
