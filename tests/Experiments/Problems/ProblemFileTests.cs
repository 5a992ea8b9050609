using PoseEngine.Constraints;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Commands;
using PoseEngine.Layers;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Problems;

/// <summary>Problem files: what they mean, and one clear error for whatever they must not say.</summary>
public sealed class ProblemFileTests
{
    private const string Data = "[data]\ninputs = \"i.npy\"\ntargets = \"t.npy\"\n";
    private const string Network = "[network]\nlayers = \"dense8,relu,dense3\"\n";
    private const string Constraints = "[constraints]\nsphere = \"norm(y) = 10\"\n";
    private const string Whole = Data + Network + Constraints;

    [Test]
    public void WhatShowPrintsIsTheBuiltInProblem([Values("pose", "limits", "subjects")] string name)
    {
        var (code, text, _) = Captured.Run(() => CommandLine.Run(["problem", "show", name]));
        Assert.That(code, Is.Zero);
        var (own, builtIn) = (ProblemFile.Parse("my.toml", text, "/data"), ProblemFile.Read(name));
        Assert.That((own.IsBuiltIn, builtIn.IsBuiltIn, own.Name, builtIn.Name), Is.EqualTo((false, true, "my", name)));
        Assert.That(own.Data, Is.EqualTo(builtIn.Data));
        Assert.That((own.Input, own.Layers, own.Unit, own.OutputScale, own.Objective), Is.EqualTo((builtIn.Input, builtIn.Layers, builtIn.Unit, builtIn.OutputScale, builtIn.Objective)));
        Assert.That(own.Points, Is.EqualTo(builtIn.Points));
        Assert.That(own.Constraints, Is.EqualTo(builtIn.Constraints));
        foreach (var preset in Preset.Names)
        {
            var (mine, theirs) = (own.PresetOf(preset), builtIn.PresetOf(preset));
            Assert.That((mine.Images, mine.Batch), Is.EqualTo((theirs.Images, theirs.Batch)));
            Assert.That(mine.All, Is.EqualTo(theirs.All), preset);
        }
    }

    [Test]
    public void PoseIsSection5OfThePaper()
    {
        var pose = PoseProblem.Bare;
        Assert.That(pose.Constraints.Texts.Select(row => (row.Name, row.Text)), Is.EqualTo(LimbSymmetry.PaperTexts.Texts.Select(row => (row.Name, row.Text))));
        Assert.That(pose.Constraints.Value.ToString(), Is.EqualTo(LimbSymmetry.PaperTexts.Value.ToString()), "in the unit of the outputs");
        Assert.That(pose.Spec.Points, Is.EqualTo(LimbSymmetry.PaperPoints));
        Assert.That((pose.Spec.Layers, pose.Input, pose.Scale.Outputs.Unit, pose.IsPose), Is.EqualTo((LayerSpec.PaperNetwork, "3x128x128", 100.0, true)));
        Assert.That(pose.Spec.PresetOf("paper").Images, Is.EqualTo(162_008));
    }

    [Test]
    public void EveryBuiltInProblemIsOne()
    {
        Assert.That(BuiltInProblems.Names, Is.SupersetOf(new[] { "column", "limits", "norm", "pose", "subjects" }));
        foreach (var name in BuiltInProblems.Names) Assert.That(ProblemFile.Read(name).Constraints, Is.Not.Empty, name);
        var (_, list, _) = Captured.Run(() => CommandLine.Run(["problem", "show"]));
        Assert.That(list.TrimEnd().Split('\n').Select(line => line.Split(' ')[0]), Is.EqualTo(BuiltInProblems.Names));
    }

    [Test]
    public void WhatAFileLeavesOutIsUsual()
    {
        var spec = ProblemFile.Parse("study.toml", Whole, "/data");
        Assert.That((spec.Name, spec.Unit, spec.OutputScale, spec.ScalesInputs), Is.EqualTo(("study", "", (double?)null, true)));
        Assert.That((spec.Data.Inputs, spec.Data.Targets, spec.Data.Split, spec.Data.Labelled), Is.EqualTo(("/data/i.npy", "/data/t.npy", "random", (double?)null)));
        var quick = spec.PresetOf("quick");
        Assert.That(quick.All.Select(model => model.Settings.Method), Is.EqualTo(MethodRegistry.All), "every method with its defaults");
        Assert.That(quick.All.Select(model => model.Settings.Label), Is.EqualTo(MethodRegistry.All.Select(method => new MethodSettings(method, ["sphere"]).Label)));
        Assert.That(spec.PresetOf("smoke").All.Select(model => model.Iterations), Has.All.LessThanOrEqualTo(240));
        Assert.That(spec.PresetOf("paper").Start.Iterations, Is.EqualTo(10 * quick.Start.Iterations));
    }

