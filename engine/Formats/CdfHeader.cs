using System.Text;

namespace PoseEngine.Formats;

/// <param name="BigEndian">The byte order of values; that of records is big-endian always.</param>
/// <param name="RowMajor">Whether the last index runs fastest.</param>
/// <param name="FirstShared">Where the first variable of shared dimensions is described.</param>
/// <param name="FirstOwn">Where the first with dimensions of its own is.</param>
/// <param name="SharedDimensions">Their extents.</param>
internal sealed record CdfHeader(bool BigEndian, bool RowMajor, long FirstShared, long FirstOwn, int[] SharedDimensions)
{
    public const int MaximumRank = 10;

    public static CdfHeader Read(CdfBytes source, long at)
    {
        var fields = source.Fields(at, 1);
        var global = source.Offset(fields);
        fields += source.OffsetSize;
        var (version, release) = (source.Int32(fields), source.Int32(fields + 4));
        if (version is < 2 or > 3 || (version == 2 && release < 5))
            throw source.Damaged($"it is of CDF version {version}.{release}, read are 2.5 and later: convert it with cdfconvert");
        var bigEndian = IsBigEndian(source, source.Int32(fields + 8));
        var flags = source.Int32(fields + 12);
        if ((flags & 2) == 0) throw source.Damaged("it keeps its values in files beside it, a CDF in a single file is read: convert it with cdfconvert -single");

        fields = source.Fields(global, 2);
        var counts = fields + (4 * source.OffsetSize);
        var rank = source.Int32(counts + 12);
        var sizes = counts + 20 + source.OffsetSize + 12;
        return new CdfHeader(bigEndian, (flags & 1) != 0, source.Offset(fields), source.Offset(fields + source.OffsetSize), Dimensions(source, sizes, rank));
    }

    public static int[] Dimensions(CdfBytes source, long at, int rank)
    {
        if (rank is < 0 or > MaximumRank) throw source.Damaged($"it has {rank} dimensions, the limit is {MaximumRank}");
        var dimensions = new int[rank];
        for (var d = 0; d < rank; d++)
        {
            dimensions[d] = source.Int32(at + (4 * d));
            if (dimensions[d] < 1) throw source.Damaged($"it has a dimension of {dimensions[d]}, the least is 1");
        }
        return dimensions;
    }

    // The numbers of the machines whose order of bytes the file has. The VAX has numbers of its own kind.
    private static bool IsBigEndian(CdfBytes source, int encoding) => encoding switch
    {
        1 or 2 or 5 or 7 or 9 or 11 or 12 => true,
        4 or 6 or 13 or 16 => false,
        _ => throw source.Damaged($"its values have encoding {encoding}, those of IEEE machines are read: convert it with cdfconvert -encoding host"),
    };
}

/// <param name="DataType">The number of the format for its type.</param>
/// <param name="Records">How many there are.</param>
/// <param name="Dimensions">Those that vary; a dimension that does not is stored once.</param>
/// <param name="FirstIndex">The offset of the first record that says where values lie, 0 when there are none.</param>
/// <param name="Packed">Whether values are gzipped.</param>
internal sealed record CdfVariableHeader(int DataType, int Records, int[] Dimensions, long FirstIndex, bool Packed)
{
    private const int Shared = 3;
    private const int Own = 8;
    private const int MaximumVariables = 10_000;

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

    private static string NameAt(CdfBytes source, long at) => Encoding.Latin1.GetString(source.Slice(Name(source, at), source.NameSize).Span).Split('\0')[0].TrimEnd();

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
        if (packed) source.CheckGzip(source.Offset(flagsAt + 28));
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
