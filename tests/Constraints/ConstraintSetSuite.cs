using System.Numerics;
using System.Text.Json;
using PoseEngine.Constraints;
using PoseEngine.Expressions;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Constraints;

/// <summary>Constraints and losses written as text, on a device.</summary>
public abstract class ConstraintSetSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly ExpressionVariables Variables = new(6, ["p", "q"], columns: ["height"]);

    private static readonly ConstraintText[] Texts =
    [
        new("length", "distance(p, q) = height", "m"), new("near", "norm(p) <= 1"), new("bend", "angle(p, q) >= 0.5", "rad"), new("product", "y1 y4 + y2^3 = 0"),
    ];

    [Test]
    public void Table2AgreesWithThePublishedValues()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "oracles", "pose_network.json")));
        Tensor<T> Read(JsonElement element) => From(new Shape(4, 51), PoseNetworkOracle<T>.Numbers(element));
        var (y, dy) = (Read(file.RootElement.GetProperty("output").GetProperty("values")), Read(file.RootElement.GetProperty("rop_output")));
        var table = new ConstraintSet<T>(Device, LimbSymmetry.PaperTexts);
        var (c, dc) = (Device.Zeros(24), Device.Zeros(24));
        table.Evaluate(y, default, c);
        table.Rop(y, default, dy, dc);
        var tolerance = IsDouble ? 1e-10 : 1e-4;
        Assert.That(PoseNetworkOracle<T>.Difference(c, PoseNetworkOracle<T>.Numbers(file.RootElement.GetProperty("constraints"))), Is.LessThan(tolerance));
        Assert.That(PoseNetworkOracle<T>.Difference(dc, PoseNetworkOracle<T>.Numbers(file.RootElement.GetProperty("rop_constraints"))), Is.LessThan(tolerance));
        Assert.That(table.Rows.Select(row => row.Name), Is.EqualTo(LimbSymmetry.PaperNames));
    }

    [Test]
    public void RowsHaveTheirNamesUnitsAndKinds() => Assert.That(
        Make().Rows,
        Is.EqualTo(new ConstraintRow[] { new("length", "m"), new("near", null, ConstraintKind.AtMost), new("bend", "rad", ConstraintKind.AtMost), new("product") }));

    [Test]
    public void ColumnsAreTheSamplesOwn()
    {
        var set = Make();
        var y = From(new Shape(2, 6), 3, 4, 0, 0, 0, 0, 0, 0.5, 0, 0, 0.5, 2);
        var c = Device.Zeros(new Shape(2, 4));
        set.Evaluate(y, From(new Shape(2, 1), 1.75, 2), c);
        Assert.That(Numbers.Host(c), Is.EqualTo(new[] { 3.25, 4, 0.5, 64, 0, 0, 0, 0.125 }).Within(1e-6), "the angle at a point without length is 0");
        Assert.That(() => set.Evaluate(y, default, c), Throws.ArgumentException.With.Message.Contains("the array x, which is absent"));
    }

    [Test]
    public void RowsThatHoldHaveNoDerivative()
    {
        // p is within 1 of the origin in the first sample and outside in the second.
        var set = Make();
        var y = From(new Shape(2, 6), 0.5, 0.25, 0.125, -3, 1, 2, 2, 1, 2, -1, 2, 3);
        var (x, u) = (From(new Shape(2, 1), 1, 1), From(new Shape(2, 4), 0, 1, 0, 0, 0, 1, 0, 0));
        var uy = Device.Zeros(y.Shape);
        set.Lop(y, x, u, uy);
        Assert.That(Numbers.Host(uy), Is.EqualTo(new[] { 0, 0, 0, 0, 0, 0, 2 / 3.0, 1 / 3.0, 2 / 3.0, 0, 0, 0 }).Within(1e-6));
    }

    [Test]
    public void CurvatureIsTheDerivativeOfTheLop()
    {
        const int samples = 5;
        var (set, shape) = (Make(), new Shape(samples, 6));
        var (y, x, v, w) = (Numbers.Normal(Device, shape, 1), Numbers.Normal(Device, new Shape(samples, 1), 2), Numbers.Normal(Device, shape, 3), Numbers.Normal(Device, shape, 4));
        var multipliers = Numbers.Normal(Device, new Shape(samples, 4), 5);
        var (hv, hw) = (Device.Zeros(shape), Device.Zeros(shape));
        set.Curvature(y, x, multipliers, v, hv);
        set.Curvature(y, x, multipliers, w, hw);
        Assert.That(Numbers.Dot(hv, w), Is.EqualTo(Numbers.Dot(hw, v)).Within((IsDouble ? 1e-12 : 1e-4) * Numbers.Norm(hv) * Numbers.Norm(w)), "symmetry");
        if (!IsDouble) return;
        const double h = 1e-5;
        var (above, below) = (Device.Zeros(shape), Device.Zeros(shape));
        set.Lop(Numbers.Combine(Device, 1, y, h, v), x, multipliers, above);
        set.Lop(Numbers.Combine(Device, 1, y, -h, v), x, multipliers, below);
        Close(hv, Numbers.Combine(Device, 1 / (2 * h), above, -1 / (2 * h), below), 1e-6, "differences of the L-op");
    }

    [Test]
    public void ALossHasItsGradientAndCurvature()
    {
        // f = y1^2 + y1 y2^2 height
        var loss = new ExpressionLoss<T>(Device, new ExpressionVariables(2, columns: ["height"]), "y1^2 + y1 y2^2 height");
        var (y, x, v) = (From(new Shape(2, 2), 1, 2, 3, -1), From(new Shape(2, 1), 10, 0.5), From(new Shape(2, 2), 1, 0, 1, 2));
        var (f, gradient, curved) = (Device.Zeros(2), Device.Zeros(y.Shape), Device.Zeros(y.Shape));
        loss.Evaluate(y, x, f);
        loss.Gradient(y, x, gradient);
        loss.Curvature(y, x, v, curved);
        Assert.That(Numbers.Host(f), Is.EqualTo(new[] { 41, 10.5 }));
        Assert.That(Numbers.Host(gradient), Is.EqualTo(new[] { 42, 40, 6.5, -3.0 }));
        Assert.That(Numbers.Host(curved), Is.EqualTo(new[] { 2, 40.0, 0, 5 }), "[[2, 2 h y2], [2 h y2, 2 h y1]] v");
        var large = string.Join(" + ", Enumerable.Range(1, 300).Select(i => $"angle(p, q + {i})"));
        Assert.That(() => new ExpressionLoss<T>(Device, Variables, large), Throws.ArgumentException.With.Message.Contains("for curvature operations"));
        Assert.That(() => new ExpressionLoss<T>(Device, Variables, "y1 = 1"), Throws.InstanceOf<ExpressionException>().With.Message.StartsWith("objective, line 1"));
    }

    [Test]
    public void TheTextBringsTheSameConstraintBack()
    {
        var set = Make();
        var again = new ConstraintSet<T>(Device, ConstraintTexts.FromJson(set.Texts.ToJson()));
        var (y, x) = (Numbers.Normal(Device, new Shape(3, 6), 1), Numbers.Normal(Device, new Shape(3, 1), 2));
        var (c, d) = (Device.Zeros(12), Device.Zeros(12));
        set.Evaluate(y, x, c);
        again.Evaluate(y, x, d);
        Assert.That(d.ToArray(), Is.EqualTo(c.ToArray()));
        Assert.That(again.Rows, Is.EqualTo(set.Rows));
    }

    private ConstraintSet<T> Make() => ConstraintSet<T>.Parse(Device, Variables, Texts);
}
