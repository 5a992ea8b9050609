using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Expressions;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Constraints;

[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class CpuConstraintSetTests<T>(bool useSimd) : ConstraintSetSuite<T>(new CpuDevices(useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>The rows of a constraint as one text, which model files keep.</summary>
public class ConstraintTextTests
{
    private static readonly ConstraintTexts Texts = new(
        new ExpressionVariables(6, ["p", "q"], columns: ["größe"]), [new("length", "distance(p, q) = größe", "mm"), new("near", "norm(p) <= 1")]);

    [Test]
    public void JsonIsShortAndComesBackTheSame()
    {
        var json = Texts.ToJson();
        Assert.That(json, Is.EqualTo(
            """{"outputs":6,"points":["p","q"],"output_names":[],"columns":["größe"],"rows":[{"name":"length","text":"distance(p, q) = größe","unit":"mm"},{"name":"near","text":"norm(p) \u003C= 1"}]}""".Replace("\\u003C", "<", StringComparison.Ordinal)));
        var again = ConstraintTexts.FromJson(json);
        Assert.That(again.Texts, Is.EqualTo(Texts.Texts));
        Assert.That(again.Value.ToString(), Is.EqualTo(Texts.Value.ToString()));
        Assert.That(again.ToJson(), Is.EqualTo(json));
    }

    [Test]
    public void AScaleIsAUnitOrMeansAndSpreads()
    {
        foreach (var (scale, text) in ((OutputScale, string)[])
        [
            (OutputScale.Uniform(2, 100), "\"unit\":100}"),
            (new OutputScale([1, -2], [3, 0.1]), "\"means\":[1,-2],\"spreads\":[3,0.1]}"),
        ])
        {
            var texts = new ConstraintTexts(new ExpressionVariables(2) { Scale = scale }, [new("sphere", "norm(y) = 10")]);
            Assert.That(texts.ToJson(), Does.EndWith($"],{text}"));
            var again = ConstraintTexts.FromJson(texts.ToJson());
            Assert.That(again.Value.ToString(), Is.EqualTo(texts.Value.ToString()));
            Assert.That(again.ToJson(), Is.EqualTo(texts.ToJson()));
        }
    }

    /// <summary>A row's value times its unit is what the text says, in the unit of the text.</summary>
    [TestCase("distance(p, q) = norm(p)", 100)]
    [TestCase("distance(p, q) = 10", 100)]
    [TestCase("distance(p, q) <= 1", 100)]
    [TestCase("angle(p, q) = 1", 1)]
    [TestCase("dot(p, q) = y[0]^2", 10_000)]
    [TestCase("y[0] y[1] = 3", 100)]
    public void ARowKnowsItsUnit(string text, double unit)
    {
        using var device = new CpuDevice<double>(1);
        double[] y = [130, 40, -20, 60, 90, 150];
        ConstraintTexts Scaled(OutputScale? scale) => new(new ExpressionVariables(6, ["p", "q"]) { Scale = scale }, [new("row", text)]);
        double Value(OutputScale? scale, double[] outputs)
        {
            var c = device.Zeros(new Shape(1, 1));
            new ConstraintSet<double>(device, Scaled(scale)).Evaluate(device.From(outputs, new Shape(1, 6)), default, c);
            return c.ToArray()[0];
        }

        var units = OutputScale.Uniform(6, 100);
        Assert.That(Scaled(units).Units, Is.EqualTo(new[] { unit }));
        Assert.That(Value(units, [.. y.Select(own => own / 100)]) * unit, Is.EqualTo(Value(null, y)).Within(1e-9));
        Assert.That(Scaled(null).Units, Is.EqualTo(new[] { 1.0 }));
        var (means, spreads) = ((double[])[1, 2, 3, 4, 5, 6], (double[])[1, 2, 3, 4, 5, 6]);
        var spread = new OutputScale(means, spreads);
        Assert.That(Scaled(spread).Units, Is.EqualTo(new[] { 1.0 }));
        Assert.That(Value(spread, [.. y.Select((own, i) => (own - means[i]) / spreads[i])]), Is.EqualTo(Value(null, y)).Within(1e-9));
    }

    [Test]
    public void AModelKnowsItsConstraints()
    {
        using var device = new CpuDevice<float>(1);
        var network = new Network<float>(device, new Shape(4), LayerSpec.ParseNetwork("dense6"));
        var model = new ModelFile<float>(network, network.InitializeHe(new RandomGenerator(1)), 1, new Dictionary<string, string> { ["note"] = "kept" });
        Assert.That(model.Constraints, Is.Null);
        var path = Path.Combine(Path.GetTempPath(), $"poseengine-{Guid.NewGuid():N}.safetensors");
        try
        {
            model.WithConstraints(Texts.ToJson()).Save(path);
            var loaded = ModelFile<float>.Load(path, device);
            Assert.That(ConstraintTexts.FromJson(loaded.Constraints!).Value.ToString(), Is.EqualTo(Texts.Value.ToString()));
            Assert.That(loaded.Metadata["note"], Is.EqualTo("kept"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("""{"outputs":6}""")]
    [TestCase("""{"outputs":6,"points":null,"output_names":[],"columns":[],"rows":[]}""")]
    [TestCase("""{"outputs":0,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}]}""")]
    [TestCase("""{"outputs":6,"points":["pi"],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}]}""")]
    [TestCase("""{"outputs":6,"points":[null],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}]}""")]
    [TestCase("""{"outputs":6,"points":[],"output_names":[],"columns":[],"rows":[null]}""")]
    [TestCase("""{"outputs":6,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":null}]}""")]
    [TestCase("""{"outputs":6,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a"}]}""")]
    [TestCase("""{"outputs":6,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y7 = 1"}]}""")]
    [TestCase("""{"outputs":6,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1","colour":"red"}]}""")]
    [TestCase("""{"outputs":2,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}],"unit":0}""")]
    [TestCase("""{"outputs":2,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}],"unit":"mm"}""")]
    [TestCase("""{"outputs":2,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}],"unit":2,"means":[0,0],"spreads":[1,1]}""")]
    [TestCase("""{"outputs":2,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}],"means":[0,0]}""")]
    [TestCase("""{"outputs":2,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}],"spreads":[1,1]}""")]
    [TestCase("""{"outputs":2,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}],"means":[0],"spreads":[1]}""")]
    [TestCase("""{"outputs":2,"points":[],"output_names":[],"columns":[],"rows":[{"name":"a","text":"y1 = 1"}],"means":[0,0],"spreads":[1,-1]}""")]
    public void OtherJsonIsRefused(string json)
        => Assert.That(() => ConstraintTexts.FromJson(json), Throws.InstanceOf<FormatException>().With.Message.StartsWith("constraint"));

    [Test]
    public void DerivativesAreNoLongerThanADeviceTakes()
    {
        // The value alone is short enough.
        var text = $"{string.Join(" + ", Enumerable.Range(1, 300).Select(i => $"angle(p, q + {i})"))} = 1";
        Assert.That(
            () => new ConstraintTexts(new ExpressionVariables(6, ["p", "q"]), [new("a", text)]),
            Throws.ArgumentException.With.Message.Match("^constraints: the text takes \\d+ for c, \\d+ for dc, \\d+ for uy, \\d+ for curvature operations on numbers, each may have 32768"));
    }

    [Test]
    public void RowsNeedNamesOfTheirOwn()
    {
        var variables = new ExpressionVariables(2);
        Assert.That(() => new ConstraintTexts(variables, []), Throws.ArgumentException.With.Message.Contains("at least one row"));
        Assert.That(
            () => new ConstraintTexts(variables, [new("a", "y1 = 1"), new("a", "y2 = 1")]),
            Throws.ArgumentException.With.Message.Contains("two rows have the name \"a\""));
        Assert.That(
            () => new ConstraintTexts(variables, [new("a", "y1 = 1"), new("b", "y1 + = 1")]),
            Throws.InstanceOf<ExpressionException>().With.Message.EqualTo("constraint b, line 1, column 6: unexpected \"=\"\n  y1 + = 1\n       ^"));
    }
}
