namespace PoseEngine.Experiments.Data.Formats;

/// <summary>What the first two records of a CDF file say of all its variables.</summary>
/// <param name="BigEndian">The byte order of values; that of records is big-endian always.</param>
/// <param name="SharedDimensions">The dimensions of every r-variable.</param>
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
        return new CdfHeader(
            bigEndian, (flags & 1) != 0, source.Offset(fields), source.Offset(fields + source.OffsetSize), Dimensions(source, sizes, rank));
    }

    /// <summary>Some dimensions in a row.</summary>
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
