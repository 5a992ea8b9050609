using System.Runtime.CompilerServices;
using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Expressions;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests;

/// <summary>The example of the engine's guide compiles, is what they show, and does what they say.</summary>
public class ReadmeTests
{
    [Test]
    public void TheExamplesAreThoseInTheReadme()
    {
        var source = File.ReadAllText(Path.Combine(Root(), "tests", "Support", "ReadmeExample.cs"));
        var guide = File.ReadAllText(Path.Combine(Root(), "engine", "README.md"));
        Assert.That(guide, Does.Contain(source[source.IndexOf("internal sealed class", StringComparison.Ordinal)..].TrimEnd()));
        var own = File.ReadAllText(Path.Combine(Root(), "tests", "ReadmeTests.cs"));
        var example = own[(own.IndexOf("{\n        using var device", StringComparison.Ordinal) + 1)..own.IndexOf("\n        // End of", StringComparison.Ordinal)];
        var lines = example.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();
        Assert.That(lines, Has.Length.InRange(5, 15));
        Assert.That(guide, Does.Contain(string.Join('\n', lines)));
    }

    [Test]
    public void TheExampleReachesItsSphere()
    {
        using var device = new CpuDevice<float>();
        var network = Network<float>.Parse(device, input: "8", "dense64,relu,dense3");
        var random = new RandomGenerator(seed: 1);
        var w = network.InitializeHe(random);
        var x = Enumerable.Range(0, 256 * 8).Select(_ => (float)random.NextNormal()).ToArray();
        var samples = new TrainingData<float>(new ArraySource<float>(x, new Shape(8), targets: new float[256 * 3]));
        var sphere = ConstraintSet<float>.Parse(device, new ExpressionVariables(outputs: 3), new ConstraintText("sphere", "norm(y) = 10"));
        var (loss, constraint) = (new ResidualRisk<float>(network, batch: 32), new OutputConstraintFunction<float>(network, sphere, samples: 32));
        using var method = new HardSgd<float>(loss, constraint, w, new HardSgdOptions(Eta: 1000));
        using var trainer = new Trainer<float>(method, samples, new TrainerOptions(Iterations: 100));
        trainer.Stepped += (_, step) => Console.WriteLine($"median |C| {step.ActiveViolation[0]:0.000000}");
        trainer.Train();
        // End of the example. The same by the constraint in C#:
        var source = new ArraySource<float>(x, new Shape(8));
        using var evaluator = new Evaluator<float>(network, source, constraint: new OnSphere());
        var row = evaluator.Evaluate(w, tolerance: 0.1).Violations[0];
        TestContext.Out.WriteLine(row);
        Assert.That(row.Median, Is.LessThan(0.1), "from 8 at the start");
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, ".."));
}