    [Test]
    public void EverySettingReachesItsPlace()
    {
        var spec = ProblemFile.Parse(
            "a.toml",
            """
            name = "the study"
            notes = "Read me."
            [data]
            inputs = "i.npz:x"
            targets = "/far/t.csv"
            unlabelled = "more.npy"
            labelled = 0.05
            split = 0.1
            seed = 7
            scale = "none"
            [network]
            input = "8"
            layers = "dense8,relu,dense2"
            [targets]
            names = ["flow", "heat"]
            unit = "kg"
            scale = 3
            [constraints]
            balance = "flow = 2 heat"
            "upper bound" = { text = "heat <= 1", unit = "W" }
            lower.text = "heat >= 0"
            [training]
            batch = 16
            iterations = 40
            [preset.quick]
            batch = 32
            [[preset.quick.model]]
            method = "hard-sgd"
            eta = 30
            iterations = 4
            evaluate-every = 2
            [[published]]
            by = "others"
            error = 1e-3
            """, "/data");
        Assert.Multiple(() =>
        {
            Assert.That((spec.Name, spec.Notes), Is.EqualTo(("the study", (string[])["Read me."])));
            Assert.That((spec.Data.Inputs, spec.Data.Targets, spec.Data.Unlabelled), Is.EqualTo(("/data/i.npz:x", "/far/t.csv", "/data/more.npy")));
            Assert.That((spec.Data.Labelled, spec.Data.HeldBack, spec.Data.Seed, spec.ScalesInputs), Is.EqualTo(((double?)0.05, (double?)0.1, 7L, false)));
            Assert.That((spec.Input, spec.Layers, spec.Unit, spec.OutputScale), Is.EqualTo(("8", "dense8,relu,dense2", "kg", (double?)3)));
            Assert.That(spec.Outputs, Is.EqualTo(new[] { "flow", "heat" }));
            Assert.That(spec.Constraints, Is.EqualTo(new ConstraintText[] { new("balance", "flow = 2 heat"), new("upper bound", "heat <= 1", "W"), new("lower", "heat >= 0") }));
            Assert.That((spec.PresetOf("quick").Batch, spec.PresetOf("smoke").Batch), Is.EqualTo((32, 16)));
            Assert.That(spec.PresetOf("quick").Constrained, Is.EqualTo(new[] { new ModelPlan(new MethodSettings(MethodRegistry.Get("hard-sgd"), ["balance", "upper bound", "lower"]).With(Setting.Eta, 30), 4, 2) }));
            Assert.That(spec.PresetOf("quick").Start.Iterations, Is.EqualTo(40));
            Assert.That(spec.Published.Single().Figures["error"], Is.EqualTo(1e-3));
        });
    }

    [TestCase("scale = \"none\"", 1.0)]
    [TestCase("scale = \"spread\"", null)]
    [TestCase("scale = 2.5", 2.5)]
    [TestCase("", null)]
    public void TheScaleOfTargetsIsSpreadNoneOrANumber(string line, double? scale)
        => Assert.That(ProblemFile.Parse("a.toml", $"{Whole}[targets]\n{line}\n", "/data").OutputScale, Is.EqualTo(scale));

