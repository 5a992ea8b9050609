using System.Text.Json;
using PoseEngine.Cpu;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Krylov;
using PoseEngine.Formats;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Commands;

/// <summary><c>poseengine krylov</c> as a user runs it.</summary>
public class KrylovCommandTests
{
    private const string Indefinite = "%%MatrixMarket matrix coordinate real symmetric\n3 3 4\n1 1 2\n2 1 1\n2 2 -1\n3 3 4\n";

    private string _folder = null!;

    [OneTimeSetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("poseengine-tests-").FullName;
        Write("a.mtx", Indefinite);
        Write("b.mtx", "%%MatrixMarket matrix array real general\n3 1\n4\n-1\n-8\n");
        Write("short.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n1\n");
        Write("tilted.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 1\n2 2 1\n1 2 5\n");
        Write("flat.mtx", "%%MatrixMarket matrix coordinate real general\n2 3 1\n1 1 1\n");
        Write("huge.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 1e200\n");
        Write("cut.mtx", Indefinite[..^6]);
        Write("file", "");
    }

    [OneTimeTearDown]
    public void DropFolder() => Directory.Delete(_folder, true);

    [TestCase("--preset huge", "--preset huge: no such preset; choose one of smoke, quick, paper")]
    [TestCase("--solver cg,qmr", "there is no solver \"qmr\"; choose from cg, symmlq, minres, minres-qlp, gmres, bicg")]
    [TestCase("--tolerance 2", "--tolerance 2: must be between 0 and 1")]
    [TestCase("--seed -1", "--seed -1")]
    [TestCase("--rhs {0}/b.mtx", "--rhs goes with --matrix-market only")]
    [TestCase("--matrix-market {0}/a.mtx --preset smoke", "--preset has no effect with --matrix-market")]
    [TestCase("--matrix-market {0}/none.mtx", "none.mtx")]
    [TestCase("--matrix-market {0}/cut.mtx", "cut.mtx, line 5: the file ends behind 3 of 4 entries")]
    [TestCase("--matrix-market {0}/tilted.mtx", "is not symmetric: (1, 2) is 5, (2, 1) is 0")]
    [TestCase("--matrix-market {0}/flat.mtx", "the matrix is 2 x 3; a square one is needed")]
    [TestCase("--matrix-market {0}/huge.mtx --out {0}/huge", "beyond float32; take --precision float64")]
    [TestCase("--matrix-market {0}/a.mtx --rhs {0}/short.mtx", "a right-hand side of 3 x 1 is needed, this is 2 x 1")]
    [TestCase("--matrix-market {0}/a.mtx --out {0}/file", "is a file, a folder is needed")]
    public void BadInputIsOneLineAndExitCode2(string arguments, string message)
    {
        var (code, _, error) = Run(string.Format(arguments, _folder).Split(' '));
        Assert.That(error, Does.Contain(message));
        Assert.That(error.TrimEnd().Split('\n').Where(line => line.StartsWith("poseengine:", StringComparison.Ordinal)), Has.Exactly(1).Items);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(Path.Combine(_folder, "huge"), Does.Not.Exist, "what was begun is taken back");
    }

