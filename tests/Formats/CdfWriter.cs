using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace PoseEngine.Tests.Formats;

/// <summary>What a CDF file of the tests looks like inside; values are always given in row-major order.</summary>
internal sealed record CdfOptions
{
    public bool Version3 { get; init; } = true;
    public bool RowMajor { get; init; } = true;
    public bool Doubles { get; init; }
    public bool BigEndian { get; init; }
    public bool Shared { get; init; }
    public bool PackValues { get; init; }
    public bool PackFile { get; init; }
    public bool Checksum { get; init; }

    /// <summary>Records in a block of values, and blocks in an index; more of them make a chain, or a tree.</summary>
    public int BlockRecords { get; init; } = int.MaxValue;
    public int IndexEntries { get; init; } = 7;
    public bool Tree { get; init; }

    public override string ToString()
        => string.Join(' ', GetType().GetProperties().Where(p => p.GetValue(this) is true).Select(p => p.Name).Append($"{BlockRecords}/{IndexEntries}"));
}

/// <summary>Writes CDF files of one variable, as the library would, with a variable of another name before it.</summary>
internal sealed class CdfWriter
{
    private readonly CdfOptions _options;
    private readonly MemoryStream _file = new();

    private CdfWriter(CdfOptions options) => _options = options;

    private int OffsetSize => _options.Version3 ? 8 : 4;

    /// <summary>The bytes of a file with <paramref name="records"/> records of the given dimensions.</summary>
    public static byte[] Write(string name, int records, int[] dimensions, double[] values, CdfOptions? options = null)
        => new CdfWriter(options ?? new CdfOptions()).Run(name, records, dimensions, values);

    private byte[] Run(string name, int records, int[] dimensions, double[] values)
    {
        Magic(false);
        var header = Header();
        var global = _file.Position;
        var shared = _options.Shared ? dimensions : [];
        var globalOffsets = Record(2, () =>
        {
            Offsets(0, 0, 0, 0);
            Ints(_options.Shared ? 2 : 0, 0, records - 1, shared.Length, _options.Shared ? 0 : 2);
            Offsets(0);
            Ints(0, -1, -1);
            Ints(shared);
        });
        Patch(header, global);
        var other = Variable("Other", -1, dimensions, out _);
        Patch(globalOffsets + (_options.Shared ? 0 : OffsetSize), other);
        var packing = _file.Position;
        _ = Record(11, () => Ints(5, 0, 1, 6));
        var variable = Variable(name, records - 1, dimensions, out var fields);
        Patch(other + OffsetSize + 4, variable);
        if (_options.PackValues) Patch(fields + (3 * OffsetSize) + 8 + 28, packing);
        Patch(fields + OffsetSize + 8, Index(Blocks(records, dimensions, values)));
        return _options.PackFile ? Packed() : WithChecksum(_file.ToArray());
    }

    private long Header()
        => Record(1, () =>
        {
            Offsets(0);
            Ints(_options.Version3 ? 3 : 2, _options.Version3 ? 8 : 7, _options.BigEndian ? 1 : 6);
            Ints((_options.RowMajor ? 1 : 0) + 2 + (_options.Checksum ? 12 : 0), 0, 0, 0, -1, -1);
            _file.Write(new byte[256]);
        });

    private long Variable(string name, int lastRecord, int[] dimensions, out long fields)
    {
        var start = _file.Position;
        fields = Record(_options.Shared ? 3 : 8, () =>
        {
            Offsets(0);
            Ints(_options.Doubles ? 45 : 44, lastRecord);
            Offsets(0, 0);
            Ints(1 + (_options.PackValues ? 4 : 0), 0, 0, -1, -1, 1, 0);
            Offsets(-1);
            Ints(0);
            var text = new byte[_options.Version3 ? 256 : 64];
            Encoding.ASCII.GetBytes(name).CopyTo(text, 0);
            _file.Write(text);
            if (!_options.Shared)
            {
                Ints(dimensions.Length);
                Ints(dimensions);
            }

            foreach (var _ in dimensions) Ints(-1);
        });
        return start;
    }

    private List<(int First, int Last, long Offset)> Blocks(int records, int[] dimensions, double[] values)
    {
        var blocks = new List<(int First, int Last, long Offset)>();
        var size = dimensions.Aggregate(1, (product, extent) => product * extent);
        for (var first = 0; first < records; first += _options.BlockRecords)
        {
            var last = (int)Math.Min(records, (long)first + _options.BlockRecords) - 1;
            var bytes = new MemoryStream();
            for (var record = first; record <= last; record++) Encode(bytes, values.AsSpan(record * size, size), dimensions);
            blocks.Add((first, last, Block(bytes.ToArray())));
            if (_options.BlockRecords == int.MaxValue) break;
        }

        return blocks;
    }

