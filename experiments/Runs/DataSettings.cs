using System.Security.Cryptography;

namespace PoseEngine.Experiments.Runs;

/// <summary>
/// What a run trains on and how it is split. Model files carry it, so that a later evaluation finds the same
/// validation images.
/// </summary>
public sealed record DataSettings
{
    /// <summary>A pack folder, or null to make walkers.</summary>
    public string? Pack { get; init; }

    /// <summary>Walker images at the most.</summary>
    public int Images { get; init; }

    /// <summary>Difficulty of walker images, 0 to 1.</summary>
    public double Difficulty { get; init; } = ImageConditions.DefaultDifficulty;

    /// <summary>Seed of the walkers and of the random split.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>"random" (80 / 20, the paper) or "subject" (S9 and S11 are held back).</summary>
    public string Split { get; init; } = "random";

    /// <summary>Identifies the pack's poses, so that it is recognised wherever it lies.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>The text that model files carry.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunJson.Line);

    /// <summary>The settings as a tree for config.json; the pack's fingerprint follows from the others.</summary>
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

    /// <summary>The metadata key in model files.</summary>
    public const string ModelKey = "data";
}

/// <summary>An open pack, split into its halves.</summary>
public sealed class DataSet : IDisposable
{
    private readonly Pack _pack;

    private DataSet(Pack pack, PackSplit split, DataSettings settings)
    {
        _pack = pack;
        Settings = settings with { Fingerprint = FingerprintOf(pack) };
        var name = settings.Pack is null ? "walker" : string.Join(" + ", Sources(pack));
        Poses = new PoseData(name, new PackSource(pack, split.Training), new PackSource(pack, split.Validation));
        All = new PackSource(pack, [.. Enumerable.Range(0, pack.Count)]);
    }

    /// <summary>What was opened, with its fingerprint.</summary>
    public DataSettings Settings { get; }

    /// <summary>The two halves.</summary>
    public PoseData Poses { get; }

    /// <summary>Both halves, in the order of the pack.</summary>
    public PackSource All { get; }

    /// <summary>The folder of the pack.</summary>
    public string Folder => _pack.Folder;

    /// <summary>Opens the pack of some settings; walkers are made first where the cache has none.</summary>
    /// <exception cref="UserErrorException">The pack is damaged, or a setting is out of range.</exception>
    public static DataSet Open(DataSettings settings, string? cacheFolder, int threads, IRunObserver observer, CancellationToken token)
    {
        var folder = settings.Pack ?? MakeWalkers(settings, cacheFolder, threads, observer, token);
        var pack = OpenPack(folder, isCached: settings.Pack is null);
        try
        {
            if (pack.Count < 5)
            {
                throw new UserErrorException($"{folder}: {pack.Count} images are too few to split; a pack needs at least 5");
            }
            var split = settings.Split switch
            {
                "random" => PackSplit.Random(pack.Count, (ulong)settings.Seed),
                "subject" => PackSplit.BySubject(pack),
                _ => throw new UserErrorException($"--split {settings.Split}: choose random or subject"),
            };
            return new DataSet(pack, split, settings);
        }
        catch
        {
            pack.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pack.Dispose();

    private static Pack OpenPack(string folder, bool isCached)
    {
        try
        {
            return Data.Pack.Open(folder);
        }
        catch (UserErrorException e) when (isCached)
        {
            throw new UserErrorException($"the cached pack is damaged: delete {folder} and run again ({e.Message})", e);
        }
    }

    private static string MakeWalkers(
        DataSettings settings, string? cacheFolder, int threads, IRunObserver observer, CancellationToken token)
    {
        var walkers = new WalkerSettings
        {
            MaximumImages = settings.Images,
            Difficulty = settings.Difficulty,
            Seed = (ulong)settings.Seed,
            Threads = threads,
        };
        var progress = new PhaseReporter("making walker images", observer);
        return new PackCache(cacheFolder).GetOrMake(walkers, progress, token);
    }

    private static IEnumerable<string> Sources(Pack pack)
        => Enumerable.Range(0, pack.Count).Select(pack.Source).Select(source => source.Split(':')[0]).Distinct().Order(StringComparer.Ordinal);

    private static string FingerprintOf(Pack pack)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < pack.Count; i++) hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(pack.Pose(i)));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
