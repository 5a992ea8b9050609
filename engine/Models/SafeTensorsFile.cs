using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PoseEngine.Models;

/// <summary>
/// A .safetensors file in memory: named tensors and a block of text metadata. Layout: 8 bytes little-endian header
/// length, a JSON header, then the tensors' bytes. See https://huggingface.co/docs/safetensors.
/// </summary>
public sealed class SafeTensorsFile
{
    /// <summary>Longest header that is read; a hostile file cannot make us allocate more.</summary>
    private const long MaxHeaderBytes = 16 << 20;

    private const string MetadataKey = "__metadata__";
    private readonly Dictionary<string, SafeTensor> _tensors = [];
    private long _claimed;

    /// <summary>Text metadata, such as the architecture.</summary>
    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafeTensor> Tensors => _tensors;

    /// <summary>Adds a tensor; element types are float, double, long, ulong, int and byte.</summary>
    /// <exception cref="ArgumentException">The shape does not hold that many numbers, or the name is taken.</exception>
    public void Add<TElement>(string name, ReadOnlySpan<TElement> data, params ReadOnlySpan<long> shape)
        where TElement : unmanaged
    {
        long count = 1;
        foreach (var extent in shape) count *= extent;
        Guard.Equal(data.Length, count, $"tensor {name}");
        _tensors.Add(name, new SafeTensor(SafeTensor.NameOf<TElement>(), shape.ToArray(), MemoryMarshal.AsBytes(data).ToArray()));
    }

    /// <summary>Writes the file under a temporary name and renames it, so that it is there whole or not at all.</summary>
    public void Save(string path)
    {
        var header = new JsonObject();
        if (Metadata.Count > 0)
        {
            var metadata = new JsonObject();
            foreach (var (key, value) in Metadata) metadata[key] = value;
            header[MetadataKey] = metadata;
        }
        long offset = 0;
        foreach (var (name, tensor) in _tensors)
        {
            header[name] = new JsonObject
            {
                ["dtype"] = tensor.Type,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(extent => JsonValue.Create(extent))]),
                ["data_offsets"] = new JsonArray(offset, offset + tensor.Data.Length),
            };
            offset += tensor.Data.Length;
        }
        WriteAtomically(path, JsonSerializer.SerializeToUtf8Bytes(header));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelFileException">The file is missing, truncated or not a safetensors file.</exception>
    public static SafeTensorsFile Load(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Read(stream, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFileException($"{path}: no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    private static SafeTensorsFile Read(FileStream stream, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
        {
            throw new ModelFileException($"{path}: {stream.Length} bytes are too few for a safetensors file");
        }
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var limit = Math.Min(MaxHeaderBytes, stream.Length - 8);
        if (headerBytes > (ulong)limit)
        {
            throw new ModelFileException(
                $"{path}: not a safetensors file: a header of {headerBytes} bytes is announced, at most {limit} are possible");
        }
        var header = new byte[(int)headerBytes];
        stream.ReadExactly(header);
        var file = new SafeTensorsFile();
        try
        {
            using var json = JsonDocument.Parse(header);
            foreach (var entry in json.RootElement.EnumerateObject()) file.ReadEntry(entry, stream, path, 8 + (long)headerBytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ModelFileException($"{path}: not a safetensors file: its header is damaged: {e.Message}", e);
        }
        file.RejectOverlaps(path);
        return file;
    }

    private void ReadEntry(JsonProperty entry, FileStream stream, string path, long dataStart)
    {
        if (entry.Name == MetadataKey)
        {
            foreach (var pair in entry.Value.EnumerateObject()) Metadata[pair.Name] = pair.Value.GetString() ?? "";
            return;
        }
        var type = entry.Value.GetProperty("dtype").GetString() ?? "";
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())];
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        var dataBytes = stream.Length - dataStart;
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > dataBytes)
        {
            throw new ModelFileException(
                $"{path}: tensor {entry.Name} claims bytes {string.Join(" to ", offsets)} of {dataBytes}; the file is truncated or damaged");
        }
        var bytes = SafeTensor.ByteCount(type, shape);
        if (bytes != offsets[1] - offsets[0])
        {
            throw new ModelFileException(
                $"{path}: tensor {entry.Name} of type \"{type}\" and shape [{string.Join(", ", shape)}] does not fill its {offsets[1] - offsets[0]} bytes");
        }
        // Entries that together claim more than there is overlap; found before their copies fill the memory.
        _claimed += bytes;
        if (_claimed > dataBytes) throw new ModelFileException($"{path}: the tensors up to {entry.Name} overlap: they claim {_claimed} of {dataBytes} bytes");
        var data = new byte[bytes];
        stream.Position = dataStart + offsets[0];
        stream.ReadExactly(data);
        if (!_tensors.TryAdd(entry.Name, new SafeTensor(type, shape, data) { Begin = offsets[0] }))
        {
            throw new ModelFileException($"{path}: tensor {entry.Name} is there twice");
        }
    }

    private void RejectOverlaps(string path)
    {
        var end = 0L;
        var previous = "";
        foreach (var (name, tensor) in _tensors.OrderBy(pair => pair.Value.Begin).ThenBy(pair => pair.Value.Data.Length))
        {
            if (tensor.Begin < end) throw new ModelFileException($"{path}: tensors {previous} and {name} overlap");
            end = tensor.Begin + tensor.Data.Length;
            previous = name;
        }
    }

    private void WriteAtomically(string path, byte[] header)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = File.Create(temporary))
            {
                // Readers expect the data to begin on an 8-byte boundary; spaces behind the JSON are allowed.
                var padded = (header.Length + 7) / 8 * 8;
                Span<byte> prefix = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)padded);
                stream.Write(prefix);
                stream.Write(header);
                for (var i = header.Length; i < padded; i++) stream.WriteByte((byte)' ');
                foreach (var tensor in _tensors.Values) stream.Write(tensor.Data);
                // The new name must not reach the disk before what it stands for.
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}

