using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Runs;
using PoseEngine.Expressions;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Problems;

/// <summary>What an opened problem trains on: scales, columns, D and C, and constraints in the unit of the files.</summary>
public sealed class ProblemDataTests
{
    private const string Sphere = ProblemFolder.Sphere;
    private ProblemFolder _folder = null!;

    [OneTimeSetUp]
    public void WriteFiles()
    {
        _folder = new();
        // A mixture: what comes out is what goes in, heat is never more than twice the mass.
        var rows = Enumerable.Range(0, ProblemFolder.Samples).Select(i => FormattableString.Invariant($"{1 + (0.1 * i)},{20 - (0.3 * i)}"));
        _folder.Write("in.csv", "mass,temp\n" + string.Join('\n', rows));
        _folder.Write("out.csv", "flow,heat\n" + string.Join('\n', Enumerable.Range(0, ProblemFolder.Samples).Select(i => FormattableString.Invariant($"{1 + (0.1 * i)},{0.5 * i}"))));
        _folder.Npy("more.npy", [.. Enumerable.Range(0, 2 * 100).Select(i => 0.01 * i)], 100, 2);
        _folder.Npy("short.npy", [1, 2, 3], 1, 3);
        _folder.Npy("three.npy", [.. Enumerable.Range(0, 300).Select(i => 1.0 * i)], 100, 3);
        _folder.Npy("few.npy", [1, 2, 3, 4], 4, 1);
    }

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void ARegressionIsSplitAndScaledByMeanAndSpread()
    {
        using var problem = _folder.Open(Sphere);
        var data = problem.Data;
        Assert.That((data.Labelled.Count, data.Constrained.Count, data.Validation.Count, data.All.Count), Is.EqualTo((32, 32, 8, 40)));
        Assert.That((problem.Input, problem.Outputs, data.Name), Is.EqualTo(("2", 3, "inputs")));
        Assert.That(data.Constrained, Is.SameAs(data.Labelled));
        for (var j = 0; j < 3; j++)
        {
            double[] own = [.. data.Labelled.Targets.Where((_, at) => at % 3 == j)];
            var (mean, spread) = (own.Average(), Math.Sqrt(own.Average(y => y * y) - Math.Pow(own.Average(), 2)));
            Assert.That((problem.Scale.Outputs.Means[j], problem.Scale.Outputs.Spreads[j]), Is.EqualTo((mean, spread)).Within(1e-12), "of the training targets alone");
            var z = TargetsOf(data.Validation.Source, 3);
            Assert.That(z[j], Is.EqualTo((data.Validation.Targets[j] - mean) / spread).Within(1e-12));
        }
        double[] inputs = InputsOf(data.Labelled.Source, 2);
        Assert.That((inputs.Where((_, at) => at % 2 == 1).Average(), inputs.Where((_, at) => at % 2 == 1).Average(x => x * x)), Is.EqualTo((0.0, 1.0)).Within(1e-12));
    }

    /// <summary>By hand: with m and s of the targets, norm(y) = 10 on outputs z is norm(m + s z) - 10, in the unit of the files.</summary>
    [TestCase("", 1)]
    [TestCase("[targets]\nscale = \"none\"", 1)]
    [TestCase("[targets]\nscale = 5", 5)]
    public void ConstraintsMeanTheNumbersOfTheFiles(string targets, double unit)
    {
        using var problem = _folder.Open($"{Sphere}\n{targets}\n");
        var scale = problem.Scale.Outputs;
        double[] z = [0.5, -1, 2];
        double[] y = [.. z.Select((value, j) => scale.ToTarget(j, value))];
        var expected = Math.Sqrt(y.Sum(value => value * value)) - 10;
        Assert.That(scale.Unit, targets.Length == 0 ? Is.Null : Is.EqualTo(unit));
        // With one unit for all outputs rows are in that unit, as losses are.
        Assert.That(Evaluate(problem.Constraints, z)[0], Is.EqualTo(expected / unit).Within(1e-12));
        Assert.That(Evaluate(problem.Measured, y)[0], Is.EqualTo(expected).Within(1e-12), "what reports show");
        var truth = Measured.Of(problem, problem.Data.Validation, problem.Data.Validation.Targets);
        Assert.That((truth.Violations.Max(), truth.SampleErrors.Max()), Is.EqualTo((0.0, 0.0)).Within(1e-12));
        using var device = new CpuDevice<double>(1);
        using var on = new ProblemDevice<double>(device, problem);
        var measured = on.Measure(on.InitialWeights(3));
        using var evaluator = new Evaluator<double>(on.Network, problem.Data.Validation.Source);
        var raw = evaluator.Predict(on.InitialWeights(3));
        Assert.That(measured.Predictions, Is.EqualTo(raw.Select((value, at) => scale.ToTarget(at % 3, value))).Within(1e-12));
    }

