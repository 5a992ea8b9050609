using Tomlyn;
using Tomlyn.Syntax;
using TomlSyntaxParser = Tomlyn.Parsing.SyntaxParser;

namespace PoseEngine.Experiments.Problems;

/// <summary>One value of a TOML file: double, long, string or bool, and the line it stands on.</summary>
internal sealed record TomlScalar(object Value, int Line)
{
    /// <summary>The value as the error texts show it.</summary>
    public string Text => Value switch
    {
        string word => $"\"{word}\"",
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e'),
        _ => $"{Value}",
    };
}

/// <summary>A key of a TOML file with its values: one, or those of an array. A table within has none, its own keys follow as "key.name"
/// with it as their parent.</summary>
internal sealed record TomlEntry(string Key, IReadOnlyList<TomlScalar> Values, bool IsList, int Line, string? Parent = null)
{
    public bool IsTable => Values.Count == 0;
}

/// <summary>The entries of a TOML table.</summary>
/// <param name="Name">"" for the top, else the name in its brackets.</param>
/// <param name="IsArrayItem">Whether the brackets are double.</param>
internal sealed record TomlSection(string Name, bool IsArrayItem, IReadOnlyList<TomlEntry> Entries, int Line)
{
    public string Shown => IsArrayItem ? $"[[{Name}]]" : $"[{Name}]";
}

/// <summary>Reads TOML into flat sections, with the lines that error texts name.</summary>
internal sealed class TomlFile(string file)
{
    /// <summary>No file of settings is longer.</summary>
    private const long MostBytes = 1 << 20;

    public string Name => file;

    /// <param name="kind">What it should be, such as "a sweep file; it holds a few grids".</param>
    /// <exception cref="UserErrorException">It is missing, or too long to be one.</exception>
    public static string ReadText(string path, string kind) => Attempt.Io(
        () =>
        {
            var length = new FileInfo(path).Length;
            return length <= MostBytes
                ? File.ReadAllText(path)
                : throw new UserErrorException($"{path}: {length} bytes are beyond the limit of {MostBytes} for {kind}");
        },
        e => new UserErrorException($"{path}: cannot be read ({e.Message.Split('\n')[0].TrimEnd('.')})", e));

    /// <summary>The sections, the top first.</summary>
    /// <exception cref="UserErrorException">The text is no TOML, or uses what such files have no use for.</exception>
    public IReadOnlyList<TomlSection> Parse(string text)
    {
        var document = Syntax(text);
        if (document.Diagnostics.FirstOrDefault(d => d.Kind == DiagnosticMessageKind.Error) is { } error)
        {
            throw Error(LineOf(error.Span), null, $"is not TOML: {error.Message.TrimEnd('.')}");
        }
        var sections = new List<TomlSection> { new("", false, Entries(document.KeyValues), 1) };
        foreach (var table in document.Tables) sections.Add(new(NameOf(table.Name!), table is TableArraySyntax, Entries(table.Items), LineOf(table.Span)));
        return sections;
    }

    public UserErrorException Error(int line, string? key, string text)
        => new($"{file}, line {line}{(key is null ? "" : $", {key}")}: {text}".ReplaceLineEndings(" "));

    /// <summary>What the parser does not report but throws: values that are nested too deep.</summary>
    private DocumentSyntax Syntax(string text) => Attempt.Of(
        () => TomlSyntaxParser.Parse(text, file, true),
        (TomlException e) => new UserErrorException($"{file}: is not TOML: {e.Message.Split('\n')[0].Split(". ")[0].TrimEnd('.')}", e));

    private List<TomlEntry> Entries(SyntaxList<KeyValueSyntax> items)
    {
        var entries = new List<TomlEntry>();
        foreach (var item in items) Add(entries, item, null);
        return entries;
    }

    private void Add(List<TomlEntry> entries, KeyValueSyntax item, string? parent)
    {
        var (name, line) = (NameOf(item.Key!), LineOf(item.Span));
        var key = parent is null ? name : $"{parent}.{name}";
        if (parent is null && item.Key!.DotKeys.ChildrenCount > 0)
        {
            // key.name = value says the same as key = { name = value }.
            parent = Part(item.Key.Key!);
            if (!entries.Exists(entry => entry.Key == parent)) entries.Add(new(parent, [], false, line));
        }
        switch (item.Value)
        {
            case InlineTableSyntax table when parent is null:
                entries.Add(new(key, [], false, line));
                foreach (var inner in table.Items) Add(entries, inner.KeyValue!, key);
                break;
            case ArraySyntax array:
                var values = new List<TomlScalar>();
                foreach (var value in array.Items) values.Add(Scalar(value.Value!, key, LineOf(value.Span)));
                entries.Add(values.Count > 0 ? new(key, values, true, line, parent) : throw Error(line, key, "an empty list; give at least one value"));
                break;
            default:
                entries.Add(new(key, [Scalar(item.Value!, key, line)], false, line, parent));
                break;
        }
    }

    private TomlScalar Scalar(ValueSyntax value, string key, int line) => value switch
    {
        IntegerValueSyntax number => new(number.Value, line),
        FloatValueSyntax number => new(number.Value, line),
        StringValueSyntax text => new(text.Value ?? "", line),
        BooleanValueSyntax flag => new(flag.Value, line),
        _ => throw Error(line, key, "numbers, texts and lists of them are allowed here, nothing nested"),
    };

    private static string NameOf(KeySyntax key)
    {
        var parts = new List<string> { Part(key.Key!) };
        foreach (var part in key.DotKeys) parts.Add(Part(part.Key!));
        return string.Join('.', parts);
    }

    private static string Part(BareKeyOrStringValueSyntax part) => part switch
    {
        BareKeySyntax bare => bare.Key?.Text ?? "",
        StringValueSyntax text => text.Value ?? "",
        _ => part.ToString(),
    };

    private static int LineOf(SourceSpan span) => span.Start.Line + 1;
}
