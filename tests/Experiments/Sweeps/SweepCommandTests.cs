using System.Globalization;
using System.Text.RegularExpressions;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Sweeps;

/// <summary><c>poseengine sweep</c> as a user runs it.</summary>
public class SweepCommandTests
{
    private readonly TempFolder _folder = new();

    [OneTimeSetUp]
    public void WriteFiles()
    {
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 10 }, _folder.At("pack"));
        File.WriteAllText(_folder.At("tiny.toml"), "batch = 2\n[data]\npack = \"pack\"\n[unconstrained]\niterations = 1\n[[grid]]\nmethod = \"soft-adam\"\nactive = 2\niterations = 1\n");
        File.WriteAllText(_folder.At("large.toml"), "batch = 200\n[data]\npack = \"pack\"\n[[grid]]\nmethod = \"soft-adam\"\n");
        File.WriteAllText(_folder.At("wrong.toml"), "[[grid]]\nmethod = \"soft-adam\"\nlamda = 1\n");
        File.WriteAllText(_folder.At("file"), "not a folder");
    }

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [TestCase("sweep", "Required argument 'sweep' missing")]
    [TestCase("sweep nonsense", "sweep nonsense: there is neither a file nor a built-in sweep of that name")]
    [TestCase("sweep fig2 --preset huge", "--preset huge: no such preset; choose one of smoke, quick, paper")]
    [TestCase("sweep fig2 --seeds 0", "--seeds 0: must be 1 to 1000")]
    [TestCase("sweep {0}/tiny.toml --preset smoke", "--preset goes with fig2 only")]
    [TestCase("sweep {0}/tiny.toml --device cpu,", "name 1 to 64 devices, separated by commas")]
    [TestCase("sweep {0}/tiny.toml --device auto,cpu", "auto stands alone")]
    [TestCase("sweep {0}/tiny.toml --device cpu,tpu", "--device tpu: no such device")]
    [TestCase("sweep {0}/tiny.toml --device cpu --out {0}/file", "is a file, a folder is needed")]
    [TestCase("sweep {0}/tiny.toml --device cpu --out {0}/new --memory-limit 1MB", "--memory-limit 1 MB: a step of")]
    [TestCase("sweep {0}/large.toml --device cpu --out {0}/new", "--batch 200: the training set has only 6 images")]
    [TestCase("sweep {0}/wrong.toml --device cpu --out {0}/new", "wrong.toml, line 3, lamda: no such key here; allowed are lambda, eta")]
    public void BadInputIsOneLineAndExitCode2(string arguments, string message)
    {
        var (code, _, error) = Run(string.Format(arguments, _folder.Path).Split(' '));
        Assert.That(error, Does.Contain(message));
        Assert.That(error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(_folder.At("new"), Does.Not.Exist);
    }

    [Test]
    public void TheHelpShowsAFile()
    {
        var (code, output, _) = Run("sweep", "--help");
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("Example").And.Contain("[[grid]]").And.Contain("active-set").And.Contain("lambda = [1e-4, 1e-3, 1e-2]"));
        foreach (var key in MethodRegistry.SettingsOf(MethodRegistry.Constrained)) Assert.That(output, Does.Match($@"\n\s+{key.Name}\s\s+\S"), "a line of its own");
        Assert.That(output, Does.Contain("a whole number of 1 or more").And.Match(@"warmup\s+a whole number of 0 or more; hard-adam\s"));
    }

    [Test]
    public void EveryWorkerOfADeviceTakesMemory()
    {
        var (code, _, error) = Run("sweep", _folder.At("tiny.toml"), "--device", "cpu", "--out", _folder.At("new"), "--memory-limit", "1MB");
        var megabytes = int.Parse(Regex.Match(error, "takes (\\d+) MB: ").Groups[1].Value, CultureInfo.InvariantCulture);
        (code, _, error) = Run("sweep", _folder.At("tiny.toml"), "--device", "cpu,cpu", "--out", _folder.At("new"), "--memory-limit", $"{megabytes + 1}MB");
        Assert.That((code, Directory.Exists(_folder.At("new"))), Is.EqualTo((2, false)));
        Assert.That(error, Does.Contain("2 workers at once take").And.Contain("or name the device fewer times"));
    }

    [Test]
    public void DivergenceAloneIsSuccessUnlessNothingIsDone()
    {
        File.WriteAllText(_folder.At("diverges.toml"), "batch = 2\n[data]\npack = \"pack\"\n[unconstrained]\niterations = 1\n[[grid]]\nmethod = \"soft-sgd\"\neta = 1e-30\nactive = 2\niterations = 2\n");
        var (code, _, error) = Run("sweep", _folder.At("diverges.toml"), "--device", "cpu", "--out", _folder.At("diverges"));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain("no constrained cell is done; diverged: soft-sgd eta=1e-30 active=2 seed=1"));
        Assert.That(_folder.At("diverges/report.html"), Does.Exist);
    }

    [Test]
    public void OtherDataAreRefused()
    {
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 10 }, _folder.At("changing"));
        File.WriteAllText(_folder.At("changing.toml"), File.ReadAllText(_folder.At("tiny.toml")).Replace("\"pack\"", "\"changing\""));
        string[] arguments = ["sweep", _folder.At("changing.toml"), "--device", "cpu", "--out", _folder.At("other")];
        Assert.That(Run(arguments).Code, Is.Zero);
        File.Delete(_folder.At("other/cells/soft-adam-active=2-seed=1/summary.json"));
        Directory.Delete(_folder.At("changing"), recursive: true);
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 10, Seed = 5 }, _folder.At("changing"));
        var (code, _, error) = Run(arguments);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Match("its poses have the fingerprint [0-9a-f]{32}, those given have [0-9a-f]{32}; give the data that it began with"));
    }

    [Test]
    public void ASweepEndsWithItsReportAndIsNotRepeated()
    {
        var (code, list, _) = Run("sweep", _folder.At("tiny.toml"), "--list");
        Assert.That((code, list.ReplaceLineEndings("\n")), Is.EqualTo((0, "unconstrained seed=1\nsoft-adam active=2 seed=1\n")));
        var sweep = _folder.At("sweep");
        string[] arguments = ["sweep", _folder.At("tiny.toml"), "--device", "cpu,cpu", "--threads", "1", "--out", sweep];
        (code, var output, var error) = Run(arguments);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain($"report: {Path.Combine(sweep, "report.html")}").And.Contain("2 of 2 cells done, 0 running, 0 left"));
        Assert.That(output, Does.Contain("Soft-Adam active=2 seed=1: done, error"));
        var written = File.GetLastWriteTimeUtc(Path.Combine(sweep, "cells", "unconstrained-seed=1", "summary.json"));
        (code, output, _) = Run(arguments);
        Assert.That((code, File.GetLastWriteTimeUtc(Path.Combine(sweep, "cells", "unconstrained-seed=1", "summary.json"))), Is.EqualTo((0, written)));
        Assert.That(output, Does.Not.Contain("Soft-Adam"));
        foreach (var folder in new[] { sweep, Path.Combine(sweep, "cells", "soft-adam-active=2-seed=1") })
        {
            (code, output, error) = Run("report", folder);
            Assert.That((code, output.Trim()), Is.EqualTo((0, $"report: {Path.Combine(folder, "report.html")}")), error);
        }
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
        => Captured.Run(() => CommandLine.Run(arguments));
}