    [Test]
    public void InputsMayStayAsTheyAre()
    {
        using var problem = _folder.Open(Sphere.Replace("targets.npy\"", "targets.npy\"\nscale = \"none\""));
        Assert.That(problem.Scale.Inputs, Is.Null);
        Assert.That(InputsOf(problem.Data.All.Source, 2), Is.EqualTo(_folder.Inputs));
    }

    [Test]
    public void NamesOfTablesStandInConstraintsAndColumnsAreNotScaled()
    {
        using var problem = _folder.Open(
            "[data]\ninputs = \"in.csv\"\ntargets = \"out.csv\"\n[network]\nlayers = \"dense4,dense2\"\n[constraints]\nbalance = \"flow = mass\"\nlimit = \"heat <= 3 mass + x2 / 1000\"\n");
        Assert.That(problem.OutputNames, Is.EqualTo(new[] { "flow", "heat" }));
        var all = problem.Data.All;
        Assert.That((all.Columns[0], all.Columns[1], all.Columns[78], all.Columns[79]), Is.EqualTo((1.0, 20.0, 4.9, 8.3)).Within(1e-12));
        // A target that is off by 1 in both, of the sample with mass 1 and temp 20.
        Assert.That(Evaluate(problem.Measured, [2, 5], 1, 20), Is.EqualTo(new[] { 1, 2 - 0.02 }).Within(1e-12));
        double[] z = [.. ((double[])[2, 5]).Select((value, j) => problem.Scale.Outputs.FromTarget(j, value))];
        Assert.That(Evaluate(problem.Constraints, z, 1, 20), Is.EqualTo(new[] { 1, 2 - 0.02 }).Within(1e-12));
        var truth = Measured.Of(problem, all, all.Targets);
        Assert.That(truth.Violations.Where((_, at) => at % 2 == 0).Max(), Is.Zero.Within(1e-12));
        Assert.That(truth.Violations.Where((_, at) => at % 2 == 1), Has.Some.Positive.And.Some.Zero, "0 where an inequality holds");
    }

    [Test]
    public void AnObjectiveStandsInThePlaceOfTargets()
    {
        using var problem = _folder.Open(
            "[data]\ninputs = \"in.csv\"\nobjective = \"(y1 - mass)^2 + y2\"\n[network]\nlayers = \"dense4,dense2\"\n[constraints]\nhalf = \"y2 >= y1 / 2\"\n");
        Assert.That((problem.Outputs, problem.Data.Outputs, problem.Data.Labelled.Source.Outputs), Is.EqualTo((2, 0, 0)));
        var samples = problem.Data.Validation;
        var measured = Measured.Of(problem, samples, [.. Enumerable.Range(0, 16).Select(i => 1.0 + (i % 2))]);
        double[] masses = [.. samples.Columns.Where((_, at) => at % 2 == 0)];
        Assert.That(measured.Objectives, Is.EqualTo(masses.Select(mass => ((1 - mass) * (1 - mass)) + 2)).Within(1e-12));
        Assert.That(measured.Value("error"), Is.EqualTo(measured.Objectives.Average()).Within(1e-12));
        Assert.That(MetricTable.Of(problem).Select(metric => metric.Key), Does.Not.Contain("meanSquaredError").And.Not.Contain("perOutputRmse"));
    }

    [Test]
    public void AShareOfTheLabelsLeavesAllSamplesUnderConstraints()
    {
        const string text = Sphere + "\n[targets]\nscale = \"none\"\n";
        using var all = _folder.Open(text);
        using var few = _folder.Open(text, data => data with { Labelled = 0.25 });
        using var again = _folder.Open(text, data => data with { Labelled = 0.25 });
        using var other = _folder.Open(text, data => data with { Labelled = 0.25, Seed = 2 });
        Assert.That((few.Data.Labelled.Count, few.Data.Constrained.Count, few.Data.Validation.Count), Is.EqualTo((8, 32, 8)));
        Assert.That(few.Data.Constrained.Targets, Is.EqualTo(all.Data.Labelled.Targets));
        Assert.That(few.Data.Labelled.Targets.Chunk(3).Select(y => y[2]), Is.SubsetOf(all.Data.Labelled.Targets.Chunk(3).Select(y => y[2])).And.Unique);
        Assert.That(again.Data.Labelled.Targets, Is.EqualTo(few.Data.Labelled.Targets));
        Assert.That(other.Data.Labelled.Targets, Is.Not.EqualTo(few.Data.Labelled.Targets));
        Assert.That(few.Data.Settings.Fingerprint, Is.EqualTo(all.Data.Settings.Fingerprint));
    }

