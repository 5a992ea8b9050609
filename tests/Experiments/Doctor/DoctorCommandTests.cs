using System.Text.Json.Nodes;
using PoseEngine.Tests.Experiments.Commands;
using PoseEngine.Tests.Experiments.Data;
using PoseEngine.Tests.Experiments.Problems;

namespace PoseEngine.Tests.Experiments.Doctor;

/// <summary>poseengine doctor on a user's own problem: files, figures, and what it refuses.</summary>
public class DoctorCommandTests
{
    private static readonly string[] Sizes = ["--active", "6", "--steps", "3", "--batch", "8", "--pairs", "4"];

    private ProblemFolder _folder = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new ProblemFolder();
        var problem = _folder.Write("sphere.toml", ProblemFolder.Sphere);
        var (code, _, error) = ProblemFolder.Run("train", "--problem", problem, "--method", "unconstrained", "--iterations", "5", "--out", _folder.At("sphere"));
        Assert.That(code, Is.Zero, error);
    }

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void TheFolderHoldsJsonFiguresAndAPage()
    {
        var folder = _folder.At("doctor");
        string[] arguments = ["doctor", Model, .. Sizes, "--out", folder];
        var (code, output, error) = ProblemFolder.Run(arguments);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("trained without constraints").And.Contain("effective rank").And.Contain("3 steps").And.Contain("report: "));
        foreach (var figure in (string[])["spectrum", "promise", "forgetting-hard", "forgetting-damped", "forgetting-soft", "others-error", "others-violation"])
        {
            Assert.That(File.ReadAllBytes(Path.Combine(folder, "figures", figure + ".png")).AsSpan(1, 3).ToArray(), Is.EqualTo("PNG"u8.ToArray()), figure);
            Assert.That(File.ReadAllText(Path.Combine(folder, "figures", figure + ".svg")), Does.EndWith("</svg>\n").Or.EndWith("</svg>"), figure);
        }
        var page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.That(page, Does.Contain("Why do constraints not hold?").And.Contain("What helps").And.Contain("Roy and Vetterli").And.EndWith("</html>\n"));
        Assert.That(page, Does.Not.Contain("src=\"http"), "nothing is fetched");
        var model = Diagnosis(folder);
        Assert.That((Number(model, "samples"), Number(model, "rows"), model["spectrum"]!.AsArray().Count), Is.EqualTo((6, 6, 6)));
        Assert.That(Number(model, "effectiveRank"), Is.InRange(1, Number(model, "rank")));
        var hard = model["steps"]!.AsArray().Single(step => (string)step!["step"]! == "hard")!;
        Assert.That(Number(hard["lengths"]![0]!, "predicted"), Is.LessThan(1e-3 * Number(model, "medianViolation")), "Eq. 5 meets the linearized constraints");
        Assert.That(Number(hard, "alongRows"), Is.InRange(0, 1));
        foreach (var of in model["forgetting"]!.AsArray())
        {
            Assert.That((of!["matrix"]!.AsArray().Count, of["matrix"]![0]!.AsArray().Count, of["levels"]!.AsArray().Count, of["heldBack"]!.AsArray().Count), Is.EqualTo((3, 3, 4, 4)));
        }

        (code, _, error) = ProblemFolder.Run(arguments);
        Assert.That((code, error.TrimEnd().Split('\n').Length), Is.EqualTo((2, 1)), error);
        Assert.That(error, Does.Contain("--overwrite"));
    }

    [Test]
    public void ARunHasAllItsModelsOrAChosenOne()
    {
        var (run, problem) = (_folder.At("run"), _folder.Write("two.toml", ProblemFolder.Sphere + "\n[[model]]\nmethod = \"hard-sgd\"\niterations = 2\n"));
        Assert.That(ProblemFolder.Run("pose", "--problem", problem, "--preset", "smoke", "--out", run, "--batch", "8").Code, Is.Zero);
        var (code, output, error) = ProblemFolder.Run(["doctor", run, .. Sizes, "--out", _folder.At("all"), "--precision", "float64"]);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("(Hard-SGD").And.Contain("(Unconstrained)"));
        Assert.That(File.ReadAllText(_folder.At("all/report.html")), Does.Contain(">The models</h2>"));
        (code, output, error) = ProblemFolder.Run(["doctor", run, "--model", "hard-sgd", .. Sizes, "--out", _folder.At("chosen")]);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("(Hard-SGD").And.Not.Contain("(Unconstrained)").And.Not.Contain("without constraints"));

        (code, _, error) = ProblemFolder.Run("doctor", run, "--model", "hard-sqp", "--out", _folder.At("none"));
        Assert.That((code, error.TrimEnd().Split('\n').Length), Is.EqualTo((2, 1)));
        Assert.That(error, Does.Contain("has no such model; it has unconstrained, "));
    }

    [Test]
    public void AModelOfOtherConstraintsIsToldInOneLine()
    {
        var other = _folder.Write("other.toml", ProblemFolder.Sphere.Replace("norm(y) = 10", "y1 = y2"));
        var (code, output, error) = ProblemFolder.Run(["doctor", Model, "--problem", other, .. Sizes, "--out", _folder.At("diagnosis-other")]);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("trained under other constraints than those that are looked at: norm(y) = 10; not y1 = y2."));
    }

    [TestCase("none.safetensors", "none.safetensors: there is no such file or folder")]
    [TestCase("a.toml", "a.toml")]
    [TestCase(".", "holds no config.json")]
    [TestCase("MODEL --model x", "is no folder of a run")]
    [TestCase("MODEL --active 33", "--active 33: there are only 32 samples under constraints")]
    [TestCase("MODEL --steps 33", "--steps 33: each step has samples of its own, and there are only 32")]
    [TestCase("MODEL --steps 0", "--steps 0")]
    [TestCase("MODEL --eta 0", "--eta 0")]
    [TestCase("MODEL --delta -1", "--delta -1: must be 0, or a number")]
    [TestCase("MODEL --problem none.toml", "none.toml")]
    public void BadInputIsOneLineAndExitCode2(string arguments, string message)
    {
        _folder.Write("a.toml", ProblemFolder.Sphere);
        string[] words = [.. arguments.Split(' ').Select(word => word == "MODEL" ? Model : word is "a.toml" or "none.safetensors" or "." or "none.toml" ? _folder.At(word) : word)];
        var (code, _, error) = ProblemFolder.Run(["doctor", .. words, "--out", _folder.At("bad")]);
        Assert.That(error, Does.Contain(message));
        Assert.That((code, error.TrimEnd().Split('\n').Length), Is.EqualTo((2, 1)), error);
        Assert.That(_folder.At("bad"), Does.Not.Exist);
    }

    private string Model => _folder.At("sphere/models/unconstrained.safetensors");

    private static JsonNode Diagnosis(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "doctor.json")))!["models"]![0]!;

    private static double Number(JsonNode of, string name) => (double)of[name]!;
}

/// <summary>The same on people's poses.</summary>
public class DoctorPoseTests : PackFixture
{
    [Test]
    public void RowsAreNamedByImageAndLimbsInMillimetres()
    {
        var model = TinyModel.Save(Path.Combine(Root, "model.safetensors"), SmallPack());
        var folder = Path.Combine(Root, "doctor");
        var (code, output, error) = ProblemFolder.Run("doctor", model, "--active", "4", "--steps", "2", "--batch", "8", "--delta", "0", "--out", folder);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("names no constraints: those of the problem are looked at").And.Contain("one sample, two constraints").And.Contain(" mm"));
        Assert.That(output, Does.Match(@"image \d+, (hips|shoulders|thighs|upper arms|lower arms|shins|forearms|calves)").And.Not.Contain("damped"));
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "doctor.json")))!;
        Assert.That(((string)json["unit"]!, (int)json["models"]![0]!["rows"]!), Is.EqualTo(("mm", 24)));

        // The levels are medians of |C| in millimetres, as the table of evaluate has them: outputs near 0 in units of 100 mm.
        Assert.That((double)json["models"]![0]!["medianViolation"]!, Is.InRange(1, 500));
    }
}
