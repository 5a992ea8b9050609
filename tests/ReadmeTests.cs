using System.Runtime.CompilerServices;
using PoseEngine.Cpu;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests;

/// <summary>The example of README compiles, is what README shows, and does what README says.</summary>
public class ReadmeTests
{
    [Test]
    public void TheExampleIsTheOneInTheReadme()
    {
        var readme = File.ReadAllText(Path.Combine(Root(), "README.md"));
        var source = File.ReadAllText(Path.Combine(Root(), "tests", "Support", "ReadmeExample.cs"));
        var example = source[source.IndexOf("internal sealed class", StringComparison.Ordinal)..].TrimEnd();
        Assert.That(readme, Does.Contain(example));
    }

    [Test]
    public void TheExampleReachesItsSphere()
    {
        using var device = new CpuDevice<float>();
        var network = new Network<float>(device, new Shape(8), LayerSpec.ParseNetwork("dense64,relu,dense3"));
        var random = new RandomGenerator(seed: 1);
        var w = network.InitializeHe(random);
        var x = device.From([.. Enumerable.Range(0, 32 * 8).Select(_ => (float)random.NextNormal())], new Shape(32, 8));
        var batch = new Batch<float>(x, device.Zeros(new Shape(32, 3)));
        var constraint = new OutputConstraintFunction<float>(network, new OnSphere(), samples: 32);
        var method = new HardSgd<float>(new ResidualRisk<float>(network, 32), constraint, w, new HardSgdOptions(Eta: 100));
        var violation = double.NaN;
        for (var i = 0; i < 10; i++) violation = method.Step(batch, batch).ActiveViolation[0];
        TestContext.Out.WriteLine(violation);
        Assert.That(violation, Is.LessThan(1e-2));
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, ".."));
}
