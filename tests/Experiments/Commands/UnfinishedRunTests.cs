using System.CommandLine;
using PoseEngine.Cpu;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Reports;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Commands;

/// <summary>Runs that do not end as planned: a model diverges, or a checkpoint is of another run.</summary>
public sealed class UnfinishedRunTests
{
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void MakePack()
    {
        _folder = new();
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 20 }, _folder.At("pack"));
    }

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void AModelThatDivergesIsReportedAndTheOthersGoOn()
    {
        foreach (var resume in (string[])["--overwrite", "--resume"])
        {
            var (code, output, error) = Captured.Run(() => Pose("diverged", resume));
            Assert.That(code, Is.EqualTo(CommandLine.Failed), error);
            Assert.That(error.TrimEnd(), Does.Match(@"^poseengine: diverged: soft-sgd lambda=0.001 eta=1E-30 \(iteration \d: .* is not finite\)$"));
            Assert.That(output, Does.Contain("Soft-SGD λ=0.001 η=1E-30: diverged, iteration"));
        }
        var run = RunDirectory.Open(_folder.At("diverged"));
        var models = run.ReadSummary()!.Models;
        Assert.That(models.Select(model => model.Method), Is.EqualTo(["unconstrained", "soft-sgd", "soft-adam"]));
        Assert.That(models[1].Diverged!.Reason, Does.StartWith($"iteration {models[1].Diverged!.Iteration}: "));
        Assert.That(models[1].Error, Is.NaN);
        Assert.That(models.Select(model => Path.Combine(run.Path, model.Model)), Has.All.Exist);
        Assert.That((models[2].Diverged, double.IsFinite(models[2].Error), models[2].Iterations), Is.EqualTo(((Divergence?)null, true, 2)));
        Assert.That(File.ReadAllText(run.ReportPath), Does.Contain($"(diverged in iteration {models[1].Diverged!.Iteration})").And.Contain("diverged: iteration"));
    }

    [Test]
    public void ACheckpointOfAnotherMethodIsExitCode2WithBothNames()
    {
        string[] common = ["--data", _folder.At("pack"), "--batch", "2", "--active", "2", "--iterations", "1", "--device", "cpu", "--threads", "1", "--resume"];
        foreach (var method in (string[])["soft-sgd", "soft-adam"])
        {
            var (code, _, error) = Captured.Run(() => CommandLine.Run(["train", "--method", method, "--out", _folder.At(method), .. common]));
            Assert.That(code, Is.Zero, error);
        }
        var target = Directory.GetFiles(Path.Combine(_folder.At("soft-adam"), "checkpoints"), "*@1.*").Single();
        File.Copy(Directory.GetFiles(Path.Combine(_folder.At("soft-sgd"), "checkpoints"), "*@1.*").Single(), target, overwrite: true);
        var refused = Captured.Run(() => CommandLine.Run(["train", "--method", "soft-adam", "--out", _folder.At("soft-adam"), .. common]));
        Assert.That(refused.Code, Is.EqualTo(CommandLine.BadInput));
        Assert.That(refused.Error, Does.Contain($"{target}: the checkpoint's method is soft-sgd, this run's is soft-adam"));
        Assert.That(refused.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    private int Pose(string name, string existing)
    {
        var options = new RunOptions("pose");
        var command = new Command("pose");
        foreach (var option in options.All) command.Options.Add(option);
        var parsed = command.Parse(["--data", _folder.At("pack"), "--out", _folder.At(name), "--device", "cpu", "--threads", "1", existing]);
        static ModelPlan Plan(string settings) => new(PoseProblem.Settings(settings), 2, 1);
        using var device = new CpuDevice<float>(1);
        return TrainingCommand.Run(
            device, options, parsed, PoseProblem.Spec, PoseProblem.Spec.PresetOf("quick") with { Batch = 2 },
            new(Plan("unconstrained"), [Plan("soft-sgd eta=1e-30 active=2"), Plan("soft-adam active=2")]));
    }
}
