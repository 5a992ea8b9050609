namespace PoseEngine.Experiments.Problems;

/// <summary>Reads problem files. Whatever it does not know is an error that names file, line and key.</summary>
internal sealed class ProblemFile
{
    private const int UsualBatch = 128;
    private static readonly string[] Tables = ["data", "network", "targets", "constraints", "training"];
    private readonly TomlFile _toml;
    private readonly string? _folder;
    private readonly IReadOnlyList<TomlSection> _sections;

    private ProblemFile(string name, string text, string? folder)
    {
        (_toml, _folder) = (new TomlFile(name), folder);
        _sections = _toml.Parse(text);
    }

    /// <summary>Reads a file, or the built-in problem of that name.</summary>
    /// <exception cref="UserErrorException">There is neither, or it says something that is not allowed.</exception>
    public static ProblemSpec Read(string path)
    {
        if (BuiltInProblems.Find(path) is { } builtIn) return Parse(path, builtIn, null);
        if (!File.Exists(path)) throw new UserErrorException($"--problem {path}: there is neither a file nor a built-in problem of that name ({string.Join(", ", BuiltInProblems.Names)})");
        return Parse(path, TomlFile.ReadText(path, "a problem file; data belong into files of their own"), Path.GetDirectoryName(Path.GetFullPath(path)));
    }

    /// <summary>The problem that a text describes.</summary>
    /// <param name="name">For errors, and the problem's name unless it gives one.</param>
    /// <param name="folder">What relative paths belong to; null for a built-in problem.</param>
    public static ProblemSpec Parse(string name, string text, string? folder) => new ProblemFile(name, text, folder).Spec(text, Path.GetFileNameWithoutExtension(name));

    private ProblemSpec Spec(string text, string fileName)
    {
        CheckSections();
        var top = new SectionReader(_toml, _sections[0], ["name", "notes"]);
        var (data, network) = (Section("data", DataKeys), Section("network", ["input", "layers"]));
        var targets = Section("targets", ["points", "names", "unit", "scale"]);
        var constraints = Constraints();
        var presets = Presets([.. constraints.Select(row => row.Name)]);
        var spec = new ProblemSpec
        {
            Name = top.Word("name", fileName),
            Text = text,
            FileName = _toml.Name,
            Lines = Lines(data, network),
            Folder = _folder,
            Data = Data(data, presets["quick"].Images),
            Objective = data.WordOrNull("objective"),
            Input = network.WordOrNull("input"),
            Layers = network.WordOrNull("layers") ?? throw network.Error("layers", "the layers of the network are missing, such as layers = \"dense64,relu,dense9\""),
            Points = targets.Words("points"),
            Outputs = targets.Words("names"),
            Unit = targets.Word("unit", ""),
            OutputScale = Scale(targets),
            ScalesInputs = data.Word("scale", "spread", ["spread", "none"]) == "spread",
            Constraints = constraints,
            Notes = top.Words("notes"),
            Published = [.. _sections.Where(section => section.Name == "published").Select(Published)],
            Presets = presets,
        };
        if (spec.Points.Count > 0 && spec.Outputs.Count > 0) throw targets.Error("names", "has no effect beside points; leave one of them out");
        return spec;
    }

    private Dictionary<string, int> Lines(SectionReader data, SectionReader network)
    {
        var constraints = Section("constraints", null);
        return new(constraints.Keys.Select(name => KeyValuePair.Create($"constraint {name}", constraints.LineOf(name))))
        {
            ["objective"] = data.LineOf("objective"),
            ["layers"] = network.LineOf("layers"),
            ["input"] = network.LineOf("input"),
        };
    }

    private static readonly string[] DataKeys =
        ["inputs", "targets", "objective", "unlabelled", "labelled", "split", "seed", "scale", "pack", "walker", "walker.images", "walker.difficulty", "bvh"];

