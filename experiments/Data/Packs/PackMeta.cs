namespace PoseEngine.Experiments.Data;

/// <summary>Reads meta.csv into rows.</summary>
internal static class PackMeta
{
    // Longer lines are not rows of ours; the limit bounds the memory that a damaged file can cost.
    private const int MaximumLine = 1024;

    /// <summary>The rows of the file, which must be exactly <paramref name="count"/>.</summary>
    public static PackEntry[] Read(string path, int count)
    {
        if (new FileInfo(path).Length > ((long)count + 1) * MaximumLine)
            throw Damaged(path, $"it is longer than {count} rows can be");
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

    /// <summary>One string for all rows of a subject instead of one each.</summary>
    private static string Shared(string name, Dictionary<string, string> names)
    {
        if (names.TryGetValue(name, out var known)) return known;
        names[name] = name;
        return name;
    }

    private static UserErrorException Damaged(string path, string what) => new($"{path} does not fit the pack: {what}; make the pack again");
}
