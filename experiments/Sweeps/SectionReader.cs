namespace PoseEngine.Experiments.Sweeps;

/// <summary>Takes typed values out of one table of a sweep file and refuses the rest.</summary>
internal sealed class SectionReader
{
    private readonly SweepToml _toml;
    private readonly TomlSection _section;
    private readonly Dictionary<string, TomlEntry> _entries;

    /// <summary>A reader; keys that are not <paramref name="allowed"/> are errors.</summary>
    public SectionReader(SweepToml toml, TomlSection section, IReadOnlyList<string> allowed)
    {
        (_toml, _section) = (toml, section);
        foreach (var entry in section.Entries)
        {
            if (!allowed.Contains(entry.Key)) throw toml.Error(entry.Line, Shown(entry.Key), $"no such key here; allowed are {string.Join(", ", allowed)}");
        }
        _entries = section.Entries.ToDictionary(entry => entry.Key);
    }

    private static string Shown(string key) => key.Length <= 60 ? key : key[..60] + "...";

    public bool Has(string key) => _entries.ContainsKey(key);

    /// <summary>An error at a key's line, or at the table's where the key is missing.</summary>
    public UserErrorException Error(string key, string text) => _toml.Error(_entries.TryGetValue(key, out var entry) ? entry.Line : _section.Line, key, text);

    /// <summary>One whole number.</summary>
    public int Count(string key, int usual, int least, int most)
        => _entries.TryGetValue(key, out var entry) ? Count(key, Single(entry), least, most) : usual;

    /// <summary>Whole numbers, written as one or as a list.</summary>
    public IReadOnlyList<int> Counts(string key, IReadOnlyList<int> usual, int least, int most)
        => _entries.TryGetValue(key, out var entry) ? [.. entry.Values.Select(value => Count(key, value, least, most))] : usual;

    /// <summary>One number.</summary>
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

    /// <summary>Texts of some words, one or a list.</summary>
    public IReadOnlyList<string> Words(string key, IReadOnlyList<string> words)
    {
        var found = _entries[key].Values.Select(value => Word(key, value, words)).ToList();
        RefuseRepeated(key, found);
        return found;
    }

    /// <summary>A value twice in a list would make two cells of one name.</summary>
    public void RefuseRepeated<TValue>(string key, IReadOnlyList<TValue> values)
        where TValue : notnull
    {
        var seen = new HashSet<TValue>();
        foreach (var value in values)
        {
            if (!seen.Add(value)) throw Error(key, $"{MethodKey.Text(value)} stands there twice");
        }
    }

    /// <summary>The axes of a method's grid.</summary>
    public List<GridAxis> Axes(string method)
    {
        var axes = new List<GridAxis>();
        foreach (var key in MethodKeys.All.Where(key => Has(key.Name)))
        {
            if (!key.IsUsedBy(method)) throw Error(key.Name, $"is no setting of {method}; allowed are {string.Join(", ", MethodKeys.Of(method).Select(k => k.Name))}");
            var values = _entries[key.Name].Values.Select(scalar => Value(key, scalar, method)).ToList();
            RefuseRepeated(key.Name, values);
            axes.Add(new GridAxis(key, values));
        }
        return axes;
    }

    /// <summary>Puts the one value of a key into settings.</summary>
    public MethodSettings Set(MethodKey key, MethodSettings settings)
        => key.Set(settings, Value(key, Single(_entries[key.Name]), settings.Method));

    private TomlScalar Single(TomlEntry entry)
        => entry.IsList ? throw _toml.Error(entry.Line, entry.Key, "one value is allowed here, not a list") : entry.Values[0];

    private int Count(string key, TomlScalar scalar, int least, int most)
        => scalar.Value is long number && number >= least && number <= most
            ? (int)number
            : throw Wrong(key, scalar, most == int.MaxValue ? $"a whole number of {least} or more" : $"a whole number from {least} to {most}");

    private string Word(string key, TomlScalar scalar, IReadOnlyList<string>? words)
        => scalar.Value is string word && (words is null || words.Contains(word))
            ? word
            : throw Wrong(key, scalar, words is null ? "a text in quotes" : $"one of {string.Join(", ", words)}");

    /// <summary>A value of the key's type that the method's own checks let pass.</summary>
    private object Value(MethodKey key, TomlScalar scalar, string method)
    {
        object? value = (scalar.Value, key.Kind) switch
        {
            (long number, { } kind) when kind == typeof(double) => (double)number,
            (double number, { } kind) when kind == typeof(double) => number,
            (long number, { } kind) when kind == typeof(int) && number is >= int.MinValue and <= int.MaxValue => (int)number,
            (string word, { } kind) when kind == typeof(string) && (key.Words is null || key.Words.Contains(word)) => word,
            _ => null,
        };
        if (value is null) throw Wrong(key.Name, scalar, key.Allowed);
        try
        {
            key.Set(new MethodSettings { Method = method }, value).Checked();
        }
        catch (UserErrorException)
        {
            throw Wrong(key.Name, scalar, key.Allowed);
        }
        return value;
    }

    private UserErrorException Wrong(string key, TomlScalar scalar, string allowed)
        => _toml.Error(scalar.Line, key, $"{scalar.Text} is not allowed; give {allowed}");
}