    /// <summary>Active sets and mining draw from all of C, minibatches from the few of D.</summary>
    [TestCase("random", 32, "labelled = 0.1")]
    [TestCase("mined", 32, "labelled = 0.1")]
    [TestCase("random", 100, "unlabelled = \"more.npy\"")]
    [TestCase("mined", 100, "unlabelled = \"more.npy\"")]
    public void ActiveSetsDrawFromC(string kind, int samples, string line)
    {
        using var problem = _folder.Open(Sphere.Replace("targets.npy\"", $"targets.npy\"\n{line}"));
        using var device = new CpuDevice<double>(1);
        using var on = new ProblemDevice<double>(device, problem);
        var settings = new MethodSettings(MethodRegistry.Get("hard-sgd"), ["sphere"]).With(Setting.ActiveSet, kind == "mined" ? ActiveSetKind.Mined : ActiveSetKind.Random)
            .With(Setting.Active, 4).With(Setting.MiningPool, 8);
        var data = on.TrainingData(settings, seed: 1);
        Assert.That((data.Labelled.Count, data.Unlabelled!.Count), Is.EqualTo((problem.Data.Labelled.Count, samples)));
        var sampler = data.ActiveSampler!(new RandomGenerator(5));
        var (drawn, indices, w) = (new HashSet<int>(), new int[4], on.InitialWeights(1));
        for (var i = 0; i < 400; i++)
        {
            sampler.Select(w, indices);
            drawn.UnionWith(indices);
        }
        Assert.That(drawn.Max(), Is.InRange(problem.Data.Labelled.Count, samples - 1));
        if (kind == "random") Assert.That(drawn, Has.Count.EqualTo(samples));
    }

    [Test]
    public void UnlabelledInputsAreScaledLikeTheOthersAndKeepTheirColumns()
    {
        using var problem = _folder.Open(Sphere.Replace("targets.npy\"", "targets.npy\"\nunlabelled = \"more.npy\"").Replace("= 10", "= 10 + 0 x1"));
        var (scale, c) = (problem.Scale.Inputs!, problem.Data.Constrained);
        Assert.That(InputsOf(c.Source, 2)[3], Is.EqualTo((0.03 - scale.Means[1]) / scale.Spreads[1]).Within(1e-12));
        Assert.That((c.Columns[2], c.Columns[3], problem.Data.Labelled.Columns.Length), Is.EqualTo((0.02, 0.03, 64)));
    }

    [Test]
    public void AScaleOfAModelIsTakenInsteadOfANewOne()
    {
        var spec = _folder.Parse(Sphere);
        var scale = new ProblemScale(new OutputScale([1, 2], [3, 4]), new OutputScale([0, 0, 1], [1, 2, 3]));
        using var problem = Problem.Open(spec, spec.Data, new DataAccess(null, 1, _ => new Progress<(long, long)>(), CancellationToken.None), scale);
        Assert.That(InputsOf(problem.Data.All.Source, 2)[0], Is.EqualTo((_folder.Inputs[0] - 1) / 3).Within(1e-12));
        var metadata = problem.Metadata();
        var back = ProblemScale.From(metadata, "m.safetensors")!;
        Assert.That((back.Inputs!.Means, back.Outputs.Spreads), Is.EqualTo(((double[])[1, 2], (double[])[1, 2, 3])));
        var again = Problem.SpecOf(metadata);
        Assert.That((again.Name, again.Layers, again.Data.Inputs), Is.EqualTo((spec.Name, spec.Layers, spec.Data.Inputs)));
        metadata["scale"] = metadata["scale"].Replace("[1,2,3]", "[1,2]");
        Assert.That(() => ProblemScale.From(metadata, "m.safetensors"), Throws.TypeOf<ModelFileException>().With.Message.Contains("m.safetensors: the metadata \"scale\" is damaged"));
    }

