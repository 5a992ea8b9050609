namespace PoseEngine.Experiments.Sweeps;

/// <summary>Reads the TOML file of a sweep. Whatever it does not know is an error that names file, line and key.</summary>
internal sealed class SweepFile
{
    /// <summary>More cells than this are a slip of the keyboard.</summary>
    public const int MostCells = 100_000;

    /// <summary>An example with all sections, as <c>--help</c> and the README show it.</summary>
    public static string Example => EmbeddedText.Get("sweep.example.toml").TrimEnd();

    /// <summary>The built-in sweep: Fig. 2.</summary>
    public const string Fig2 = "fig2";

    /// <summary>The table of what constrained cells start from.</summary>
    private static string Start => MethodRegistry.Start.Name;

    private readonly TomlFile _toml;
    private readonly string? _folder;
    private readonly ProblemSpec _problem;

    private SweepFile(string path, ProblemSpec problem, string? folder) => (_toml, _problem, _folder) = (new TomlFile(path), problem, folder);

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">It is missing, or says something that is not allowed.</exception>
    public static SweepSpec Read(string path, ProblemSpec problem) => Parse(path, TomlFile.ReadText(path, "a sweep file; it holds a few grids"), problem);

    /// <summary>The sweep that a text describes; <paramref name="path"/> is for errors, the name and relative packs.</summary>
    public static SweepSpec Parse(string path, string text, ProblemSpec problem)
        => new SweepFile(path, problem, Path.GetDirectoryName(Path.GetFullPath(path))!).Spec(text, Path.GetFileNameWithoutExtension(path));

    /// <summary>The built-in sweep of a preset.</summary>
    /// <param name="preset">smoke, quick or paper.</param>
    /// <param name="seeds">How many seeds, or null for the preset's number.</param>
    /// <exception cref="UserErrorException">There is no such preset.</exception>
    public static SweepSpec OfPreset(string preset, ProblemSpec problem, int? seeds = null)
    {
        problem.PresetOf(preset);
        var spec = new SweepFile($"{Fig2}-{preset}", problem, null).Spec(EmbeddedText.Get($"sweep.{Fig2}-{preset}.toml"), Fig2) with { Preset = preset };
        return seeds is { } count ? spec with { Seeds = [.. Enumerable.Range(1, count).Select(i => (long)i)] } : spec;
    }

    private SweepSpec Spec(string text, string fileName)
    {
        var sections = _toml.Parse(text);
        CheckSections(sections);
        var top = new SectionReader(_toml, sections[0], ["name", "seeds", "batch"]);
        var seeds = top.Counts("seeds", [1], 0, int.MaxValue).Select(seed => (long)seed).ToList();
        top.RefuseRepeated("seeds", seeds);
        var batch = top.Count("batch", _problem.PresetOf("quick").Batch, 1, Setting.MostSamples);
        var start = new SectionReader(_toml, Section(sections, Start), ["iterations", "evaluate-every", "rate", "rate-schedule"]);
        var name = top.Word("name", fileName);
        if (name.Trim().Length == 0 || name.Length > 100) throw top.Error("name", "1 to 100 characters are allowed");
        var grids = sections.Where(section => section.Name == "grid").ToList();
        var configurations = new List<SweepConfiguration>();
        foreach (var grid in grids) AddGrid(configurations, grid, seeds.Count);
        return new SweepSpec(name, SweepSpec.OwnFile, _problem, Data(sections), batch, seeds, Unconstrained(start), configurations);
    }

    private void CheckSections(IReadOnlyList<TomlSection> sections)
    {
        foreach (var section in sections.Skip(1))
        {
            var expected = section.Name == "grid" ? "[[grid]]" : section.Name == "data" || section.Name == Start ? $"[{section.Name}]" : null;
            if (section.Shown != expected) throw _toml.Error(section.Line, section.Shown, expected is null ? $"no such table; allowed are [data], [{Start}] and [[grid]]" : $"write {expected}");
        }
        if (!sections.Any(section => section.Name == "grid")) throw _toml.Error(1, null, "there is no [[grid]] table; give at least one, with a method");
    }

    private static TomlSection Section(IReadOnlyList<TomlSection> sections, string name)
        => sections.FirstOrDefault(section => section.Name == name) ?? new TomlSection(name, false, [], 1);

