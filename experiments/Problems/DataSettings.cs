using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Problems;

/// <summary>What a run trains on and how it is split: the [data] of a problem file with what the command line says of it. Model files carry
/// it, so that a later evaluation finds the same validation samples.</summary>
public sealed record DataSettings
{
    /// <summary>The metadata key in model files.</summary>
    public const string ModelKey = "data";

    /// <summary>The words that <see cref="Split"/> may be beside a share.</summary>
    public const string RandomSplit = "random", SubjectSplit = "subject";

    public string? Pack { get; init; }

    /// <summary>Walker images at the most, where neither pack nor files are named.</summary>
    public int Images { get; init; }

    public double Difficulty { get; init; } = ImageConditions.DefaultDifficulty;

    /// <summary>Seed of the walkers, of the random split and of the choice of labels.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>"random" (80 / 20, the paper), "subject" (S9 and S11 are held back), or the share that is held back at random.</summary>
    public string Split { get; init; } = RandomSplit;

    /// <summary>Identifies the samples, so that they are recognised wherever they lie.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>The file of inputs, "FILE.csv", "FILE.npy" or "FILE.npz:MEMBER", or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Inputs { get; init; }

    /// <summary>The file of targets, or null where there is an objective.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Targets { get; init; }

    /// <summary>A folder of BVH files that walkers are drawn from, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Motion { get; init; }

    /// <summary>C of Eq. 2 where it is not D: a file of inputs, or a pack; or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unlabelled { get; init; }

    /// <summary>The share of the training samples whose labels are used; null for all. C keeps all of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Labelled { get; init; }

    /// <summary>C of Eq. 2 is this many of the training samples, evenly spaced; null for all of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Constrained { get; init; }

    /// <summary>The share of the samples that is held back at random; null where subjects are.</summary>
    [JsonIgnore]
    public double? HeldBack => Split == SubjectSplit ? null
        : Split == RandomSplit ? 0.2
        : double.Parse(Split, NumberStyles.Float, CultureInfo.InvariantCulture);

    public static bool IsSplit(string text) => text is RandomSplit or SubjectSplit
        || (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is > 0 and < 1);

    /// <summary>The same settings of a pack in the place of all other data.</summary>
    public DataSettings On(string pack) => this with { Pack = Path.GetFullPath(pack), Inputs = null, Targets = null, Motion = null };

    public string ToJson() => JsonSerializer.Serialize(this, RunJson.Line);

    /// <summary>The settings as a tree for config.json; the fingerprint follows from the others.</summary>
    public JsonObject ToNode() => JsonSerializer.SerializeToNode(this with { Fingerprint = "" }, RunJson.Line)!.AsObject();

    /// <summary>Reads what a model file carries, or null where it carries none.</summary>
    public static DataSettings? FromModel(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(ModelKey, out var text)) return null;
        try
        {
            return JsonSerializer.Deserialize<DataSettings>(text, RunJson.Line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