    [Test]
    public void ImagesOfBytesAndArraysAreInputsToo()
    {
        _folder.Npy("arrays.npy", [.. Enumerable.Range(0, ProblemFolder.Samples * 2 * 3 * 4).Select(i => (double)i)], ProblemFolder.Samples, 2, 3, 4);
        using var problem = _folder.Open(Sphere.Replace("inputs.npy", "arrays.npy"));
        Assert.That(problem.Input, Is.EqualTo("2x3x4"));
        Assert.That(problem.Scale.Inputs!.Means, Has.Count.EqualTo(2), "a mean a channel");
        Assert.That(() => _folder.Open(Sphere.Replace("inputs.npy", "arrays.npy").Replace("= 10", "= x1")), Throws.TypeOf<UserErrorException>().With.Message.Contains("column 11: there is no x1: the samples have no columns"));
    }

    [TestCase("inputs.npy", "none.npy", "none.npy cannot be read")]
    [TestCase("inputs.npy", "short.npy", "targets.npy has 40 rows, ")]
    [TestCase("dense8,tanh,dense3", "dense8,tanh,dense2", "a.toml, line 5, layers: the network ends with 2 outputs, the targets have 3 numbers; let layers end with dense3")]
    [TestCase("dense8,tanh,dense3", "tanh", "a.toml, line 5, layers: the network tanh has no dense layer, which says how many outputs there are; let layers end with denseN")]
    [TestCase("dense8,tanh,dense3", "dense8,magic,dense3", "a.toml, line 5, layers: network: layer 2 of 3 is \"magic\"")]
    [TestCase("norm(y) = 10", "nrom(y) = 10", "a.toml, line 7, sphere: column 1: unknown name \"nrom\", did you mean \"norm\"?")]
    [TestCase("norm(y) = 10", "norm(y) = x3", "a.toml, line 7, sphere: column 11: there is no x3: the columns are x1 to x2")]
    [TestCase("norm(y) = 10", "x1 = 10", "a.toml, line 7, sphere: column 1: the row reads no output")]
    [TestCase("targets = \"targets.npy\"", "objective = \"y1 +\"", "a.toml, line 3, objective: column 5: the expression ends too early")]
    [TestCase("[data]", "[data]\nsplit = \"subject\"", "--split subject: files of numbers have no subjects; choose random, or the share that is held back")]
    [TestCase("[data]", "[data]\nunlabelled = \"three.npy\"", "three.npy: inputs are 3, those of the problem are 2")]
    [TestCase("[network]", "[network]\ninput = \"8\"", "a.toml, line 5, input: inputs are 2, not 8; leave it out, or give the shape of the data")]
    [TestCase("[network]", "[targets]\nnames = [\"a\", \"b\"]\n[network]", "a.toml: the names of outputs expects 3, got 2; names of inputs and outputs come from the headers of CSV files and from [targets]")]
    [TestCase("[network]", "[targets]\npoints = [\"a\", \"b\"]\n[network]", "a.toml: 3 outputs cannot be shared evenly by 2 points")]
    [TestCase("[network]", "[targets]\nnames = [\"a\", \"b\", \"norm\"]\n[network]", "a.toml: the name \"norm\" belongs to the language of expressions")]
    public void WhatDataAndTextsMustNotBeIsOneLine(string sound, string broken, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => _folder.Open(Sphere.Replace(sound, broken)))!;
        Assert.That(error.Message, Does.Contain(message));
        Assert.That(error.Message, Does.Not.Contain('\n'));
    }

    [Test]
    public void FiveSamplesAreNeeded()
        => Assert.That(
            () => _folder.Open("[data]\ninputs = \"few.npy\"\nobjective = \"y1\"\n[network]\nlayers = \"dense1\"\n[constraints]\na = \"y1 = 1\"\n"),
            Throws.TypeOf<UserErrorException>().With.Message.Contains("few.npy: 4 samples are too few to split; at least 5 are needed"));

    private static double[] Evaluate(ConstraintTexts texts, double[] y, params double[] columns)
    {
        using var device = new CpuDevice<double>(1);
        var set = new ConstraintSet<double>(device, texts);
        var c = device.Zeros(texts.Rows.Count);
        set.Evaluate(device.From(y, new Shape(1, y.Length)), columns.Length == 0 ? default : device.From(columns, new Shape(1, columns.Length)), c);
        return c.ToArray();
    }

    private static double[] InputsOf(ISampleSource source, int width) => All(source.Count, width, ((INumberSource)source).CopyInput);

    private static double[] TargetsOf(ISampleSource source, int width) => All(source.Count, width, source.CopyTarget);

    private delegate void Copy(int index, Span<double> destination);

    private static double[] All(int count, int width, Copy copy)
    {
        var all = new double[count * width];
        for (var i = 0; i < count; i++) copy(i, all.AsSpan(i * width, width));
        return all;
    }
}
