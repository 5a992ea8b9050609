namespace PoseEngine.Experiments.Reports;

/// <summary>The content of config.json: everything needed to repeat a run.</summary>
/// <param name="Command">The command that ran, such as "pose".</param>
/// <param name="CommandLine">The command line as typed, for the section "How to reproduce".</param>
/// <param name="Preset">"smoke", "quick" or "paper".</param>
/// <param name="Seed">The seed that every random choice of the run derives from.</param>
/// <param name="Precision">"float32" or "float64", with what is computed in less.</param>
/// <param name="Started">When the run was started.</param>
/// <param name="Settings">All resolved settings; nested objects and arrays are allowed.</param>
/// <param name="Notes">Sentences for the report on how to read its figures, such as the unit of lambda.</param>
public sealed record RunConfig(
    string Command, string CommandLine, string Preset, long Seed, string Device, string Precision, string Version,
    DateTimeOffset Started, JsonObject Settings, IReadOnlyList<string>? Notes = null)
{
    /// <summary>The first thing in which a run with this configuration would compute something else than one with the other, such as "seed
    /// = 1, not 2"; null when they agree. The command line, version, notes and start time do not matter.</summary>
    public string? FirstDifference(RunConfig other)
    {
        (string, string, string)[] identity =
        [
            ("command", Command, other.Command), ("preset", Preset, other.Preset),
            ("seed", $"{Seed}", $"{other.Seed}"), ("device", Device, other.Device),
            ("precision", Precision, other.Precision),
        ];
        return Difference(identity, Flatten(Settings, intoLists: true), Flatten(other.Settings, intoLists: true));
    }

    /// <summary>The first of some names, and then of some settings, that has two values; null where none has.</summary>
    internal static string? Difference(
        IEnumerable<(string Name, string Mine, string Theirs)> named, SortedDictionary<string, string> found, SortedDictionary<string, string> wanted)
    {
        var settings = found.Keys.Union(wanted.Keys).Select(key => (key, found.GetValueOrDefault(key, "unset"), wanted.GetValueOrDefault(key, "unset")));
        foreach (var (name, mine, theirs) in named.Concat(settings))
        {
            if (mine != theirs) return $"{name} = {mine}, not {theirs}";
        }
        return null;
    }

    /// <summary>The settings as dotted names and JSON text, for comparing and for the report's table of settings.</summary>
    /// <param name="intoLists">Whether objects in lists are taken apart too, as "models[1].eta": the order of their names says nothing.</param>
    internal static SortedDictionary<string, string> Flatten(JsonObject settings, bool intoLists = false)
    {
        var flat = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Add("", RunJson.Finite(settings));
        return flat;

        void Add(string prefix, JsonNode? node)
        {
            if (node is JsonObject o)
                foreach (var (name, value) in o)
                    Add(prefix.Length == 0 ? name : $"{prefix}.{name}", value);
            else if (intoLists && node is JsonArray list && list.Any(item => item is JsonObject))
                for (var i = 0; i < list.Count; i++)
                    Add($"{prefix}[{i}]", list[i]);
            else
                flat[prefix] = Text(node);
        }
    }

    // 1 and 1.0 are one setting however they were typed, so numbers are compared as doubles.
    private static string Text(JsonNode? node) => node switch
    {
        null => "null",
        JsonArray a => $"[{string.Join(", ", a.Select(Text))}]",
        JsonValue v when v.GetValueKind() == System.Text.Json.JsonValueKind.Number
            && double.TryParse(v.ToJsonString(), out var number) => number.ToString("R"),
        _ => node.ToJsonString(RunJson.Line),
    };
}
