namespace PoseEngine.Formats;

internal static class CdfValues
{
    private const int Index = 6;
    private const int Plain = 7;
    private const int Packed = 13;
    private const int MaximumLevels = 32;

    public static CdfVariable Read(CdfBytes source, CdfHeader header, CdfVariableHeader variable)
    {
        var type = TypeOf(source, variable.DataType, header.BigEndian);
        var (perRecord, count) = Attempt.Of(
            () =>
            {
                var each = variable.Dimensions.Aggregate(1L, (product, extent) => checked(product * extent));
                return (each, checked(each * variable.Records));
            },
            (OverflowException error) => source.Damaged($"it claims {variable.Records} records of ({string.Join(", ", variable.Dimensions)}) values", error));
        // No file unpacks to more than this, so a claim beyond it is a lie: nothing is allocated for it.
        if (count > source.Length * (variable.Packed ? BoundedBytes.MaximumInflation : 1) / type.Size || count > Array.MaxLength)
            throw source.Damaged($"it claims {count} values, its {source.Length} bytes cannot hold them");
        var values = new double[count];
        var filler = new Filler(source, variable, type, values, (int)perRecord);
        if (count > 0) filler.Follow(variable.FirstIndex);
        if (!header.RowMajor) ToRowMajor(values, variable.Dimensions, (int)perRecord);
        return new CdfVariable([variable.Records, .. variable.Dimensions.Select(d => (long)d)], values, header.RowMajor);
    }

    private static NpyType TypeOf(CdfBytes source, int dataType, bool big)
    {
        var (kind, size) = dataType switch
        {
            21 or 44 => ('f', 4),
            22 or 45 => ('f', 8),
            1 or 41 => ('i', 1),
            2 or 4 or 8 => ('i', dataType),
            11 => ('u', 1),
            12 => ('u', 2),
            14 => ('u', 4),
            _ => throw source.Damaged($"its values have CDF data type {dataType}, plain numbers are read"),
        };
        return new NpyType(big ? '>' : '<', kind, size);
    }

    private static void ToRowMajor(double[] values, int[] dimensions, int perRecord)
    {
        if (dimensions.Length < 2 || values.Length == 0) return;
        var record = new double[perRecord];
        var index = new int[dimensions.Length];
        for (var start = 0; start < values.Length; start += perRecord)
        {
            values.AsSpan(start, perRecord).CopyTo(record);
            Array.Clear(index);
            foreach (var value in record)
            {
                var at = 0;
                for (var d = 0; d < index.Length; d++) at = (at * dimensions[d]) + index[d];
                values[start + at] = value;
                // The first index runs fastest in the file.
                for (var d = 0; d < index.Length && ++index[d] == dimensions[d]; d++) index[d] = 0;
            }
        }
    }

    /// <summary>Walks the tree of index records and puts what they point to in its place. Each record is visited once.</summary>
    private sealed class Filler(CdfBytes source, CdfVariableHeader variable, NpyType type, double[] values, int perRecord)
    {
        private readonly HashSet<long> _visited = [];
        private long _next;

        public void Follow(long first)
        {
            FollowChain(first, 0);
            if (_next != variable.Records) throw source.Damaged($"it has {_next} of its {variable.Records} records; sparse records are not read");
        }

        private void FollowChain(long first, int level)
        {
            if (level == MaximumLevels) throw source.Damaged($"its index has more than {MaximumLevels} levels");
            for (var at = first; at > 0;)
            {
                if (!_visited.Add(at)) throw source.Damaged($"its index leads back to byte {at}");
                var fields = source.Fields(at, Index);
                var entries = source.Int32(fields + source.OffsetSize);
                var used = source.Int32(fields + source.OffsetSize + 4);
                if (used < 0 || used > entries || entries > source.Length / 8) throw source.Damaged($"an index uses {used} of {entries} entries");
                var table = fields + source.OffsetSize + 8;
                for (var i = 0; i < used; i++)
                {
                    var offset = source.Offset(table + (8L * entries) + ((long)i * source.OffsetSize));
                    Entry(offset, source.Int32(table + (4L * i)), source.Int32(table + (4L * (entries + i))), level);
                }
                at = source.Offset(fields);
            }
        }

        private void Entry(long offset, long from, long to, int level)
        {
            switch (source.TypeAt(offset))
            {
                case Index:
                    FollowChain(offset, level + 1);
                    return;
                case Plain:
                    Take(from, to, length => source.Slice(source.Fields(offset, Plain), length));
                    return;
                case Packed:
                    var fields = source.Fields(offset, Packed) + 4;
                    var packed = source.Slice(fields + source.OffsetSize, source.Offset(fields));
                    Take(from, to, length => source.Gunzip(packed, length));
                    return;
                default:
                    throw source.Damaged($"its index points to a record of type {source.TypeAt(offset)} at byte {offset}, values were expected");
            }
        }
        // Entries come in order without gaps, except in sparse variables, so each value is written once.
        private void Take(long from, long to, Func<long, ReadOnlyMemory<byte>> read)
        {
            if (from != _next || to < from) throw source.Damaged($"its index goes from record {_next} on to {from} .. {to}; sparse records are not read");
            to = Math.Min(to, variable.Records - 1L);
            if (to < from) throw source.Damaged($"its index has more than its {variable.Records} records");
            var count = (to - from + 1) * perRecord;
            var bytes = read(count * type.Size).Span;
            var target = values.AsSpan((int)(from * perRecord), (int)count);
            for (var i = 0; i < target.Length; i++) target[i] = type.ToDouble(bytes[(i * type.Size)..]);
            _next = to + 1;
        }
    }
}

/// <param name="Dimensions">The number of records, then the dimensions of a record.</param>
/// <param name="Values">In row-major order of <paramref name="Dimensions"/>, whatever the order in the file.</param>
/// <param name="RowMajor">
/// The order that the file claims for the values of a record. Writers got it wrong: where a shape leaves doubt the caller must check.
/// </param>
public sealed record CdfVariable(long[] Dimensions, double[] Values, bool RowMajor);
