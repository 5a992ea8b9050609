using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Data;

/// <summary>The files of a pack and the form of their rows, shared by writer and reader. A pack is a folder with images.npy (uint8, N x 128
/// x 128 x 3), poses.npy (float32, N x 17 x 3, mm), meta.csv with a row an image, and pack.json. The last six columns of meta.csv may be
/// missing or empty: the pelvis in camera space and the square of the view that the image shows, all mm, which skeletons drawn over images
/// need to fit exactly.</summary>
internal static class PackFiles
{
    public const string Images = "images.npy";
    public const string Poses = "poses.npy";
    public const string Meta = "meta.csv";
    public const string Description = "pack.json";
    public const string MetaHeader = "subject,trial,camera,frame,source";
    public const string CropHeader = ",root_x,root_y,root_z,crop_left,crop_top,crop_size";
    public const int PoseValues = 3 * Skeleton.JointCount;
    public const int BytesPerImage = WalkerImage.ByteCount + (PoseValues * sizeof(float)) + 120;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>A row of meta.csv; commas, quotes and line ends in names become underscores.</summary>
    public static string Row(in PackEntry entry)
    {
        var row = $"{Plain(entry.Subject)},{entry.Trial},{entry.Camera},{entry.Frame},{Plain(entry.Source)}";
        if (entry.Crop is not { } crop) return row + ",,,,,,";
        return row + $",{crop.Root.X:F2},{crop.Root.Y:F2},{crop.Root.Z:F2},{crop.Left:F2},{crop.Top:F2},{crop.Size:F2}";
    }

    public static void WriteDescription(string path, PackDescription description) => File.WriteAllText(path, JsonSerializer.Serialize(description, Json) + "\n");

    public static PackDescription? ReadDescription(string path)
    {
        if (!File.Exists(path)) return null;
        if (new FileInfo(path).Length > 1 << 20)
            throw new UserErrorException($"{path} has more than 1 MiB, which no description of a pack has: make the pack again");
        return Attempt.Of(
            () => JsonSerializer.Deserialize<PackDescription>(File.ReadAllText(path), Json),
            (JsonException error) => new UserErrorException($"{path} is not readable JSON: make the pack again, or delete this file", error));
    }

    private static string Plain(string name) => string.Concat(name.Select(c => c is ',' or '"' or '\n' or '\r' ? '_' : c));
}

/// <summary>Where an image of a pack comes from: a row of meta.csv.</summary>
/// <param name="Source">"walker", or "bvh:" and the name of a clip, or what an importer calls its data.</param>
/// <param name="Crop">Which part of the view the image shows; null where it is not known.</param>
public readonly record struct PackEntry(string Subject, int Trial, int Camera, int Frame, string Source, CropGeometry? Crop);

/// <summary>What fills a pack: images by index, from any number of threads at once.</summary>
public interface IPackSource
{
    int Count { get; }

    /// <summary>Writes image <paramref name="index"/> (128 x 128 x 3 bytes, RGB) and its pose (17 x 3, mm, camera space minus the pelvis)
    /// and tells where it comes from. Called from several threads.</summary>
    PackEntry Make(int index, Span<byte> image, Span<float> pose);
}

/// <summary>How a pack was made: the content of pack.json.</summary>
/// <param name="Generator">What made it: "walker", "motion" or the name of an importer.</param>
/// <param name="GeneratorVersion">Goes up whenever the same settings would give other images.</param>
public sealed record PackDescription(
    string Generator, int GeneratorVersion, ulong Seed, double Scale, double Difficulty, IReadOnlyList<string> Subjects, int ImageCount)
{
    /// <summary>What an importer found and did, by name; null for packs that were drawn.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Origin { get; init; }
}

internal static class PackMeta
{
    // Longer lines are not rows of ours; the limit bounds the memory that a damaged file can cost.
    private const int MaximumLine = 1024;

