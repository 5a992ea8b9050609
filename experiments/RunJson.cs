using System.Text.Encodings.Web;
using System.Text.Json.Serialization;

namespace PoseEngine.Experiments;

/// <summary>How run files are written: camelCase names, and null for a number that is not finite, because JSON has no NaN and a diverged
/// run must still leave files that every reader accepts.</summary>
public static class RunJson
{
    /// <summary>For whole files: indented, easy to read and to compare.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>For metrics.jsonl: one line per object.</summary>
    public static JsonSerializerOptions Line { get; } = Create(indented: false);

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = indented,
            // Names such as "λ" and quotes stay readable; the HTML report escapes for itself.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.Strict,
            RespectRequiredConstructorParameters = true,
        };
        options.Converters.Add(new FiniteDoubleConverter());
        options.Converters.Add(new SettingsConverter());
        return options;
    }

    /// <summary>Writes one of the run's JSON files, whole or not at all.</summary>
    /// <exception cref="UserErrorException">The disk is full or read-only.</exception>
    internal static void Write<T>(string path, T content) => OutputFile.WriteText(path, JsonSerializer.Serialize(content, Indented) + "\n");

    /// <summary>Reads one of the run's JSON files; a missing or damaged one is the user's to mend.</summary>
    public static T Read<T>(string path)
    {
        var bytes = Attempt.Io(() => File.ReadAllBytes(path), e => CannotRead(path, e));
        return Attempt.Of(
            () => JsonSerializer.Deserialize<T>(bytes, Indented),
            (JsonException e) => new UserErrorException($"{path} is damaged ({Where(e)}); restore it or run the experiment again", e))
            ?? throw new UserErrorException($"{path} holds null; restore the file or run the experiment again");
    }

    internal static UserErrorException CannotRead(string path, Exception e) => new($"cannot read {path}: {e.Message.Split('\n')[0].TrimEnd('.')}", e);

    /// <summary>A copy of a free-form tree in which numbers that are not finite have become null.</summary>
    public static JsonNode? Finite(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Finite(p.Value)))),
        JsonArray a => new JsonArray(a.Select(Finite).ToArray()),
        JsonValue v when v.TryGetValue(out double d) && !double.IsFinite(d) => null,
        JsonValue v when v.TryGetValue(out float f) && !float.IsFinite(f) => null,
        _ => node?.DeepClone(),
    };

    internal static string Where(JsonException e) =>
        e.LineNumber is { } line ? $"line {line + 1}, {Reason(e)}" : Reason(e);

    /// <summary>The sentence of a parse error without the path and position that System.Text.Json appends.</summary>
    internal static string Reason(JsonException e)
    {
        var text = e.Message.Split('\n')[0];
        var cut = text.IndexOf(" Path:", StringComparison.Ordinal);
        return (cut < 0 ? text : text[..cut]).TrimEnd('.');
    }
}

/// <summary>Doubles as JSON numbers, with null standing for NaN and the infinities (read back as NaN).</summary>
internal sealed class FiniteDoubleConverter : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}

/// <summary>The settings of a configuration: a flat map to numbers (read as double), strings, booleans or null.</summary>
internal sealed class SettingsConverter : JsonConverter<IReadOnlyDictionary<string, object?>>
{
    public override IReadOnlyDictionary<string, object?> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("settings must be an object");
        var settings = new Dictionary<string, object?>();
        foreach (var setting in JsonElement.ParseValue(ref reader).EnumerateObject()) settings[setting.Name] = Scalar(setting);
        return settings;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, object?> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, setting) in value)
        {
            writer.WritePropertyName(name);
            JsonSerializer.Serialize(writer, setting is null or bool or int or long or double ? setting : setting is float f ? (double)f : setting.ToString(), options);
        }
        writer.WriteEndObject();
    }

    private static object? Scalar(JsonProperty setting) => setting.Value.ValueKind switch
    {
        JsonValueKind.Number => setting.Value.GetDouble(),
        JsonValueKind.String => setting.Value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        _ => throw new JsonException($"setting {setting.Name} must be a number, a string or a boolean"),
    };
}