    private void CheckSections()
    {
        foreach (var section in _sections.Skip(1))
        {
            var isPreset = section.Name.Split('.') is ["preset", var name, ..] && Preset.Names.Contains(name);
            var expected = Tables.Contains(section.Name) ? $"[{section.Name}]"
                : section.Name is "model" or "published" || (isPreset && section.Name.EndsWith(".model", StringComparison.Ordinal)) ? $"[[{section.Name}]]"
                : isPreset && section.Name.Split('.').Length == 2 ? $"[{section.Name}]"
                : null;
            if (section.Shown == expected) continue;
            throw _toml.Error(
                section.Line, section.Shown,
                expected is null ? $"no such table; allowed are {string.Join(", ", Tables.Select(table => $"[{table}]"))}, [[model]], [preset.{string.Join('|', Preset.Names)}], [[preset.NAME.model]] and [[published]]" : $"write {expected}");
        }
    }

    private SectionReader Section(string name, string[]? keys)
        => new(_toml, _sections.FirstOrDefault(section => section.Name == name) ?? new TomlSection(name, false, [], 1), keys);

    private DataSettings Data(SectionReader data, int images)
    {
        string[] kinds = [.. new[] { "inputs", "pack", "walker", "bvh" }.Where(data.Has)];
        if (kinds.Length != 1) throw data.Error(kinds.LastOrDefault() ?? "[data]", "one of inputs, pack, walker and bvh says where samples come from");
        string[] wanted = [.. new[] { "targets", "objective" }.Where(data.Has)];
        if (data.Has("inputs") && wanted.Length != 1) throw data.Error("targets", "inputs need either targets, a file, or an objective as text");
        if (!data.Has("inputs") && wanted.Length > 0) throw data.Error(wanted[0], "belongs to inputs; other data have their own targets");
        return new DataSettings
        {
            Inputs = PathOf(data.WordOrNull("inputs")),
            Targets = PathOf(data.WordOrNull("targets")),
            Unlabelled = PathOf(data.WordOrNull("unlabelled")),
            Pack = PathOf(data.WordOrNull("pack")),
            Motion = PathOf(data.WordOrNull("bvh")),
            Images = data.Count("walker.images", data.Has("walker") ? images : 0, 5, 10_000_000),
            Difficulty = data.Number("walker.difficulty", ImageConditions.DefaultDifficulty, 0, 1),
            Seed = data.Count("seed", 1, 0),
            Split = Split(data, DataSettings.RandomSplit),
            Labelled = data.Number("labelled", 1, 1e-9, 1) is < 1 and var share ? share : null,
        };
    }

    /// <summary>A split as files write it: a word, or the share that is held back.</summary>
    internal static string Split(SectionReader data, string usual) => data.Scalar("split") switch
    {
        null => usual,
        string word when word is DataSettings.RandomSplit or DataSettings.SubjectSplit => word,
        double share when share is > 0 and < 1 => share.ToString("R", CultureInfo.InvariantCulture),
        var other => throw data.Error("split", $"{new TomlScalar(other, 0).Text} is not allowed; give random, subject, or the share that is held back, such as 0.2"),
    };

    private static double? Scale(SectionReader targets) => targets.Scalar("scale") switch
    {
        null or "spread" => null,
        "none" => 1,
        double number when number > 0 && double.IsFinite(number) => number,
        long number and > 0 => number,
        var other => throw targets.Error("scale", $"{new TomlScalar(other, 0).Text} is not allowed; give spread, none, or the units of the targets in one unit of the network's outputs"),
    };

    private List<ConstraintText> Constraints()
    {
        var reader = Section("constraints", null);
        // name = "text", or name = { text = "...", unit = "rad" }
        ConstraintText Row(string name, SectionReader? table) => table is null ? new(name, reader.Word(name, ""))
            : new(name, table.WordOrNull("text") ?? throw reader.Error(name, "text is missing, such as text = \"norm(y) = 10\""), table.WordOrNull("unit"));
        List<ConstraintText> rows = [.. reader.Keys.Select(name => Row(name, reader.Table(name, ["text", "unit"])))];
        return rows.Count > 0 ? rows : throw reader.Error("[constraints]", "there is no constraint; give at least one, such as sphere = \"norm(y) = 10\"");
    }

    private PublishedFigures Published(TomlSection section)
    {
        var reader = new SectionReader(_toml, section, null);
        return new PublishedFigures(
            reader.Word("by", "others"), reader.Keys.Where(key => key != "by").ToDictionary(key => key, key => reader.Number(key, 0, double.MinValue, double.MaxValue)));
    }