    public static PackEntry[] Read(string path, int count)
    {
        if (new FileInfo(path).Length > ((long)count + 1) * MaximumLine) throw Damaged(path, $"it is longer than {count} rows can be");
        using var reader = new StreamReader(path);
        var header = reader.ReadLine() ?? "";
        if (header != PackFiles.MetaHeader && !header.StartsWith(PackFiles.MetaHeader + ",", StringComparison.Ordinal))
            throw Damaged(path, $"its first line must begin with '{PackFiles.MetaHeader}'");
        var hasCrop = header.StartsWith(PackFiles.MetaHeader + PackFiles.CropHeader, StringComparison.Ordinal);
        var entries = new PackEntry[count];
        var names = new Dictionary<string, string>();
        var read = 0;
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            if (read == count) throw Damaged(path, $"it has more rows than the {count} images");
            entries[read] = ParseRow(path, line, read + 2, hasCrop, names);
            read++;
        }
        return read == count ? entries : throw Damaged(path, $"it has {read} rows for {count} images");
    }

    /// <summary>The names in the first line.</summary>
    public static IReadOnlyList<string> Columns(string path)
    {
        using var reader = Attempt.Io(() => new StreamReader(path), e => new UserErrorException($"{path} cannot be read ({e.Message}): make the pack again", e));
        return [.. (reader.ReadLine() ?? "").Split(',').Select(name => name.Trim())];
    }

    /// <summary>One column as numbers of groups: rows with the same text have the same number.</summary>
    public static int[] Groups(string path, int column, int count)
    {
        using var reader = Attempt.Io(() => new StreamReader(path), e => new UserErrorException($"{path} cannot be read ({e.Message}): make the pack again", e));
        reader.ReadLine();
        var (groups, numbers, read) = (new int[count], new Dictionary<string, int>(StringComparer.Ordinal), 0);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            if (read == count) throw Damaged(path, $"it has more rows than the {count} images");
            var cell = line.Split(',').ElementAtOrDefault(column) ?? "";
            numbers.TryAdd(cell, numbers.Count);
            groups[read++] = numbers[cell];
        }
        return read == count ? groups : throw Damaged(path, $"it has {read} rows for {count} images");
    }

    private static PackEntry ParseRow(string path, string line, int number, bool hasCrop, Dictionary<string, string> names)
    {
        Span<Range> ranges = stackalloc Range[32];
        var row = line.AsSpan();
        var columns = row.Split(ranges, ',');
        if (columns < 5 || (hasCrop && columns < 11)) throw Damaged(path, $"line {number} has {columns} columns");
        return new PackEntry(
            Shared(row[ranges[0]].ToString(), names), Whole(row[ranges[1]]), Whole(row[ranges[2]]), Whole(row[ranges[3]]),
            Shared(row[ranges[4]].ToString(), names), hasCrop ? Crop(row, ranges) : null);
        int Whole(ReadOnlySpan<char> text)
            => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                ? value : throw Damaged(path, $"line {number} has a column that is no whole number");
        CropGeometry? Crop(ReadOnlySpan<char> text, ReadOnlySpan<Range> at)
        {
            if (text[at[5]].IsEmpty) return null;
            Span<double> values = stackalloc double[6];
            for (var i = 0; i < 6; i++)
            {
                if (!double.TryParse(text[at[5 + i]], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !double.IsFinite(values[i]))
                    throw Damaged(path, $"line {number} has a column that is no number");
            }
            if (values[2] <= 0 || values[5] <= 0) throw Damaged(path, $"line {number} has a depth or size that is not positive");
            return new CropGeometry(new Vec3(values[0], values[1], values[2]), values[3], values[4], values[5]);
        }
    }

    private static string Shared(string name, Dictionary<string, string> names)
    {
        if (names.TryGetValue(name, out var known)) return known;
        names[name] = name;
        return name;
    }

    private static UserErrorException Damaged(string path, string what) => new($"{path} does not fit the pack: {what}; make the pack again");
}
