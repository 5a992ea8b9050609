using System.Text.Json;
using PoseEngine.Cpu;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Commands;

/// <summary>The program as a user runs it: exit codes, one-line errors, nothing half-written.</summary>
public class CommandLineTests
{
    private string _folder = null!;

    [OneTimeSetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-tests-").FullName;

    [OneTimeTearDown]
    public void DropFolder() => Directory.Delete(_folder, true);

    [TestCase("train --method nonsense", "no such method; choose one of unconstrained, soft-sgd, soft-adam, lagrangian, hard-sgd")]
    [TestCase("pose --seed minus", "Cannot parse argument 'minus' for option '--seed'")]
    [TestCase("train --method hard-sgd --eta 0", "--eta 0: must be a number above 0")]
    [TestCase("train --method hard-sgd --eta NaN", "--eta NaN: must be a number above 0")]
    [TestCase("train --method soft-adam --lambda -1", "--lambda -1: must be 0 or more")]
    [TestCase("train --method soft-adam --penalty max", "--penalty max: choose sum or mean")]
    [TestCase("train --method soft-adam --active 0", "--active 0")]
    [TestCase("train --method soft-adam --lambda 1,2", "give one number, or 6 for the constraints upper arms, forearms, thighs, shanks, shoulders, hips; got 2")]
    [TestCase("train --method soft-adam --lambda 1e-3,x", "\"x\" is not a number")]
    [TestCase("train --method soft-adam --lambda-schedule cosine:5", "--lambda-schedule cosine:5: choose constant, linear:STEPS or geometric:START:STEPS")]
    [TestCase("train --method soft-adam --rate-schedule linear:5", "--rate-schedule linear:5: a rate has no schedule \"linear:5\", take one of: constant, cosine:STEPS")]
    [TestCase("train --method hard-lm --rate-schedule cosine:5:0.1", "--rate-schedule cosine:5:0.1: hard-lm has no such setting; it has eta, active-set, active")]
    [TestCase("train --method hard-sgd --rate-schedule cosine:5", "--rate-schedule cosine:5: it comes to 0, and hard-sgd divides eta by it")]
    [TestCase("train --method soft-sgd --momentum 1", "--momentum 1: must be at least 0 and below 1")]
    [TestCase("train --method hard-adam --solver gram", "--solver gram: gram serves the identity of Eq. 5 only; hard-adam takes --solver minres-qlp or auto")]
    [TestCase("train --method hard-adam --iterations 100", "--iterations 100: the first 200 only warm the moments of hard-adam")]
    [TestCase("train --method hard-adam --epsilon 0", "--epsilon 0: must be a number above 0")]
    [TestCase("train --method hard-adam --warmup -1", "--warmup -1")]
    [TestCase("train --method hard-sgd --active-set best", "--active-set best: choose random or mined")]
    [TestCase("train --method hard-sgd --active-set mined --mining-pool 3", "--mining-pool 3: must be at least the 16 samples of an active set, or all")]
    [TestCase("train --method hard-sgd --mining-pool some", "--mining-pool some: must be a whole number of 1 or more, or all")]
    [TestCase("train", "--method")]
    [TestCase("pose --preset huge", "--preset huge: choose one of smoke, quick, paper")]
    [TestCase("pose --precision float16", "--precision float16: choose float32 or float64")]
    [TestCase("pose --device tpu", "--device tpu: no such device; choose auto, cpu, cuda or cuda:NUMBER")]
    [TestCase("pose --device cuda:x", "--device cuda:x: no such device")]
    [TestCase("pose --threads -1", "--threads -1")]
    [TestCase("pose --batch 0", "--batch 0")]
    [TestCase("pose --seed -4", "--seed -4")]
    [TestCase("pose --frobnicate", "--frobnicate")]
    [TestCase("pose --checkpoint-every 0", "--checkpoint-every 0: must be at least 1")]
    [TestCase("bench --table --batch 4", "--batch has no effect with --table")]
    [TestCase("bench --table --tf32", "--tf32 has no effect with --table")]
    [TestCase("bench --scale --tf32", "--tf32 has no effect with --scale")]
    [TestCase("bench --tf32", "--tf32 needs a CUDA device, the CPU computes float32 products in float32; leave it out, or take --device cuda")]
    [TestCase("train --method soft-adam --tf32", "--tf32 needs a CUDA device")]
    [TestCase("train --method soft-adam --tf32 --precision float64", "--tf32 rounds float32 products, and --precision is float64; leave one of them out")]
    [TestCase("pose --tf32", "--tf32")]
    [TestCase("bench --batch 16,x", "\"x\" is not a batch size")]
    [TestCase("bench --table --compare {0}/none.json", "--compare has no effect with --table")]
    [TestCase("bench --bound 1.2", "--bound goes with --compare only")]
    [TestCase("bench --compare {0}/none.json --bound 1", "--bound 1: must be above 1")]
    [TestCase("bench --compare {0}/none.json", "there is no such file")]
    [TestCase("bench --compare {0}/file", "is not a file of bench --json")]
    [TestCase("bench --scale slow", "--scale slow: choose full or quick")]
    [TestCase("bench --scale quick --out {0}/file", "file")]
    [TestCase("data make --motion /no/such/clips --out {0}/m", "no such motion folder")]
    [TestCase("data make --out {0}/w --subjects S2", "S2")]
    [TestCase("data make --out {0}/w --scale 0.5", "scale 0.5 is below 1")]
    [TestCase("data inspect {0}/none", "there is no pack")]
    [TestCase("evaluate --model {0}/none.safetensors", "no such file")]
    [TestCase("evaluate --model {0}/nan.safetensors", "holds NaN")]
    [TestCase("pose --data {0}/truncated --out {0}/run", "cut off or damaged")]
    [TestCase("pose --preset smoke --out {0}/file", "is a file, a folder is needed")]
    [TestCase("pose --split odd", "--split odd: choose random or subject")]
    [TestCase("pose --data {0}/small --split subject --out {0}/run", "subject S9 is not in")]
    [TestCase("pose --data {0}/small --batch 100 --out {0}/run", "--batch 100: the training set has only 6 images")]
    [TestCase("train --method soft-adam --active 50 --batch 2 --data {0}/small --out {0}/run", "an active set of 50 samples is wanted, the training set has only 6 images")]
    [TestCase("train --method hard-sgd --active 50000", "--active 50000: must be a whole number from 1 to 16384")]
    [TestCase("train --method hard-sgd --eta 1e-310", "must be between")]
    [TestCase("train --method lagrangian --tau -1", "--tau -1: must be above 0")]
    [TestCase("train --method lagrangian --tolerance-mm -1", "--tolerance-mm -1: must be above 0")]
    [TestCase("train --method hard-sgd --solver qr", "--solver qr: choose one of auto, gram, lsqr, minres-qlp, minres-qlp-projected")]
    [TestCase("train --method hard-sgd --on-unconverged never", "--on-unconverged never: choose one of take, shorten, stop")]
    [TestCase("train --method hard-sgd --solver gram --active 1366", "8196 constraint rows, a Gram matrix at most 8192; take --active 1365 or fewer, or --solver lsqr")]
    [TestCase("train --method hard-sgd --memory-limit 2", "--memory-limit 2: give a number above 0 with MB or GB")]
    [TestCase("train --method hard-sgd --memory-limit -2GB", "--memory-limit -2GB: give a number above 0")]
    [TestCase("train --method hard-sgd --memory-limit 0.1GB", "--memory-limit 100 MB: a step of hard-sgd eta=300 active=128 takes")]
    [TestCase("pose --memory-limit 10MB", "lower --batch (now")]
    [TestCase("data inspect {0}/small --sheet {0}/no/such/folder/x.png", "cannot write")]
    [TestCase("check --json ", "a value on the command line is empty")]
    [TestCase("report {0}", "holds no config.json")]
    public void BadInputIsOneLineAndExitCode2(string arguments, string message)
    {
        PrepareFiles();
        var before = Entries();
        var (code, _, error) = Run(string.Format(arguments, _folder).Split(' '));
        Assert.That(error, Does.Contain(message));
        Assert.That(error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(Entries(), Is.EqualTo(before), "nothing is left behind");
    }

    [Test]
    public void EveryCommandExplainsItselfWithExamples()
    {
        foreach (var command in (string[])["", "pose", "train", "sweep", "spheres", "krylov", "evaluate", "predict", "model", "model export", "model import", "data", "data make", "data import", "data import human36m", "data inspect", "check", "bench", "report", "devices", "doctor", "study", "problem", "problem show"])
        {
            var (code, output, _) = Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            Assert.That(code, Is.Zero, command);
            Assert.That(output, Does.Contain("Example"), command);
        }
    }

    [Test]
    public void SmokeRunWritesASummaryThatEvaluateConfirms()
    {
        var run = Path.Combine(_folder, "smoke");
        string[] arguments = ["pose", "--preset", "smoke", "--images", "60", "--batch", "8", "--cache", Path.Combine(_folder, "cache"), "--out", run];
        var (code, output, error) = Run(arguments);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("report: "));
        foreach (var file in (string[])["report.html", "config.json", "metrics.jsonl", "figures/skeletons.png"])
        {
            Assert.That(Path.Combine(run, file), Does.Exist);
        }
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "summary.json")));
        var models = summary.RootElement.GetProperty("models").EnumerateArray().ToList();
        Assert.That(models.Select(m => m.GetProperty("method").GetString()).Distinct(), Is.EqualTo(new[] { "unconstrained", "soft-sgd", "soft-adam", "lagrangian", "hard-sgd", "hard-adam", "hard-lm" }));
        Assert.That(models.Where(m => m.GetProperty("settings").TryGetProperty("delta", out _)).Select(m => m.GetProperty("name").GetString()), Is.EqualTo(new[] { "hard-sgd eta=300 active=8 delta=1" }));
        Assert.That(summary.RootElement.GetProperty("data").GetProperty("source").GetString(), Is.EqualTo("walker"));

        var hard = models.First(m => m.GetProperty("method").GetString() == "hard-sgd");
        var metrics = Path.Combine(_folder, "metrics.json");
        (code, _, error) = Run(
            "evaluate", "--model", Path.Combine(run, hard.GetProperty("model").GetString()!), "--cache", Path.Combine(_folder, "cache"), "--json", metrics);
        Assert.That(code, Is.Zero, error);
        using var evaluated = JsonDocument.Parse(File.ReadAllText(metrics));
        foreach (var name in (string[])["errorMm", "medianViolationMm", "p95ViolationMm", "perConstraintMedianMm", "shareMet"])
        {
            Assert.That(evaluated.RootElement.GetProperty(name).GetRawText().Where(c => !char.IsWhiteSpace(c)), Is.EqualTo(hard.GetProperty(name).GetRawText().Where(c => !char.IsWhiteSpace(c))), name);
        }
        Assert.That(hard.GetProperty("perConstraintMedianMm").GetArrayLength(), Is.EqualTo(6));

        (code, _, error) = Run(arguments);
        Assert.That(code, Is.EqualTo(2), "a finished run is not replaced by accident");
        Assert.That(error, Does.Contain("--overwrite"));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
        => Captured.Run(() => CommandLine.Run(OnTheCpu(arguments)));

    /// <summary>What "auto" takes depends on the machine, and on the tests that ran before in this process.</summary>
    private static string[] OnTheCpu(string[] arguments)
    {
        var computes = arguments is ["pose" or "train" or "evaluate" or "check" or "bench", ..];
        return computes && !arguments.Contains("--device") ? [.. arguments, "--device", "cpu"] : arguments;
    }

    private string[] Entries() => [.. Directory.EnumerateFileSystemEntries(_folder, "*", SearchOption.AllDirectories).Order()];

    private void PrepareFiles()
    {
        var model = Path.Combine(_folder, "nan.safetensors");
        if (File.Exists(model)) return;
        using var device = new CpuDevice<float>(1);
        var network = Network<float>.Paper(device);
        var w = new float[network.ParameterCount];
        w[12345] = float.NaN;
        new ModelFile<float>(network, device.From(w), 100, new Dictionary<string, string>()).Save(model);
        var pack = Path.Combine(_folder, "truncated");
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 8 }, pack);
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 8, Subjects = ["S1"] }, Path.Combine(_folder, "small"));
        using (var images = File.OpenWrite(Path.Combine(pack, "images.npy"))) images.SetLength(images.Length - 100);
        File.WriteAllText(Path.Combine(_folder, "file"), "not a folder");
    }
}