    private Dictionary<string, Preset> Presets(IReadOnlyList<string> constraints)
    {
        var training = Section("training", ["batch", "iterations"]);
        return Preset.Names.ToDictionary(name => name, name =>
        {
            var sizes = Section($"preset.{name}", ["batch", "images"]);
            var batch = sizes.Count("batch", training.Count("batch", UsualBatch, 1, Setting.MostSamples), 1, Setting.MostSamples);
            var own = _sections.Where(section => section.Name == $"preset.{name}.model").ToList();
            var models = Models(own.Count > 0 ? own : _sections.Where(section => section.Name == "model"), constraints);
            if (own.Count == 0) models = [.. Filled(models, constraints, training).Select(model => Sized(model, name))];
            var start = models.Find(model => model.Settings.Method.Class == MethodClass.Unconstrained)
                ?? Sized(Usual(MethodRegistry.Start, constraints, training), name);
            return new Preset(
                name, sizes.Count("images", 10_000, 5, 10_000_000), batch, start, [.. models.Where(model => model.Settings.Method.Class != MethodClass.Unconstrained)]);
        });
    }

    /// <summary>The models of a file that names none: every method with its defaults.</summary>
    private static IEnumerable<ModelPlan> Filled(List<ModelPlan> models, IReadOnlyList<string> constraints, SectionReader training)
        => models.Count > 0 ? models : MethodRegistry.All.Select(method => Usual(method, constraints, training));

    private static ModelPlan Usual(Method method, IReadOnlyList<string> constraints, SectionReader training)
    {
        var settings = new MethodSettings(method, constraints);
        var iterations = method.Class == MethodClass.Hard ? method.UsualIterations : training.Count("iterations", method.UsualIterations, 1);
        return new ModelPlan(settings, iterations, Math.Max(iterations / 10, 1));
    }

    /// <summary>A model of a file that does not tell presets apart: smoke takes a few of its steps, paper ten times as many.</summary>
    private static ModelPlan Sized(ModelPlan model, string preset)
    {
        var warmup = model.Settings.Method.WarmupOf(model.Settings);
        return preset switch
        {
            "smoke" => model with { Iterations = warmup + Math.Clamp((model.Iterations - warmup) / 50, 2, 40), EvaluateEvery = Math.Max(model.EvaluateEvery / 10, 1) },
            "paper" => model with { Iterations = warmup + (10 * (model.Iterations - warmup)), EvaluateEvery = 10 * model.EvaluateEvery },
            _ => model,
        };
    }

    /// <summary>Models of different names, since those of their files are made of them; one of them at the most is where the others start.</summary>
    private List<ModelPlan> Models(IEnumerable<TomlSection> sections, IReadOnlyList<string> constraints)
    {
        var models = new List<ModelPlan>();
        foreach (var section in sections)
        {
            var model = Model(section, constraints);
            bool IsTwin(ModelPlan other) => other.Settings.Label == model.Settings.Label
                || (other.Settings.Method.Class == MethodClass.Unconstrained && model.Settings.Method.Class == MethodClass.Unconstrained);
            if (models.Find(IsTwin) is { } twin) throw _toml.Error(section.Line, section.Shown, $"\"{model.Settings.Label}\" is there already, as \"{twin.Settings.Label}\"; leave one of them out");
            models.Add(model);
        }
        return models;
    }

    private ModelPlan Model(TomlSection section, IReadOnlyList<string> constraints)
    {
        var reader = new SectionReader(_toml, section, [.. MethodRegistry.AllSettings.Select(setting => setting.Name), "method", "iterations", "evaluate-every"]);
        var name = reader.Word("method", "", [.. MethodRegistry.All.Select(method => method.Name)]);
        if (name.Length == 0) throw _toml.Error(section.Line, section.Shown, $"method is missing; choose from {string.Join(", ", MethodRegistry.All)}");
        var method = MethodRegistry.Get(name);
        var settings = reader.Combined(reader.Settings(method, constraints).Checked);
        var iterations = reader.Count("iterations", method.UsualIterations, 1);
        return reader.Combined(new ModelPlan(settings, iterations, reader.Count("evaluate-every", Math.Max(iterations / 10, 1), 1)).Checked);
    }

    private string? PathOf(string? path) => path is null ? null : Path.GetFullPath(path, _folder ?? Environment.CurrentDirectory);
}
