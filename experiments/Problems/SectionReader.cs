namespace PoseEngine.Experiments.Problems;

/// <summary>Takes typed values out of one table of a TOML file and refuses the rest.</summary>
internal sealed class SectionReader
{
    private readonly TomlFile _toml;
    private readonly TomlSection _section;
    private readonly Dictionary<string, TomlEntry> _entries;

    /// <summary>A reader; keys that are not <paramref name="allowed"/> are errors, null allows all.</summary>
    public SectionReader(TomlFile toml, TomlSection section, IReadOnlyList<string>? allowed)
    {
        (_toml, _section) = (toml, section);
        foreach (var entry in section.Entries)
        {
            if (allowed is not null && !allowed.Contains(entry.Key)) throw toml.Error(entry.Line, Shown(entry.Key), $"no such key here; allowed are {string.Join(", ", allowed)}");
        }
        _entries = [];
        foreach (var entry in section.Entries)
        {
            // Two names of one text, such as "a.b" and b in the table a.
            if (!_entries.TryAdd(entry.Key, entry)) throw toml.Error(entry.Line, Shown(entry.Key), "stands there twice");
        }
    }

    /// <summary>The keys, those of tables within left out.</summary>
    public IEnumerable<string> Keys => _section.Entries.Where(entry => entry.Parent is null).Select(entry => entry.Key);

    public bool Has(string key) => _entries.ContainsKey(key);

    /// <summary>A reader of the table that stands for a key, or null where a value does.</summary>
    public SectionReader? Table(string key, IReadOnlyList<string> allowed) => !_entries[key].IsTable ? null : new(
        _toml, new TomlSection(key, false, [.. _section.Entries.Where(entry => entry.Parent == key).Select(entry => entry with { Key = entry.Key[(key.Length + 1)..] })], _entries[key].Line), allowed);

    /// <summary>An error at a key's line, or at the table's where the key is missing.</summary>
    public UserErrorException Error(string key, string text) => _toml.Error(LineOf(key), Shown(key), text);

    /// <summary>A key's line, or the table's where the key is missing.</summary>
    public int LineOf(string key) => _entries.TryGetValue(key, out var entry) ? entry.Line : _section.Line;

    public int Count(string key, int usual, int least, int most = int.MaxValue)
        => _entries.TryGetValue(key, out var entry) ? Count(key, Single(entry), least, most) : usual;

    /// <summary>Whole numbers, written as one or as a list.</summary>
    public IReadOnlyList<int> Counts(string key, IReadOnlyList<int> usual, int least, int most)
        => _entries.TryGetValue(key, out var entry) ? [.. entry.Values.Select(value => Count(key, value, least, most))] : usual;

    public double Number(string key, double usual, double least, double most)
    {
        if (!_entries.TryGetValue(key, out var entry)) return usual;
        var scalar = Single(entry);
        var number = scalar.Value switch { double d => d, long l => l, _ => double.NaN };
        return number >= least && number <= most ? number : throw Wrong(key, scalar, $"a number from {least} to {most}");
    }

    /// <summary>One text, of some words where they are given.</summary>
    public string Word(string key, string usual, IReadOnlyList<string>? words = null)
        => _entries.TryGetValue(key, out var entry) ? Word(key, Single(entry), words) : usual;

    /// <summary>One text, or null where the key is missing.</summary>
    public string? WordOrNull(string key) => Has(key) ? Word(key, "") : null;

    /// <summary>A number or a text as it stands, or null where the key is missing.</summary>
    public object? Scalar(string key) => _entries.TryGetValue(key, out var entry) ? Single(entry).Value : null;

    /// <summary>Texts of some words, one or a list.</summary>
    public IReadOnlyList<string> Words(string key, IReadOnlyList<string>? words = null)
    {
        if (!Has(key)) return [];
        var found = _entries[key].Values.Select(value => Word(key, value, words)).ToList();
        RefuseRepeated(key, found);
        return found;
    }

    /// <summary>A value twice in a list would make two things of one name.</summary>
    public void RefuseRepeated<TValue>(string key, IReadOnlyList<TValue> values)
        where TValue : notnull
    {
        var seen = new HashSet<TValue>();
        foreach (var value in values)
        {
            if (!seen.Add(value)) throw Error(key, $"{new TomlScalar(value is int count ? (long)count : value, 0).Text.Trim('"')} stands there twice");
        }
    }

    /// <summary>The values of a setting, one or a list, with where each stands.</summary>
    /// <exception cref="UserErrorException">The method has no such setting, or a value is not allowed.</exception>
    public IReadOnlyList<(object Value, ValueSource Source)> Values(Setting setting, Method method)
    {
        if (!method.Has(setting)) throw Error(setting.Name, $"is no setting of {method.Name}; allowed are {string.Join(", ", method.Settings.Select(own => own.Setting.Name))}");
        var values = _entries[setting.Name].Values.Select(scalar =>
        {
            var source = ValueSource.Line(_toml.Name, scalar.Line, setting.Name, scalar.Text);
            return (Value: setting.Read(scalar.Value, source), Source: source);
        }).ToList();
        RefuseRepeated(setting.Name, [.. values.Select(value => setting.Stored(value.Value))]);
        return values;
    }

    /// <summary>A method's settings with what the table gives of them, one value each.</summary>
    public MethodSettings Settings(Method method, IReadOnlyList<string> constraints)
    {
        var settings = new MethodSettings(method, constraints);
        foreach (var setting in MethodRegistry.AllSettings.Where(setting => Has(setting.Name)))
        {
            Single(_entries[setting.Name]);
            var (value, source) = Values(setting, method)[0];
            settings = settings.With(setting, value, source);
        }
        return settings;
    }

    /// <summary>What only a combination of values shows, some of them not in the file, has no line of its own but that of the table.</summary>
    public TResult Combined<TResult>(Func<TResult> make) => Attempt.When(
        make, e => e is UserErrorException && e.Message.StartsWith("--", StringComparison.Ordinal),
        e => _toml.Error(_section.Line, _section.Shown, e.Message.TrimStart('-')));

    private static string Shown(string key) => key.Length <= 60 ? key : key[..60] + "...";

    private TomlScalar Single(TomlEntry entry) => entry.Values switch
    {
        [var one] when !entry.IsList => one,
        [] => throw _toml.Error(entry.Line, entry.Key, "one value is wanted here, not a table"),
        _ => throw _toml.Error(entry.Line, entry.Key, "one value is allowed here, not a list"),
    };

    private int Count(string key, TomlScalar scalar, int least, int most)
        => scalar.Value is long number && number >= least && number <= most
            ? (int)number
            : throw Wrong(key, scalar, most == int.MaxValue ? $"a whole number of {least} or more" : $"a whole number from {least} to {most}");

    private string Word(string key, TomlScalar scalar, IReadOnlyList<string>? words)
        => scalar.Value is string word && (words is null || words.Contains(word))
            ? word
            : throw Wrong(key, scalar, words is null ? "a text in quotes" : $"one of {string.Join(", ", words)}");

    private UserErrorException Wrong(string key, TomlScalar scalar, string allowed)
        => _toml.Error(scalar.Line, key, $"{scalar.Text} is not allowed; give {allowed}");
}
