using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>What <c>bench --json</c> writes; files of earlier versions hold less.</summary>
internal sealed record BenchFile
{
    private const long MostBytes = 1 << 20;

    public required string Device { get; init; }

    /// <summary>The GPU; null on the CPU.</summary>
    public string? Card { get; init; }

    public required string Precision { get; init; }

    public required int Threads { get; init; }

    /// <summary>The problem, its network and the seed of samples and weights; null in files of earlier versions.</summary>
    public string? Problem { get; init; }

    public string? Network { get; init; }

    public ulong? Seed { get; init; }

    /// <summary>The peak rates, with the width of the vectors and whether the best runs agreed; null where they were not measured.</summary>
    public double? FmaPeakGflops { get; init; }

    public double? FmaPeakGflopsFloat64 { get; init; }

    public int? FmaVectorBits { get; init; }

    public int? FmaVectorBitsFloat64 { get; init; }

    public bool? FmaIsSteady { get; init; }

    /// <summary>The share of a dense layer's three products, 128 x 1024 x 1024, and of the same by OpenBLAS.</summary>
    public double? GemmPercentOfPeak { get; init; }

    public double? OpenBlasPercentOfPeak { get; init; }

    public OpenBlasBuild? OpenBlas { get; init; }

    public double? GeneratedImagesPerSecond { get; init; }

    public IReadOnlyList<ProductTimes>? Products { get; init; }

    public required IReadOnlyList<BatchTimes> Batches { get; init; }

    /// <summary>The peak rate in the file's precision.</summary>
    [JsonIgnore]
    public double? Peak => Precision == "float64" ? FmaPeakGflopsFloat64 : FmaPeakGflops;

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or is none that bench wrote.</exception>
    public static BenchFile Read(string path)
    {
        var bytes = InputFile.ReadAll(path, MostBytes);
        var file = Attempt.Of(
            () => JsonSerializer.Deserialize<BenchFile>(bytes, RunJson.Indented), (JsonException e) => Wrong(path, RunJson.Reason(e), e))
            ?? throw Wrong(path, "it holds null");
        if (file is { Device: null } or { Precision: null } or { Batches: null }) throw Wrong(path, "its device, precision or batches are null");
        if (file.Batches.Count == 0 || file.Batches.Any(times => times is null || times.Batch < 1)) throw Wrong(path, "it has no batch sizes, or one below 1");
        return file;
    }

    private static UserErrorException Wrong(string path, string what, Exception? inner = null)
        => new($"{path} is not a file of bench --json: {what}; give one that bench --json wrote", inner);
}