    [Test]
    public void HelpHasExamples()
    {
        var (code, output, _) = Run("--help");
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("Examples:").And.Contain("--matrix-market"));
    }

    [Test]
    public void ASystemOfOnesOwnIsSolvedByAllAndWritten()
    {
        var folder = Path.Combine(_folder, "own");
        string[] arguments = ["--matrix-market", $"{_folder}/a.mtx", "--rhs", $"{_folder}/b.mtx", "--precision", "float64", "--out", folder];
        var (code, output, error) = Run(arguments);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("\nMINRES-QLP, iteration 3: the residual met the tolerance"));
        foreach (var solver in (string[])["cg", "symmlq", "minres", "minres-qlp", "gmres", "bicg"])
        {
            var x = MatrixMarketFile.Read(Path.Combine(folder, $"x-{solver}.mtx")).Entries.Select(e => e.Value).ToArray();
            Assert.That(x.Zip([1.0, 2, -2], (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(1e-9), solver);
        }
        foreach (var file in (string[])["report.html", "metrics.jsonl", "figures/convergence-own.png", "figures/convergence-own.svg"])
        {
            Assert.That(Path.Combine(folder, file), Does.Exist);
        }

        (code, _, error) = Run(arguments);
        Assert.That(code, Is.EqualTo(2), "results are not replaced by accident");
        Assert.That(error, Does.Contain("add --overwrite"));
        (code, _, error) = Run([.. arguments, "--overwrite", "--solver", "minres-qlp"]);
        Assert.That(code, Is.Zero, error);
        Assert.That(Directory.GetFiles(folder, "x-*.mtx"), Has.Length.EqualTo(1), "the old solutions are gone");
    }

    [TestCase("sweep.json", "summary.json", "report.html")]
    [TestCase("config.json", "summary.json", "report.html", "metrics.jsonl")]
    [TestCase("x-mine.mtx", "x-cg.mtx")]
    [TestCase("figures/a.png", "summary.json")]
    public void AFolderOfSomethingElseIsRefusedAndKept(string foreign, params string[] others)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, $"foreign-{Guid.NewGuid():N}")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "figures"));
        string[] files = [foreign, .. others];
        foreach (var file in files) File.WriteAllText(Path.Combine(folder, file), "{}");
        foreach (var overwrite in (string[][])[[], ["--overwrite"]])
        {
            var (code, _, error) = Run(["--matrix-market", $"{_folder}/a.mtx", "--out", folder, .. overwrite]);
            Assert.That(code, Is.EqualTo(2));
            Assert.That(error, Does.Contain($"--out {folder} holds {foreign}, which is none of these results; choose another --out"));
            Assert.That(error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
            foreach (var file in files) Assert.That(Path.Combine(folder, file), Does.Exist);
        }
    }

    [Test]
    public void AFailureLeavesTheResultsBefore()
    {
        var folder = Path.Combine(_folder, "kept", "results");
        string[] arguments = ["--out", folder, "--matrix-market"];
        var (code, _, error) = Run([.. arguments, $"{_folder}/a.mtx"]);
        Assert.That(code, Is.Zero, error);
        string[] Files() => Directory.GetFiles(Path.GetDirectoryName(folder)!, "*", SearchOption.AllDirectories);
        var (before, summary) = (Files(), File.ReadAllText(Path.Combine(folder, "summary.json")));

        // Beyond float32: it ends in an error when the new folder is begun.
        (code, _, error) = Run([.. arguments, $"{_folder}/huge.mtx", "--overwrite"]);
        Assert.That(code, Is.EqualTo(2), error);
        Assert.That(Files(), Is.EquivalentTo(before));
        Assert.That(File.ReadAllText(Path.Combine(folder, "summary.json")), Is.EqualTo(summary));
    }

    [Test]
    public void TheComparisonMeasuresMatricesAndTheNetwork()
    {
        var folder = Path.Combine(_folder, "tiny");
        var plan = new KrylovPlan("tiny", 12, 2, [0], 2, 1, 40, 20);
        var request = new KrylovRequest("poseengine krylov", plan, ["cg", "minres", "minres-qlp"], null, 1, folder, false, Path.Combine(_folder, "cache"), 1, null);
        using var device = new CpuDevice<float>(1);
        var (code, output, error) = Captured.Run(() => new KrylovAction(request).Run(device));
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Match("MINRES-QLP +Yes +Yes +No +No"));
        Assert.That(output, Does.Contain("12 rows of rank 12").And.Contain("12 rows of rank 6"));

        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "summary.json")));
        var systems = summary.RootElement.GetProperty("systems").EnumerateArray().ToList();
        Assert.That(systems, Has.Count.EqualTo(13 + 3));
        foreach (var system in systems)
        {
            var kind = system.GetProperty("class").GetString()!;
            foreach (var result in system.GetProperty("results").EnumerateArray().Where(r => r.GetProperty("solver").GetString() != "minres-qlp+m"))
            {
                var isQlp = result.GetProperty("solver").GetString() == "minres-qlp";
                // The network's contradictions cost float32 too many digits for a promise here.
                bool? expected = kind switch
                {
                    "nonsymmetric" => false,
                    "definite" or "indefinite" or "singular" or "network-independent" or "network-duplicated" => true,
                    "contradictory" => isQlp,
                    "network-contradictory" => isQlp ? null : false,
                    _ => null,
                };
                if (expected is { } right) Assert.That(result.GetProperty("isRight").GetBoolean(), Is.EqualTo(right), $"{kind}: {result}");
            }
        }
        var lines = File.ReadAllLines(Path.Combine(folder, "metrics.jsonl"));
        Assert.That(lines, Has.Length.EqualTo((16 * 3) + 3));
        Assert.That(Directory.GetFiles(Path.Combine(folder, "figures"), "*.svg"), Has.Length.EqualTo(8));
        var page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.That(page, Does.Contain("Table 1 as seen").And.Not.Contain("src=\"http"));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private static (int Code, string Output, string Error) Run(params string[] arguments)
        => Captured.Run(() => CommandLine.Run(["krylov", .. arguments, "--device", "cpu"]));
}
