using PoseEngine.Constraints;
using PoseEngine.Expressions;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Functions;

/// <summary>
/// Constraints across samples: C = P c, R-op P A v, L-op A^T P u and Gram matrix P A A^T P. Seven samples with three groups by
/// subject, one of them of one sample, and two by camera; one row of three is on one sample alone.
/// </summary>
[TestFixture("cpu-scalar")]
[TestFixture("cpu-simd")]
[TestFixture("cuda-shuffled")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public sealed class GroupCentringTests(string deviceName) : DeviceFixture<double>(deviceName)
{
    private const int Samples = 7, Rows = 3;
    private static readonly int[] Subjects = [4, 4, 9, 4, 9, 1, 9];
    private static readonly int[] Cameras = [0, 1, 0, 0, 1, 1, 0];

    private static readonly ConstraintText[] Texts =
    [
        new("length", "same within subject: distance(p, q)"), new("unit", "norm(p) = 1"), new("bend", "same within camera: height angle(p, q)", "rad"),
    ];

    private Network<double> Network => new(Device, new Shape(5), LayerSpec.ParseNetwork("dense8,tanh,dense6"));

    [Test]
    public void RowsKnowTheirGroups()
    {
        var set = Set();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set.Rows.Select(row => row.Group), Is.EqualTo(new[] { "subject", null, "camera" }));
            Assert.That(set.Texts.Groups, Is.EqualTo(new[] { "subject", "camera" }));
            Assert.That(ConstraintTexts.FromJson(set.Texts.ToJson()).Groups, Is.EqualTo(set.Texts.Groups));
            Assert.That(() => new Inequality<double>(Device, set), Throws.ArgumentException.With.Message.Contains("length is the same within subject"));
        }
    }

    [Test]
    public void ValuesAreLessTheMeanOfTheirGroup()
    {
        var (network, set, batch) = (Network, Set(), Batch());
        using var function = new OutputConstraintFunction<double>(network, set, Samples);
        function.MoveTo(Weights(network), batch);
        var raw = Device.Zeros(Samples * Rows);
        set.Evaluate(function.Linearization.Output, batch.Columns, raw);
        var (c, value) = (raw.ToArray(), function.Value.ToArray());
        for (var k = 0; k < Samples; k++)
        {
            double Mean(int j, int[] labels) => Enumerable.Range(0, Samples).Where(l => labels[l] == labels[k]).Average(l => c[(l * Rows) + j]);
            var expected = new[] { c[k * Rows] - Mean(0, Subjects), c[(k * Rows) + 1], c[(k * Rows) + 2] - Mean(2, Cameras) };
            Assert.That(value.AsSpan(k * Rows, Rows).ToArray(), Is.EqualTo(expected).Within(1e-13), $"sample {k}");
        }
        Assert.That(value[5 * Rows], Is.Zero, "a sample that is a group of its own");
    }

    [Test]
    public void DerivativesHold()
    {
        var (network, batch) = (Network, Batch());
        using var function = new OutputConstraintFunction<double>(network, Set(), Samples);
        var proof = new DerivativeProof(Weights(network).ToArray(), new RandomGenerator(4));
        var results = proof.Of(new MovableFunction<double>(Device, function, w => function.MoveTo(w, batch)));
        Assert.That(results.Where(result => !result.Passed), Is.Empty);
    }

    [Test]
    public void TheGramMatrixIsThatOfTheRows()
    {
        var (network, batch) = (Network, Batch());
        using var function = new OutputConstraintFunction<double>(network, Set(), Samples);
        function.MoveTo(Weights(network), batch);
        var (count, unit) = (function.RowCount, Device.Zeros(function.RowCount));
        var rows = new double[count][];
        for (var r = 0; r < count; r++)
        {
            unit.CopyFrom([.. Enumerable.Range(0, count).Select(i => i == r ? 1.0 : 0)]);
            var row = Device.Zeros(function.ParameterCount);
            function.Lop(unit, row);
            rows[r] = row.ToArray();
        }
        using var gram = function.CreateGram();
        var s = new double[count * count];
        gram.Form(s);
        for (var r = 0; r < count; r++)
        {
            for (var c = 0; c < count; c++)
            {
                Assert.That(s[(r * count) + c], Is.EqualTo(rows[r].Zip(rows[c], (a, b) => a * b).Sum()).Within(1e-12), $"row {r}, column {c}");
                Assert.That(s[(r * count) + c], Is.EqualTo(s[(c * count) + r]));
            }
        }
        Assert.That(rows[5 * Rows], Is.All.Zero, "the row of a sample that is a group of its own");
    }

    /// <summary>
    /// y = w x + b, the same within each group: C_k = w (x_k - mean), which no step but dw = -w makes 0, and b takes the step
    /// of its own gradient over eta.
    /// </summary>
    [TestCase(KktSolver.Gram)]
    [TestCase(KktSolver.Lsqr)]
    [TestCase(KktSolver.MinresQlp)]
    [TestCase(KktSolver.ProjectedMinresQlp)]
    public void AHardStepMakesAGroupsValuesTheSame(KktSolver solver)
    {
        var network = new Network<double>(Device, new Shape(1), new DenseSpec(1));
        var set = ConstraintSet<double>.Parse(Device, new ExpressionVariables(1), new ConstraintText("level", "same within subject: y1"));
        var (w, x) = (Device.From([2.0, 1]), Device.From([1.0, 2, 4, 5, 9], new Shape(5, 1)));
        var batch = new Batch<double>(x, Device.From([3.0, 3, 3, 3, 3], new Shape(5, 1))) { Groups = SampleGroups.On(Device, [0, 0, 1, 1, 2]) };
        using var method = new HardSgd<double>(
            new ResidualRisk<double>(network, 5), new OutputConstraintFunction<double>(network, set, 5), w, new HardSgdOptions(100) { Solver = solver });
        var report = method.Step(batch, batch);
        // R = mean (y - 3)^2, dR/db = 2 mean (y - 3) with y = 3, 5, 9, 11, 19.
        Assert.That(w.ToArray(), Is.EqualTo(new[] { 0, 1 - (2 * 6.4 / 100) }).Within(1e-9));
        Assert.That(report.ActiveViolation, Is.EqualTo(new[] { 1.0 }).Within(1e-12), "|C| = 1, 1, 1, 1, 0");
    }

    [Test]
    public void SamplesWithoutGroupsAreRefused()
    {
        var (network, batch) = (Network, Batch());
        using var function = new OutputConstraintFunction<double>(network, Set(), Samples);
        var w = Weights(network);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => function.MoveTo(w, batch with { Groups = default }), Throws.ArgumentException.With.Message.Contains("constraint length is the same within subject, and the samples have no groups"));
            Assert.That(() => function.MoveTo(w, batch with { Groups = SampleGroups.On(Device, Subjects) }), Throws.ArgumentException.With.Message.Contains("the groupings of 7 samples").And.Message.Contains("expects 30, got 15"));
            Assert.That(() => new ViolationScorer<double>(network, Set(), Source(), 1), Throws.ArgumentException.With.Message.Contains("length is the same within subject"));
            Assert.That(() => new Evaluator<double>(network, new ArraySource<double>(new double[5], new Shape(5)), constraint: Set()), Throws.ArgumentException.With.Message.Contains("same within subject and camera"));
        }
    }

    [Test]
    public void AnEvaluationComparesWithTheMeanOverAllSamples()
    {
        // y = x + 1 in batches of two: groups reach over them.
        var network = new Network<double>(Device, new Shape(1), new DenseSpec(1));
        var set = ConstraintSet<double>.Parse(Device, new ExpressionVariables(1), new ConstraintText("level", "same within subject: y1"), new("one", "y1 = 1"));
        var source = new ArraySource<double>([1, 5, 2, 9, 6], new Shape(1)) { Groups = [1, 2, 1, 3, 1] };
        using var evaluator = new Evaluator<double>(network, source, batch: 2, constraint: set);
        var violations = evaluator.Evaluate(Device.From([1.0, 1]), tolerance: 1.5).Violations;
        using (Assert.EnterMultipleScope())
        {
            // Of 2, 3 and 7 the mean is 4; 6 and 10 are alone.
            Assert.That((violations[0].Median, violations[0].Maximum, violations[0].ShareMet), Is.EqualTo((1.0, 3.0, 0.6)));
            Assert.That((violations[1].Median, violations[1].Maximum), Is.EqualTo((5.0, 9.0)));
        }
    }

    private static Tensor<double> Weights(Network<double> network) => network.InitializeHe(new RandomGenerator(3));

    private static ArraySource<double> Source()
    {
        var random = new RandomGenerator(5);
        double[] Normal(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
        return new ArraySource<double>(Normal(Samples * 5), new Shape(5), columns: Normal(Samples))
        {
            Groups = [.. Subjects.Zip(Cameras).SelectMany(pair => (int[])[pair.First, pair.Second])],
        };
    }

    private ConstraintSet<double> Set() => ConstraintSet<double>.Parse(Device, new ExpressionVariables(6, ["p", "q"], columns: ["height"]), Texts);

    private Batch<double> Batch() => new BatchLoader<double>(Device, Source(), Samples).Load([.. Enumerable.Range(0, Samples)]);
}
