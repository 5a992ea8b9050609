namespace PoseEngine.Experiments.Sweeps;

/// <summary>Reads the TOML file of a sweep. Whatever it does not know is an error that names file, line and key.</summary>
public sealed class SweepFile
{
    /// <summary>More cells than this are a slip of the keyboard.</summary>
    public const int MostCells = 100_000;

    /// <summary>An example with all sections, as <c>--help</c> and the README show it.</summary>
    public const string Example =
        """
        name = "eta-study"            # for titles and the default folder
        seeds = [1, 2, 3]             # each configuration is trained once a seed
        batch = 128

        [data]                        # all optional: images, difficulty, seed, split, or pack = "FOLDER"
        images = 2000

        [unconstrained]               # what constrained cells start from: iterations, evaluate-every, rate
        iterations = 1000

        [[grid]]                      # any number of grids; every list is an axis
        method = "soft-adam"
        lambda = [1e-4, 1e-3, 1e-2]
        iterations = 200
        evaluate-every = 50

        [[grid]]
        method = "hard-sgd"
        eta = [300, 1000, 3000]
        active-set = "random"
        active = [16, 128]
        iterations = 60

        [[grid]]
        method = "soft-sgd"
        eta = 1000
        momentum = [0, 0.9]
        lambda-schedule = "geometric:0.01:100"    # from 0.01 lambda to lambda in 100 steps
        active-set = "mined"          # the samples that violate most of mining-pool drawn ones
        mining-pool = 512
        active = 16

        [[grid]]
        method = "hard-adam"
        epsilon = [1e-8, 1e-2]
        warmup = 100                  # the first 100 of the iterations move only the moments
        active = 16
        iterations = 130
        """;

    /// <summary>No sweep file is longer.</summary>
    private const long MostBytes = 1 << 20;

    private readonly SweepToml _toml;
    private readonly string _folder;