/// <summary>One tensor of a <see cref="SafeTensorsFile"/>: its type name, extents and little-endian bytes.</summary>
public sealed record SafeTensor(string Type, long[] Shape, byte[] Data)
{
    internal long Begin { get; init; }

    /// <summary>The numbers.</summary>
    /// <exception cref="ModelFileException">The tensor holds another type.</exception>
    public ReadOnlySpan<TElement> As<TElement>()
        where TElement : unmanaged
    {
        if (Type != NameOf<TElement>())
        {
            throw new ModelFileException($"a tensor holds {Type}, expected {NameOf<TElement>()}");
        }
        return MemoryMarshal.Cast<byte, TElement>(Data);
    }

    internal static string NameOf<TElement>() => default(TElement) switch
    {
        float => "F32",
        double => "F64",
        long => "I64",
        ulong => "U64",
        int => "I32",
        byte => "U8",
        _ => throw new NotSupportedException($"safetensors: no type for {typeof(TElement).Name}"),
    };

    /// <summary>The bytes of a tensor, or -1 where type or shape is not valid or the product overflows.</summary>
    internal static long ByteCount(string type, long[] shape)
    {
        long bytes = type switch { "F64" or "I64" or "U64" => 8, "F32" or "I32" or "U32" => 4, "F16" or "BF16" or "I16" or "U16" => 2, "U8" or "I8" or "BOOL" => 1, _ => -1 };
        foreach (var extent in shape)
        {
            if (extent < 0 || bytes < 0 || (extent > 0 && bytes > int.MaxValue / extent)) return -1;
            bytes *= extent;
        }
        return bytes;
    }
}

/// <summary>A model or checkpoint file that cannot be used; the message is one line that says why.</summary>
public class ModelFileException(string message, Exception? inner = null) : Exception(message, inner);
