using PoseEngine.Experiments.Runs;
using PoseEngine.Models;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Runs;

/// <summary>Runs that go on from checkpoints which are old, damaged or of other settings.</summary>
public sealed class CheckpointedRunTests() : TrainerSuite("cpu-simd", "cpu-simd")
{
    protected override string? Layers => PoseProblem.SmallNetwork;

    [Test]
    public void AHardMethodThatSolvedNothingHasNoTimeOfASolvingStep()
    {
        var summary = Train("hard-adam", "warming", DeviceName, settings: $"{UsualSettings} warmup=10").Summary;
        Assert.That((summary.Iterations, summary.SecondsPerIteration, summary.KrylovIterationsPerStep), Is.EqualTo((4, double.NaN, (double?)null)));
    }

    /// <summary>Its preconditioner depends on the iteration.</summary>
    [Test]
    public void AnInterruptedRunByMinresQlpEndsInTheSameBits() => EndsInTheSameBits("hard-sgd", "minres-qlp");

    /// <summary>It carries nothing from step to step.</summary>
    [Test]
    public void AnInterruptedRunByLsqrEndsInTheSameBits() => EndsInTheSameBits("hard-sgd", "lsqr");

    [Test]
    public void AnInterruptedRunMinesTheSameSamples() => EndsInTheSameBits("hard-sgd", activeSet: "mined");

    /// <summary>The model file and metrics.jsonl are then ahead of the checkpoint; the best model must not come from there.</summary>
    [TestCase("unconstrained")]
    [TestCase("soft-sgd")]
    public void ACrashBetweenTwoCheckpointsCostsOnlyTime(string method)
    {
        var whole = Train(method, $"{method}-uncrashed", DeviceName, checkpointEvery: 100);
        Assert.That(
            () => Train(method, $"{method}-crashed", DeviceName, crashAt: 3, checkpointEvery: 100),
            Throws.TypeOf<InvalidOperationException>());
        Assert.That(Checkpoints($"{method}-crashed").Select(Path.GetFileName), Has.One.Contains("@0."));
        AssertSame(Train(method, $"{method}-crashed", DeviceName, checkpointEvery: 100), whole);
    }

    [Test]
    public void ADamagedCheckpointIsPassedOverWithALineThatSaysSo()
    {
        var whole = Train("unconstrained", "undamaged", DeviceName);
        foreach (var damage in (string[])["truncated", "one bit"])
        {
            Assert.That(() => Train("unconstrained", damage, DeviceName, stopAt: 3), Throws.InstanceOf<OperationCanceledException>());
            Damage(Checkpoints(damage)[^1], damage);
            var notes = new List<string>();
            AssertSame(Train("unconstrained", damage, DeviceName, notes: notes), whole);
            Assert.That(notes, Has.Count.EqualTo(1));
            Assert.That(notes[0], Does.Contain("unconstrained@3.safetensors").And.EndsWith("going on from the checkpoint before, unconstrained@2.safetensors"));
        }
    }

    [Test]
    public void WithoutAWholeCheckpointTheRunIsRefused()
    {
        Assert.That(() => Train("soft-sgd", "lost", DeviceName, stopAt: 3), Throws.InstanceOf<OperationCanceledException>());
        var saved = Checkpoints("lost");
        Assert.That(saved, Has.Length.EqualTo(2), "the last two are kept");
        foreach (var path in saved) Damage(path, "truncated");
        Assert.That(
            () => Train("soft-sgd", "lost", DeviceName),
            Throws.TypeOf<DamagedCheckpointException>().With.Message.Contains("there is no earlier checkpoint: delete it to train this model anew"));
        Assert.That(Checkpoints("lost"), Is.EqualTo(saved), "nothing is deleted that cannot be replaced");
    }

    [Test]
    public void ACheckpointOfOtherSettingsIsRefused()
    {
        Assert.That(() => Train("soft-sgd", "other", DeviceName, stopAt: 1), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(
            () => Train("soft-sgd", "other", DeviceName, seed: 9),
            Throws.TypeOf<OtherRunException>().With.Message.Contains("the checkpoint's seed is 1, this run's is 9"));
    }

    private static void Damage(string path, string damage)
    {
        var bytes = File.ReadAllBytes(path);
        if (damage == "truncated") bytes = bytes[..(bytes.Length / 2)];
        else bytes[^5000] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private string[] Checkpoints(string name) => [.. System.IO.Directory.GetFiles(Path.Combine(Folder, name, "checkpoints")).Order()];
}
