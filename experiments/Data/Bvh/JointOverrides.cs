namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>The user's own names for joints, from a JSON file such as {"LeftKnee": "MyBone", "Neck": "Skull"}. Keys are those of <see
/// cref="Joint"/> but the pelvis, which is always the middle of the hips, and RightToe and LeftToe. "Thorax" is the base of the neck,
/// "Neck" the joint at the base of the skull and "Head" the top of the head.</summary>
public sealed class JointOverrides
{
    private const long MaxFileBytes = 1 << 20;
    private readonly Dictionary<string, string> _boneOfKey = new(StringComparer.OrdinalIgnoreCase);
    private JointOverrides(string name) => Name = name;

    public static JointOverrides None { get; } = new("");
    public static IReadOnlyList<string> Keys { get; } = [.. Enum.GetNames<Joint>().Where(key => key != nameof(Joint.Pelvis)), "RightToe", "LeftToe"];
    public string Name { get; }
    public string? BoneOf(string key) => _boneOfKey.GetValueOrDefault(key);

    public static JointOverrides Read(string path) => Attempt.Io(
        () =>
        {
            var length = new FileInfo(path).Length;
            if (length > MaxFileBytes)
                throw new UserErrorException($"{path}: {length} bytes are beyond the limit of {MaxFileBytes} for a joint map; it holds at most {Keys.Count} names");
            return Parse(File.ReadAllText(path), path);
        },
        error => new UserErrorException($"{path}: cannot read this joint map ({error.GetType().Name}); check that it exists and may be read", error));

    public static JointOverrides Parse(string json, string name)
    {
        using var document = Attempt.Of(() => JsonDocument.Parse(json), (JsonException error) => Wrong($"{name}: line {error.LineNumber + 1}", "this is not JSON", error));
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw Wrong(name, "the file holds no JSON object");
        var overrides = new JointOverrides(name);
        foreach (var property in document.RootElement.EnumerateObject()) overrides.Add(property);
        return overrides;
    }

    private void Add(JsonProperty property)
    {
        if (!Keys.Contains(property.Name, StringComparer.OrdinalIgnoreCase))
            throw Wrong(Name, $"'{OneLine(property.Name)}' is not a joint; the joints are {string.Join(", ", Keys)}");
        if (property.Value.ValueKind != JsonValueKind.String) throw Wrong(Name, $"the bone of '{property.Name}' is not a string");
        if (!_boneOfKey.TryAdd(property.Name, OneLine(property.Value.GetString()!))) throw Wrong(Name, $"'{property.Name}' is given twice");
    }

    private static UserErrorException Wrong(string where, string what, Exception? inner = null)
        => new($"{where}: {what}; a joint map looks like {{\"LeftKnee\": \"MyBone\"}}", inner);

    private static string OneLine(string text) => string.Concat(text.Take(100).Select(c => char.IsControl(c) ? ' ' : c));
}
