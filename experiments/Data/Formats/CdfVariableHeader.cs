namespace PoseEngine.Experiments.Data.Formats;

/// <summary>The descriptor of a variable.</summary>
/// <param name="Dimensions">Those that vary; a dimension that does not is stored once.</param>
/// <param name="FirstIndex">The offset of the first record that says where values lie, 0 when there are none.</param>
internal sealed record CdfVariableHeader(int DataType, int Records, int[] Dimensions, long FirstIndex, bool Packed)
{
    private const int Shared = 3;
    private const int Own = 8;
    private const int MaximumVariables = 10_000;

    /// <summary>Follows the chains of variables to the one of a name.</summary>
    public static CdfVariableHeader Find(CdfBytes source, CdfHeader header, string name)
    {
        var names = new List<string>();
        foreach (var first in (ReadOnlySpan<long>)[header.FirstOwn, header.FirstShared])
        {
            for (var at = first; at > 0; at = source.Offset(source.Fields(at, Shared, Own)))
            {
                // A chain that leads back to itself ends here too.
                if (names.Count == MaximumVariables) throw source.Damaged($"it has more than {MaximumVariables} variables, or their chain is a circle");
                names.Add(NameAt(source, at));
                if (names[^1] == name) return Read(source, header, at);
            }
        }

        throw source.Damaged($"it has no variable {Unreadable.Quote(name)}, it has {string.Join(", ", names.Take(10).Select(Unreadable.Quote))}");
    }

    private static string NameAt(CdfBytes source, long at)
        => Encoding.Latin1.GetString(source.Slice(Name(source, at), source.NameSize).Span).Split('\0')[0].TrimEnd();

    // Next, type, last record, first and last index, flags, sparseness, three unused, elements, number, packing, blocking, name.
    private static long Name(CdfBytes source, long at) => at + source.OffsetSize + 4 + (4 * source.OffsetSize) + 40;

    private static CdfVariableHeader Read(CdfBytes source, CdfHeader header, long at)
    {
        var fields = source.Fields(at, Shared, Own);
        var dataType = source.Int32(fields + source.OffsetSize);
        var lastRecord = source.Int32(fields + source.OffsetSize + 4);
        var firstIndex = source.Offset(fields + source.OffsetSize + 8);
        var flagsAt = fields + (3 * source.OffsetSize) + 8;
        var flags = source.Int32(flagsAt);
        var elements = source.Int32(flagsAt + 20);
        if (elements != 1) throw source.Damaged($"its values have {elements} elements each, single numbers are read");
        var packed = (flags & 4) != 0;
        if (packed) CdfPacking.CheckGzip(source, source.Offset(flagsAt + 28));
        var dimensions = VaryingDimensions(source, header, at);
        // Without record variance the one record stands for all.
        var records = (flags & 1) == 0 ? Math.Min(lastRecord, 0) + 1L : lastRecord + 1L;
        if (records is < 0 or > int.MaxValue) throw source.Damaged($"its last record is {lastRecord}, the least is -1 for none");
        return new CdfVariableHeader(dataType, (int)records, dimensions, firstIndex, packed);
    }

    private static int[] VaryingDimensions(CdfBytes source, CdfHeader header, long at)
    {
        var end = Name(source, at) + source.NameSize;
        var dimensions = header.SharedDimensions;
        if (source.TypeAt(at) == Own)
        {
            dimensions = CdfHeader.Dimensions(source, end + 4, source.Int32(end));
            end += 4 + (4 * dimensions.Length);
        }

        return [.. dimensions.Where((_, d) => source.Int32(end + (4 * d)) != 0)];
    }
}