    private long Block(byte[] bytes)
    {
        var offset = _file.Position;
        var packed = _options.PackValues ? Gzip(bytes) : bytes;
        _ = Record(_options.PackValues ? 13 : 7, () =>
        {
            if (_options.PackValues)
            {
                Ints(0);
                Offsets(packed.Length);
            }

            _file.Write(packed);
        });
        return offset;
    }

    /// <summary>A chain of indices, or with Tree one index over all of them; returns where it begins.</summary>
    private long Index(List<(int First, int Last, long Offset)> entries)
    {
        var parts = entries.Chunk(_options.IndexEntries).ToArray();
        if (parts.Length == 1) return OneIndex(parts[0], 0);
        if (_options.Tree) return Index([.. parts.Select(part => (part[0].First, part[^1].Last, OneIndex(part, 0)))]);
        return parts.Reverse().Aggregate(0L, (next, part) => OneIndex(part, next));
    }

    private long OneIndex((int First, int Last, long Offset)[] entries, long next)
    {
        var offset = _file.Position;
        var unused = Enumerable.Repeat(-1, _options.IndexEntries - entries.Length).ToArray();
        _ = Record(6, () =>
        {
            Offsets(next);
            Ints(_options.IndexEntries, entries.Length);
            Ints([.. entries.Select(e => e.First), .. unused]);
            Ints([.. entries.Select(e => e.Last), .. unused]);
            Offsets([.. entries.Select(e => e.Offset), .. unused.Select(u => (long)u)]);
        });
        return offset;
    }

    private void Encode(MemoryStream target, ReadOnlySpan<double> record, int[] dimensions)
    {
        var index = new int[dimensions.Length];
        Span<byte> bytes = stackalloc byte[8];
        for (var i = 0; i < record.Length; i++)
        {
            var rest = i;
            for (var d = 0; d < index.Length; d++)
            {
                var at = _options.RowMajor ? index.Length - 1 - d : d;
                (index[at], rest) = (rest % dimensions[at], rest / dimensions[at]);
            }

            var position = 0;
            for (var d = 0; d < index.Length; d++) position = (position * dimensions[d]) + index[d];
            target.Write(Number(record[position], bytes));
        }
    }

    private ReadOnlySpan<byte> Number(double value, Span<byte> bytes)
    {
        if (_options.Doubles)
        {
            if (_options.BigEndian) BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
            else BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            return bytes;
        }

        if (_options.BigEndian) BinaryPrimitives.WriteSingleBigEndian(bytes, (float)value);
        else BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value);
        return bytes[..4];
    }

    private byte[] Packed()
    {
        var inner = _file.ToArray()[8..];
        _file.SetLength(0);
        Magic(true);
        var fields = Record(10, () =>
        {
            Offsets(0, inner.Length);
            Ints(0);
            _file.Write(Gzip(inner));
        });
        Patch(fields, _file.Length);
        _ = Record(11, () => Ints(5, 0, 1, 6));
        return WithChecksum(_file.ToArray());
    }

    private byte[] WithChecksum(byte[] file) => _options.Checksum ? [.. file, .. new byte[16]] : file;

    private void Magic(bool packed)
    {
        Ints(unchecked((int)(_options.Version3 ? 0xCDF30001 : 0xCDF26002)));
        Ints(packed ? unchecked((int)0xCCCC0001) : 0xFFFF);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress)) gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>Writes a record with its size and type; returns where its fields begin.</summary>
    private long Record(int type, Action fields)
    {
        var start = _file.Position;
        Offsets(0);
        Ints(type);
        var first = _file.Position;
        fields();
        Patch(start, _file.Position - start);
        return first;
    }

    private void Patch(long at, long value)
    {
        _file.Position = at;
        Offsets(value);
        _file.Position = _file.Length;
    }

    private void Offsets(params ReadOnlySpan<long> values)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (var value in values)
        {
            if (_options.Version3) BinaryPrimitives.WriteInt64BigEndian(bytes, value);
            else BinaryPrimitives.WriteInt32BigEndian(bytes, (int)value);
            _file.Write(bytes[..OffsetSize]);
        }
    }

    private void Ints(params ReadOnlySpan<int> values)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
            _file.Write(bytes);
        }
    }
}