    private SweepFile(string path)
    {
        _toml = new SweepToml(path);
        _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">It is missing, or says something that is not allowed.</exception>
    public static SweepSpec Read(string path)
    {
        string text;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MostBytes) throw new UserErrorException($"{path}: {length} bytes are beyond the limit of {MostBytes} for a sweep file; it holds a few grids");
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({e.Message.Split('\n')[0].TrimEnd('.')})", e);
        }
        return Parse(path, text);
    }

    /// <summary>The sweep that a text describes; <paramref name="path"/> is for errors, the name and relative packs.</summary>
    public static SweepSpec Parse(string path, string text) => new SweepFile(path).Spec(text, Path.GetFileNameWithoutExtension(path));

    private SweepSpec Spec(string text, string fileName)
    {
        var sections = _toml.Parse(text);
        CheckSections(sections);
        var top = new SectionReader(_toml, sections[0], ["name", "seeds", "batch"]);
        var seeds = top.Counts("seeds", [1], 0, int.MaxValue).Select(seed => (long)seed).ToList();
        top.RefuseRepeated("seeds", seeds);
        var batch = top.Count("batch", 128, 1, MethodSettings.MostSamples);
        var start = new SectionReader(_toml, Section(sections, "unconstrained"), ["iterations", "evaluate-every", "rate"]);
        var name = top.Word("name", fileName);
        if (name.Trim().Length == 0 || name.Length > 100) throw top.Error("name", "1 to 100 characters are allowed");
        var grids = sections.Where(section => section.Name == "grid").ToList();
        var configurations = new List<SweepConfiguration>();
        foreach (var grid in grids) AddGrid(configurations, grid, seeds.Count);
        return new SweepSpec(name, "file", Data(sections), batch, seeds, Unconstrained(start), configurations);
    }

    private void CheckSections(IReadOnlyList<TomlSection> sections)
    {
        foreach (var section in sections.Skip(1))
        {
            var expected = section.Name switch { "grid" => "[[grid]]", "data" or "unconstrained" => $"[{section.Name}]", _ => null };
            var found = section.IsArrayItem ? $"[[{section.Name}]]" : $"[{section.Name}]";
            if (found != expected)
            {
                throw _toml.Error(section.Line, found, expected is null ? "no such table; allowed are [data], [unconstrained] and [[grid]]" : $"write {expected}");
            }
        }
        if (!sections.Any(section => section.Name == "grid"))
        {
            throw _toml.Error(1, null, "there is no [[grid]] table; give at least one, with a method");
        }
    }

    private static TomlSection Section(IReadOnlyList<TomlSection> sections, string name)
        => sections.FirstOrDefault(section => section.Name == name) ?? new TomlSection(name, false, [], 1);

    private DataSettings Data(IReadOnlyList<TomlSection> sections)
    {
        var data = new SectionReader(_toml, Section(sections, "data"), ["pack", "images", "difficulty", "seed", "split"]);
        var usual = new DataSettings();
        var pack = data.Word("pack", "");
        foreach (var key in pack.Length > 0 ? (string[])["images", "difficulty"] : [])
        {
            if (data.Has(key)) throw data.Error(key, "has no effect on a pack; leave it or pack out");
        }
        return usual with
        {
            Pack = pack.Length > 0 ? Path.GetFullPath(pack, _folder) : null,
            Images = data.Count("images", RunPlan.OfPreset("quick").Images, 5, 10_000_000),
            Difficulty = data.Number("difficulty", usual.Difficulty, 0, 1),
            Seed = data.Count("seed", 1, 0, int.MaxValue),
            Split = data.Word("split", usual.Split, ["random", "subject"]),
        };
    }

    private static ModelPlan Unconstrained(SectionReader start)
    {
        var settings = new MethodSettings { Method = "unconstrained" };
        if (start.Has("rate")) settings = start.Set(MethodKeys.All.Single(key => key.Name == "rate"), settings);
        var iterations = start.Count("iterations", 2000, 1, int.MaxValue);
        return new ModelPlan(settings, iterations, start.Count("evaluate-every", Math.Max(iterations / 10, 1), 1, int.MaxValue));
    }

    private void AddGrid(List<SweepConfiguration> configurations, TomlSection section, int seeds)
    {
        string[] methods = [.. MethodSettings.Methods.Where(method => method != "unconstrained")];
        var known = MethodKeys.All.Select(key => key.Name).Concat(["method", "iterations", "evaluate-every"]);
        var grid = new SectionReader(_toml, section, [.. known]);
        if (!grid.Has("method")) throw _toml.Error(section.Line, "[[grid]]", $"method is missing; choose from {string.Join(", ", methods)}");
        var iterations = grid.Count("iterations", 200, 1, int.MaxValue);
        var every = grid.Count("evaluate-every", Math.Max(iterations / 10, 1), 1, int.MaxValue);
        foreach (var method in grid.Words("method", methods))
        {
            var axes = grid.Axes(method);
            var count = axes.Aggregate((double)seeds, (product, axis) => product * axis.Values.Count) + (seeds * (configurations.Count + 1));
            if (count > MostCells) throw _toml.Error(section.Line, "[[grid]]", $"the sweep would have {count:0} cells, {MostCells} are allowed; shorten the lists");
            foreach (var configuration in Expand(section, new SweepGrid(method, axes, iterations, every))) Add(configurations, section, configuration);
        }
    }

    private List<SweepConfiguration> Expand(TomlSection section, SweepGrid grid)
    {
        try
        {
            return [.. grid.Expand()];
        }
        catch (UserErrorException e)
        {
            throw _toml.Error(section.Line, "[[grid]]", e.Message.TrimStart('-'));
        }
    }

    private void Add(List<SweepConfiguration> configurations, TomlSection section, SweepConfiguration added)
    {
        var twin = configurations.Find(other => other.Label == added.Label || other.Plan.Settings == added.Plan.Settings);
        if (twin is not null) throw _toml.Error(section.Line, "[[grid]]", $"\"{added.Label}\" is in the sweep already, as \"{twin.Label}\"; leave one of them out");
        configurations.Add(added);
    }
}