    [TestCase("", "a.toml, line 1, [constraints]: there is no constraint; give at least one")]
    [TestCase(Network + Constraints, "a.toml, line 1, [data]: one of inputs, pack, walker and bvh says where samples come from")]
    [TestCase("nam = 1\n" + Whole, "line 1, nam: no such key here; allowed are name, notes")]
    [TestCase("name = 3\n" + Whole, "line 1, name: 3 is not allowed; give a text in quotes")]
    [TestCase("[dta]\n" + Whole, "line 1, [dta]: no such table; allowed are [data], [network], [targets], [constraints], [training], [[model]], [preset.smoke|quick|paper]")]
    [TestCase("[[data]]\n" + Network + Constraints, "line 1, [[data]]: write [data]")]
    [TestCase(Whole + "[model]\nmethod = \"soft-sgd\"", "line 8, [model]: write [[model]]")]
    [TestCase(Whole + "[preset.huge]\nbatch = 2", "line 8, [preset.huge]: no such table")]
    [TestCase(Whole + "[[preset.quick]]\nbatch = 2", "line 8, [[preset.quick]]: write [preset.quick]")]
    [TestCase(Whole + "[preset.quick.model]\nmethod = \"soft-sgd\"", "line 8, [preset.quick.model]: write [[preset.quick.model]]")]
    [TestCase("[data]\nfile = \"x\"\n" + Network + Constraints, "line 2, file: no such key here; allowed are inputs, targets, objective")]
    [TestCase("[data]\ninputs = \"i.npy\"\npack = \"p\"\n" + Network + Constraints, "line 3, pack: one of inputs, pack, walker and bvh")]
    [TestCase("[data]\ninputs = \"i.npy\"\n" + Network + Constraints, "line 1, targets: inputs need either targets, a file, or an objective as text")]
    [TestCase("[data]\ninputs = \"i.npy\"\ntargets = \"t.npy\"\nobjective = \"y1\"\n" + Network + Constraints, "line 3, targets: inputs need either targets, a file, or an objective")]
    [TestCase("[data]\npack = \"p\"\ntargets = \"t.npy\"\n" + Network + Constraints, "line 3, targets: belongs to inputs; other data have their own targets")]
    [TestCase("[data]\npack = \"p\"\nobjective = \"y1\"\n" + Network + Constraints, "line 3, objective: belongs to inputs; other data have their own targets")]
    [TestCase(Data + "labelled = 0\n" + Network + Constraints, "line 4, labelled: 0 is not allowed; give a number")]
    [TestCase(Data + "labelled = 1.5\n" + Network + Constraints, "line 4, labelled: 1.5 is not allowed; give a number")]
    [TestCase(Data + "split = 1.5\n" + Network + Constraints, "line 4, split: 1.5 is not allowed; give random, subject, or the share that is held back")]
    [TestCase(Data + "split = \"odd\"\n" + Network + Constraints, "line 4, split: \"odd\" is not allowed")]
    [TestCase(Data + "seed = -1\n" + Network + Constraints, "line 4, seed: -1 is not allowed; give a whole number of 0 or more")]
    [TestCase(Data + "scale = \"max\"\n" + Network + Constraints, "line 4, scale: \"max\" is not allowed; give one of spread, none")]
    [TestCase("[data]\nwalker = { images = 3 }\n" + Network + Constraints, "line 2, walker.images: 3 is not allowed; give a whole number from 5")]
    [TestCase("[data]\nwalker = { difficulty = 2 }\n" + Network + Constraints, "line 2, walker.difficulty: 2 is not allowed; give a number from 0 to 1")]
    [TestCase("[data]\nwalker = { speed = 2 }\n" + Network + Constraints, "line 2, walker.speed: no such key here")]
    [TestCase("[data]\ninputs = [\"a\", \"b\"]\ntargets = \"t.npy\"\n" + Network + Constraints, "line 2, inputs: one value is allowed here, not a list")]
    [TestCase(Data + "[network]\n" + Constraints, "line 4, layers: the layers of the network are missing")]
    [TestCase(Data + Constraints, "layers: the layers of the network are missing")]
    [TestCase(Data + "[network]\nlayers = 3\n" + Constraints, "line 5, layers: 3 is not allowed; give a text in quotes")]
    [TestCase(Whole + "[targets]\npoints = [\"a\"]\nnames = [\"b\"]", "line 10, names: has no effect beside points")]
    [TestCase(Whole + "[targets]\nscale = 0", "line 9, scale: 0 is not allowed; give spread, none, or the units of the targets")]
    [TestCase(Whole + "[targets]\nscale = \"big\"", "line 9, scale: \"big\" is not allowed; give spread, none, or")]
    [TestCase(Data + Network, "[constraints]: there is no constraint; give at least one, such as sphere")]
    [TestCase(Data + Network + "[constraints]\n", "line 6, [constraints]: there is no constraint; give at least one")]
    [TestCase(Data + Network + "[constraints]\nsphere = 10", "line 7, sphere: 10 is not allowed; give a text in quotes")]
    [TestCase(Data + Network + "[constraints]\nsphere = { unit = \"mm\" }", "line 7, sphere: text is missing, such as text = \"norm(y) = 10\"")]
    [TestCase(Data + Network + "[constraints]\nsphere = { text = 3 }", "line 7, text: 3 is not allowed; give a text in quotes")]
    [TestCase(Data + Network + "[constraints]\na.text = \"y1 = 1\"\n\"a.text\" = \"y2 = 1\"", "line 8, a.text: stands there twice")]
    [TestCase(Data + Network + "[constraints]\nsphere = { text = \"y1 = 1\", colour = \"red\" }", "line 7, colour: no such key here; allowed are text, unit")]
    [TestCase(Whole + "[training]\nbatch = 0", "line 9, batch: 0 is not allowed; give a whole number from 1 to 16384")]
    [TestCase(Whole + "[training]\nepochs = 1", "line 9, epochs: no such key here; allowed are batch, iterations")]
    [TestCase(Whole + "[[model]]\neta = 3", "line 8, [[model]]: method is missing; choose from unconstrained, soft-sgd")]
    [TestCase(Whole + "[[model]]\nmethod = \"magic\"", "line 9, method: \"magic\" is not allowed; give one of unconstrained, soft-sgd")]
    [TestCase(Whole + "[[model]]\nmethod = \"soft-adam\"\neta = 3", "line 10, eta: is no setting of soft-adam; allowed are lambda, rate")]
    [TestCase(Whole + "[[model]]\nmethod = \"soft-sgd\"\nbeta = 3", "line 10, beta: no such key here; allowed are")]
    [TestCase(Whole + "[[model]]\nmethod = \"soft-sgd\"\neta = -3", "line 10, eta: -3 is not allowed; give a number above 0")]
    [TestCase(Whole + "[[model]]\nmethod = \"soft-sgd\"\neta = [3, 4]", "line 10, eta: one value is allowed here, not a list")]
    [TestCase(Whole + "[[model]]\nmethod = \"soft-sgd\"\nlambda = \"1,2\"", "line 10, lambda: \"1,2\": give one number, or 1 for the constraints sphere; got 2")]
    [TestCase(Whole + "[[model]]\nmethod = \"hard-adam\"\nwarmup = 30\niterations = 20", "line 8, [[model]]: iterations 20: the first 30 only warm the moments of hard-adam; take more")]
    [TestCase(Whole + "[[model]]\nmethod = \"hard-sgd\"\nactive-set = \"mined\"\nactive = 2000", "line 8, [[model]]: mining-pool 1024: must be at least the 2000 samples of an active set")]
    [TestCase(Whole + "[[model]]\nmethod = \"soft-sgd\"\n[[model]]\nmethod = \"soft-sgd\"\nlambda = 1e-3", "line 10, [[model]]: \"soft-sgd lambda=0.001 eta=300\" is there already, as")]
    [TestCase(Whole + "[[model]]\nmethod = \"unconstrained\"\n[[model]]\nmethod = \"unconstrained\"\nrate-schedule = \"cosine:9\"", "line 10, [[model]]: \"unconstrained rate=cosine:9\" is there already, as \"unconstrained\"")]
    [TestCase(Whole + "[[model]]\nmethod = \"soft-sgd\"\niterations = 0", "line 10, iterations: 0 is not allowed; give a whole number of 1 or more")]
    [TestCase(Whole + "[[published]]\nerror = \"small\"", "line 9, error: \"small\" is not allowed; give a number")]
    [TestCase(Data + "inputs = \"other\"\n" + Network + Constraints, "line 4: is not TOML")]
    [TestCase(Data + "= 3\n" + Network + Constraints, "line 4: is not TOML")]
    public void WhatIsNotAllowedIsNamedWithFileLineAndKey(string text, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => ProblemFile.Parse("a.toml", text, "/data"));
        Assert.That(error!.Message, Does.Contain(message));
        Assert.That(error.Message, Does.StartWith("a.toml, line").And.Not.Contain("\n"));
    }

    [Test]
    public void AProblemThatIsNotThereIsNamedWithThoseThatAre()
    {
        Assert.That(
            () => ProblemFile.Read("poze"),
            Throws.TypeOf<UserErrorException>().With.Message.Contains("--problem poze: there is neither a file nor a built-in problem of that name (column, limits, norm, pose, subjects)"));
        var (code, _, error) = Captured.Run(() => CommandLine.Run(["problem", "show", "poze"]));
        Assert.That((code, error), Is.EqualTo((CommandLine.BadInput, $"poseengine: problem show poze: no such problem; choose one of column, limits, norm, pose, subjects{Environment.NewLine}")));
        Assert.That(() => PoseProblem.Spec.PresetOf("huge"), Throws.TypeOf<UserErrorException>().With.Message.EqualTo("--preset huge: no such preset; choose one of smoke, quick, paper"));
    }
}
