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
        var row = string.Create(
            CultureInfo.InvariantCulture,
            $"{Plain(entry.Subject)},{entry.Trial},{entry.Camera},{entry.Frame},{Plain(entry.Source)}");
        if (entry.Crop is not { } crop) return row + ",,,,,,";
        return row + string.Create(
            CultureInfo.InvariantCulture,
            $",{crop.Root.X:F2},{crop.Root.Y:F2},{crop.Root.Z:F2},{crop.Left:F2},{crop.Top:F2},{crop.Size:F2}");
    }

    public static void WriteDescription(string path, PackDescription description)
        => File.WriteAllText(path, JsonSerializer.Serialize(description, Json) + "\n");

    /// <summary>The description, or null where a pack has none.</summary>
    public static PackDescription? ReadDescription(string path)
    {
        if (!File.Exists(path)) return null;
        if (new FileInfo(path).Length > 1 << 20)
            throw new UserErrorException($"{path} has more than 1 MiB, which no description of a pack has: make the pack again");
        try
        {
            return JsonSerializer.Deserialize<PackDescription>(File.ReadAllText(path), Json);
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{path} is not readable JSON: make the pack again, or delete this file", error);
        }
    }

    private static string Plain(string name) => string.Concat(name.Select(c => c is ',' or '"' or '\n' or '\r' ? '_' : c));
}
