using PoseEngine.Cpu;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Spheres;
using PoseEngine.Models;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Spheres;

/// <summary>Runs side by side: determinism, checkpoints, what they observe.</summary>
public class SphereCourseTests
{
    private static readonly SpheresSettings Settings = new() { Dimension = 5000, Spheres = 25, Active = 6, Iterations = 12, Seeds = 0 };

    [Test]
    public void AnyNumberOfThreadsGivesTheSameBits() => Assert.That(Bits(Run(3, Settings)), Is.EqualTo(Bits(Run(1, Settings))));

    [Test]
    public void AResumedCourseGoesOnToTheSameBits()
    {
        using var folder = new TempFolder();
        var files = new CheckpointFiles(folder.Path, "half");
        using var device = new CpuDevice<float>(2);
        using var problem = SphereProblem<float>.Draw(device, Settings.Spheres, Settings.Dimension, 7);
        using SphereCourse<float> whole = new(problem, Settings, 7), half = new(problem, Settings, 7), rest = new(problem, Settings, 7);
        for (var i = 0; i < 12; i++) whole.Step();
        for (var i = 0; i < 6; i++) half.Step();
        files.Save(half.Checkpoint, half.Iteration, new Dictionary<string, double>());
        rest.ResumeAt(files.Restore(rest.Checkpoint)!.Value.Iteration);
        Assert.That(rest.Iteration, Is.EqualTo(6));
        for (var i = 0; i < 6; i++) rest.Step();
        Assert.That(Bits(rest), Is.EqualTo(Bits(whole)));
    }

    [Test]
    public void ADamagedOrForeignCheckpointIsRefused()
    {
        using var folder = new TempFolder();
        var path = folder.At("course.safetensors");
        using var device = new CpuDevice<float>(1);
        using var problem = SphereProblem<float>.Draw(device, Settings.Spheres, Settings.Dimension, 7);
        using SphereCourse<float> course = new(problem, Settings, 7), longer = new(problem, Settings with { Iterations = 20 }, 7);
        using var literal = new SphereCourse<float>(problem, Settings with { Readings = [SphereReading.Literal] }, 7);
        var notes = new Dictionary<string, double>();
        literal.Checkpoint.Save(path, 0, notes);
        Assert.That(() => course.Checkpoint.Restore(path), Throws.TypeOf<OtherRunException>().With.Message.Contains("runs is soft, literal; hard, literal, this run's is soft, literal; hard, literal; soft, similar; hard, similar"));
        longer.Checkpoint.Save(path, 0, notes);
        Assert.That(() => course.Checkpoint.Restore(path), Throws.TypeOf<OtherRunException>().With.Message.Contains("iterations is 20, this run's is 12"));
        course.Checkpoint.Save(path, 0, notes);
        course.Checkpoint.Restore(path);
        using (var file = File.OpenWrite(path)) file.SetLength(1000);
        Assert.That(() => course.Checkpoint.Restore(path), Throws.InstanceOf<ModelFileException>());
    }

    [Test]
    public void AllFourRunsSeeTheSameActiveSetsAsAlone()
    {
        // The literal reading alone takes the course that it takes beside the other.
        var (both, alone) = (Run(1, Settings), Run(1, Settings with { Readings = [SphereReading.Literal] }));
        for (var run = 0; run < 2; run++) Assert.That(alone.Curves[run].Median, Is.EqualTo(both.Curves[run].Median));
    }

    [Test]
    public void ActiveSetsAreDistinctAndEquallyLikely()
    {
        var counts = new int[10];
        for (var iteration = 0; iteration < 3000; iteration++)
        {
            var set = SphereCourse<double>.ActiveSet(1, iteration, 3, 10);
            Assert.That(set, Is.Unique.And.Length.EqualTo(3));
            foreach (var sphere in set) counts[sphere]++;
        }
        Assert.That(counts, Is.All.InRange(780, 1020), "900 each, four standard deviations");
    }

    [Test]
    public void ARunThatLeavesTheFiniteNumbersNamesWhatToLower()
    {
        using var device = new CpuDevice<float>(1);
        using var problem = SphereProblem<float>.Draw(device, Settings.Spheres, Settings.Dimension, 7);
        using var course = new SphereCourse<float>(problem, Settings with { Rate = 1e10 }, 7);
        Assert.That(
            () => { while (true) course.Step(); },
            Throws.InstanceOf<UserErrorException>().With.Message.Contains("lower --rate (now 10000000000)"));
    }

    [Test]
    public void SoftBeatsHardInTheLiteralReadingAndHardSoftInTheOther()
    {
        // The sizes of the paper in its span; figures are those of the experiment, only their order is asserted.
        var settings = new SpheresSettings { Dimension = 1_000_000, Iterations = 120, Seeds = 0 };
        using var device = new CpuDevice<double>(2);
        using var problem = SphereProblem<double>.From(device, SphereSpan.Draw(settings.Spheres, settings.Dimension, 2));
        using var course = new SphereCourse<double>(problem, settings, 2);
        while (course.Iteration < settings.Iterations) course.Step();
        var (soft, hard, softSimilar, hardSimilar) = (course.Curves[0], course.Curves[1], course.Curves[2], course.Curves[3]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(soft.SettledMedian, Is.LessThan(hard.SettledMedian));
            Assert.That(soft.Roughness, Is.LessThan(0.1 * hard.Roughness));
            Assert.That(hard.WorsenedShare, Is.InRange(0.3, 0.7));
            Assert.That(soft.WorsenedShare, Is.LessThan(0.1));
            Assert.That(hardSimilar.SettledMedian, Is.LessThan(0.1 * softSimilar.SettledMedian));
            Assert.That(hardSimilar.Unconverged.Sum() + hard.Unconverged.Sum(), Is.Zero);
            Assert.That(hard.Krylov.Max(), Is.LessThanOrEqualTo(10), "the Gram matrix preconditions the solve");
        }
    }

    private static SphereCourse<float> Run(int threads, SpheresSettings settings)
    {
        using var device = new CpuDevice<float>(threads);
        using var problem = SphereProblem<float>.Draw(device, settings.Spheres, settings.Dimension, 7, threads);
        using var course = new SphereCourse<float>(problem, settings, 7);
        while (course.Iteration < settings.Iterations) course.Step();
        return course;
    }

    private static double[] Bits(SphereCourse<float> course) => [.. course.Curves.SelectMany(c => c.All).SelectMany(c => c.Values)];
}