    private DataSettings Data(IReadOnlyList<TomlSection> sections)
    {
        var data = new SectionReader(_toml, Section(sections, "data"), ["pack", "images", "difficulty", "seed", "split", "labelled", "constrained"]);
        var usual = _problem.Data;
        var pack = data.Word("pack", "");
        foreach (var key in pack.Length > 0 || usual.Images == 0 ? (string[])["images", "difficulty"] : [])
        {
            if (data.Has(key)) throw data.Error(key, pack.Length > 0 ? "has no effect on a pack; leave it or pack out" : "has no effect on data that are not drawn; leave it out");
        }
        if (pack.Length > 0) usual = usual with { Pack = Path.GetFullPath(pack, _folder ?? ""), Inputs = null, Targets = null, Motion = null };
        return usual with
        {
            Images = _problem.Data.Images > 0 ? data.Count("images", _problem.PresetOf("quick").Images, 5, 10_000_000) : 0,
            Difficulty = data.Number("difficulty", usual.Difficulty, 0, 1),
            Seed = data.Count("seed", (int)usual.Seed, 0),
            Split = ProblemFile.Split(data, usual.Split),
            Labelled = data.Has("labelled") ? data.Number("labelled", 1, 1e-6, 1) : usual.Labelled,
            Constrained = data.Has("constrained") ? data.Count("constrained", 1, 1) : usual.Constrained,
        };
    }

    private ModelPlan Unconstrained(SectionReader start)
    {
        var settings = new MethodSettings(MethodRegistry.Start, _problem.ConstraintNames);
        foreach (var setting in ((Setting[])[Setting.Rate, Setting.RateSchedule]).Where(own => start.Has(own.Name)))
        {
            if (start.Values(setting, settings.Method) is [var (value, source)]) settings = settings.With(setting, value, source);
        }
        var iterations = start.Count("iterations", 2000, 1);
        return new ModelPlan(settings, iterations, start.Count("evaluate-every", Math.Max(iterations / 10, 1), 1));
    }

    private void AddGrid(List<SweepConfiguration> configurations, TomlSection section, int seeds)
    {
        string[] methods = [.. MethodRegistry.Constrained.Select(method => method.Name)];
        Setting[] settings = [.. MethodRegistry.SettingsOf(MethodRegistry.Constrained)];
        var grid = new SectionReader(_toml, section, [.. settings.Select(setting => setting.Name), "method", "iterations", "evaluate-every", "seconds"]);
        if (!grid.Has("method")) throw _toml.Error(section.Line, "[[grid]]", $"method is missing; choose from {string.Join(", ", methods)}");
        var iterations = grid.Count("iterations", 200, 1);
        double? seconds = grid.Has("seconds") ? grid.Number("seconds", 1, 1e-3, 1e6) : null;
        foreach (var key in ((string[])["iterations", "evaluate-every"]).Where(key => seconds is not null && grid.Has(key))) throw grid.Error(key, "follows from seconds; leave one of both out");
        var every = grid.Count("evaluate-every", Math.Max(iterations / 10, 1), 1);
        foreach (var method in grid.Words("method", methods).Select(MethodRegistry.Get))
        {
            List<GridAxis> axes = [.. settings.Where(setting => grid.Has(setting.Name)).Select(setting => new GridAxis(setting, grid.Values(setting, method)))];
            var count = axes.Aggregate((double)seeds, (product, axis) => product * axis.Values.Count) + (seeds * (configurations.Count + 1));
            if (count > MostCells) throw _toml.Error(section.Line, "[[grid]]", $"the sweep would have {count:0} cells, {MostCells} are allowed; shorten the lists");
            var expanded = grid.Combined(() => new SweepGrid(method, _problem.ConstraintNames, axes, iterations, every).Expand().Select(c => c with { Seconds = seconds }).ToList());
            foreach (var configuration in expanded) Add(configurations, section, configuration);
        }
    }

    private void Add(List<SweepConfiguration> configurations, TomlSection section, SweepConfiguration added)
    {
        var twin = configurations.Find(other => other.Label == added.Label || other.Plan.Settings.Equals(added.Plan.Settings));
        if (twin is not null) throw _toml.Error(section.Line, "[[grid]]", $"\"{added.Label}\" is in the sweep already, as \"{twin.Label}\"; leave one of them out");
        configurations.Add(added);
    }
}
