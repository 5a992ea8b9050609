using System.Text.Json.Nodes;
using PoseEngine.Cpu;
using PoseEngine.Cuda.Native;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Files;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Sweeps;

/// <summary>Whole sweeps on a few walkers: interrupted and continued to the same bits, with a broken cell, by two workers at once.</summary>
public class SweepRunTests
{
    private readonly TempFolder _folder = new();
    private DataSettings _data = null!;

    [OneTimeSetUp]
    public void MakePack()
    {
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 30 }, _folder.At("pack"));
        _data = new DataSettings { Pack = _folder.At("pack") };
    }

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    private SweepSpec Spec(params long[] seeds) => new(
        "tiny", "file", PoseProblem.Spec, _data, 4, seeds, new ModelPlan(PoseProblem.Settings("unconstrained"), 3, 1),
        [
            new("soft-sgd eta=1e-30", Model("soft-sgd eta=1e-30 active=2")),
            new("soft-adam", Model("soft-adam active=2")),
            new("hard-sgd", Model("hard-sgd active=2")),
        ]);

    private static ModelPlan Model(string settings) => new(PoseProblem.Settings(settings), 4, 2);

    [Test]
    public void AnInterruptedSweepGoesOnToTheSameBits()
    {
        var whole = Run("whole", Spec(1, 2), workers: 2);
        for (var i = 0; i < 12; i++)
        {
            // A few evaluations at a time, as if the user were impatient.
            if (!TryRun("parts", Spec(1, 2), stopAfter: 5)) continue;
            Assert.That(i, Is.GreaterThan(1), "it was interrupted");
            Assert.That(Text("parts"), Is.EqualTo(Text("whole")));
            return;
        }
        Assert.Fail($"never done; whole: {whole.Status()}");
    }

    [Test]
    public void ABrokenCellIsTriedTwiceAndStopsNothing()
    {
        var board = Run("broken", Spec(1), workers: 1);
        Assert.That(board.Status(), Does.StartWith("3 of 4 cells done, 0 running, 0 left, 1 broken"));
        var sweep = SweepDirectory.Open(_folder.At("broken"));
        var failures = CellFailures.Read(sweep.FolderOf(Spec(1).Cells[1]));
        Assert.That(failures.Select(f => f.Kind), Is.EqualTo(new[] { CellFailure.Diverged, CellFailure.Diverged }));
        Assert.That(failures[0].Reason, Does.StartWith("iteration "));
        Assert.That(File.ReadAllText(SweepReport.Build(sweep)), Does.Contain(failures[0].Reason));
        Assert.That(Directory.EnumerateFiles(sweep.Path, "lock.*", SearchOption.AllDirectories), Is.Empty);
        Assert.That(Runner("broken", Spec(1), new SweepBoard(), CancellationToken.None).HasWork(), Is.False);
    }

    [Test]
    public void ACellTooLargeForTheDeviceIsNoFaultOfTheDevice()
    {
        var steps = 0;
        var board = Run("large", Spec(1) with { Configurations = [] }, workers: 1, () =>
        {
            if (++steps == 1) throw new CudaOutOfMemoryException(2, "cuMemAlloc", "10 GB asked for");
        });
        Assert.That(board.Status(), Does.StartWith("1 of 1 cells done"));
        Assert.That(CellFailures.Read(Path.Combine(_folder.At("large"), "cells", "unconstrained-seed=1")).Single().Kind, Is.EqualTo(CellFailure.Failed));
    }

    [Test]
    public void CheckpointsAreDeletedForTheirOwnDamageOnly()
    {
        var spec = Spec(1);
        spec = spec with { Configurations = [spec.Configurations[1]] };
        Assert.That(TryRun("damage", spec, stopAfter: 5), Is.False, "stopped in the constrained cell");
        var cells = Path.Combine(_folder.At("damage"), "cells");
        var checkpoints = Path.Combine(cells, "soft-adam-seed=1", "checkpoints");
        Assert.That(Directory.EnumerateFiles(checkpoints), Is.Not.Empty);
        var start = Directory.EnumerateFiles(Path.Combine(cells, "unconstrained-seed=1", "models")).Single();
        var whole = File.ReadAllBytes(start);
        File.WriteAllText(start, "damaged");
        Assert.That(Run("damage", spec, workers: 1).Status(), Does.StartWith("1 of 2 cells done, 0 running, 0 left, 1 broken"));
        Assert.That(Directory.EnumerateFiles(checkpoints), Is.Not.Empty, "the start model's fault");
        var complaint = SweepOutcome.Complaint(SweepResults.Load(SweepDirectory.Open(_folder.At("damage"))));
        Assert.That(complaint, Does.StartWith("no constrained cell is done; given up for errors: soft-adam seed=1;"));

        File.WriteAllBytes(start, whole);
        CellFailures.Forget(Path.Combine(cells, "soft-adam-seed=1"));
        foreach (var path in Directory.EnumerateFiles(checkpoints)) File.WriteAllText(path, "damaged");
        Assert.That(Run("damage", spec, workers: 1).Status(), Does.StartWith("2 of 2 cells done"));
        Assert.That(CellFailures.Read(Path.Combine(cells, "soft-adam-seed=1")), Has.Count.EqualTo(1), "trained anew at the second attempt");
        Assert.That(SweepOutcome.Complaint(SweepResults.Load(SweepDirectory.Open(_folder.At("damage")))), Is.Null);
    }

    [Test]
    public void OfManyThatBeginDifferentSweepsInOneFolderOneWins()
    {
        var spec = Spec(1);
        var outcomes = new string?[8];
        using var gate = new Barrier(outcomes.Length);
        var threads = Enumerable.Range(0, outcomes.Length).Select(i => new Thread(() =>
        {
            var plan = SweepDirectory.PlanOf(spec with { Name = $"sweep {i}" }, "", "0", "float32", []);
            gate.SignalAndWait();
            try
            {
                outcomes[i] = SweepDirectory.Create(_folder.At("contested"), plan).ReadPlan().Name;
            }
            catch (UserErrorException e) when (e.Message.Contains("holds a sweep of other settings (name = "))
            {
            }
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.That(outcomes.OfType<string>().Single(), Is.EqualTo(SweepDirectory.Open(_folder.At("contested")).ReadPlan().Name));
        Assert.That(Directory.EnumerateFiles(_folder.At("contested")).Select(Path.GetFileName), Is.EqualTo(new[] { "sweep.json" }));
    }

    [Test]
    public void ACellWithoutAStartIsNotWaitedFor()
    {
        var spec = Spec(1) with { Unconstrained = Model("unconstrained rate=1e30") };
        var board = Run("startless", spec, workers: 1);
        Assert.That(board.Status(), Does.StartWith("0 of 4 cells done, 0 running, 0 left, 4 broken"));
        Assert.That(File.ReadAllText(SweepReport.Build(SweepDirectory.Open(_folder.At("startless")))), Does.Contain("the unconstrained model of its seed is broken"));
    }

    [Test]
    public void AProcessThatDiedOverACellIsNoted()
    {
        var spec = Spec(1) with { Configurations = [] };
        Begin("dead", spec);
        var cell = SweepDirectory.Open(_folder.At("dead")).FolderOf(spec.Cells[0]);
        Directory.CreateDirectory(cell);
        var dead = new LockHolder(HostIdentity.Current, Environment.ProcessId, DateTime.UtcNow.AddDays(-2), DateTime.UtcNow, DateTime.UtcNow, "cpu", false);
        File.WriteAllText(Path.Combine(cell, "lock.1"), System.Text.Json.JsonSerializer.Serialize(dead, RunJson.Line));
        var board = Run("dead", spec, workers: 1);
        Assert.That(board.Status(), Does.StartWith("1 of 1 cells done"));
        Assert.That(CellFailures.Read(cell).Single().Kind, Is.EqualTo(CellFailure.Lost));
    }

    [Test]
    public void ACellThatEndsEveryProcessIsGivenUp()
    {
        CellFailure Lost(int progress) => new(CellFailure.Lost, "", DateTime.UnixEpoch, "cpu", progress);
        Assert.That(CellFailures.AreFinal([Lost(1), Lost(2), Lost(2), Lost(2)]), Is.False, "it got further");
        Assert.That(CellFailures.AreFinal([Lost(1), Lost(2), Lost(2), Lost(2), Lost(2)]));
        Assert.That(CellFailures.AreFinal([Lost(2), Lost(2), Lost(2), new(CellFailure.Diverged, "", DateTime.UnixEpoch, "cpu", 2)]), Is.False);
    }

    [Test]
    public void TheTimeLeftComesFromTheMeanOfEachMethod()
    {
        var board = new SweepBoard();
        var cells = Spec(1, 2).Cells;
        board.Show([.. cells.Select((cell, i) => (cell, i < 2 ? CellState.Done : CellState.Left))]);
        Assert.That(board.Status(), Does.Contain("2 of 8 cells done").And.Contain("time left not known yet"));
        board.Took(cells[0], 10);
        board.Took(cells[1], 4);
        // Left: soft-adam and hard-sgd twice at the mean of all, 7 s; one unconstrained at 10 s, one soft-sgd at 4 s.
        Assert.That(board.SecondsLeft(), Is.EqualTo((4 * 7) + 10 + 4));
        Assert.That(board.Status(), Does.EndWith("about 0:42 left"));
    }

    private SweepBoard Run(string name, SweepSpec spec, int workers, Action? onStep = null)
    {
        var board = new SweepBoard();
        Begin(name, spec);
        using var problem = PoseProblem.Open(spec.Data);
        Runner(name, spec, board, CancellationToken.None, workers, onStep).Run(problem);
        return board;
    }

    /// <summary>False where it was interrupted.</summary>
    private bool TryRun(string name, SweepSpec spec, int stopAfter)
    {
        using var source = new CancellationTokenSource();
        var board = new SweepBoard();
        Begin(name, spec);
        using var problem = PoseProblem.Open(spec.Data);
        var runner = Runner(name, spec, board, source.Token, onStep: () =>
        {
            if (--stopAfter == 0) source.Cancel();
        });
        try
        {
            runner.Run(problem);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Begin(string name, SweepSpec spec)
        => SweepDirectory.Create(_folder.At(name), SweepDirectory.PlanOf(spec, "", "0", "float32", new JsonObject { ["batch"] = spec.Batch }));

    private SweepRunner<float> Runner(string name, SweepSpec spec, SweepBoard board, CancellationToken token, int workers = 1, Action? onStep = null)
    {
        board.Stepped = onStep;
        var device = new SweepDevice<float>("cpu", "cpu", () => new CpuDevice<float>(1));
        return new SweepRunner<float>(SweepDirectory.Open(_folder.At(name)), spec, [.. Enumerable.Repeat(device, workers)], board, token);
    }

    /// <summary>Everything that must not depend on interruptions: models, and evaluations without their times.</summary>
    private string Text(string name)
    {
        var cells = Path.Combine(_folder.At(name), "cells");
        var lines = new List<string>();
        foreach (var path in Directory.EnumerateFiles(cells, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var relative = Path.GetRelativePath(cells, path);
            if (relative.EndsWith(".safetensors", StringComparison.Ordinal) && relative.Contains("models")) lines.Add($"{relative} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}");
            if (relative.EndsWith("metrics.jsonl", StringComparison.Ordinal)) lines.AddRange(RunDirectory.Open(Path.GetDirectoryName(path)!).ReadMetrics().Select(line => System.Text.Json.JsonSerializer.Serialize(line with { Seconds = 0 }, RunJson.Line)));
            if (relative.EndsWith("constraints.json", StringComparison.Ordinal)) lines.Add(File.ReadAllText(path));
        }
        return string.Join('\n', lines);
    }
}
