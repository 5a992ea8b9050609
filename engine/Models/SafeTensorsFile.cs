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

    /// <summary>Dimensions at most; a hostile file cannot make us keep and print millions.</summary>
    private const int MaxRank = 16;

    private const int LongestShownName = 80;
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

    /// <summary>The same tensors under other names; nothing is copied.</summary>
    /// <exception cref="ArgumentException">Two tensors get one name.</exception>
    public SafeTensorsFile Renamed(Func<string, string> rename)
    {
        var file = new SafeTensorsFile();
        foreach (var (key, value) in Metadata) file.Metadata[key] = value;
        foreach (var (name, tensor) in _tensors) file._tensors.Add(rename(name), tensor);
        return file;
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
        AtomicFile.Write(path, stream => Write(stream, JsonSerializer.SerializeToUtf8Bytes(header)));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelFileException">The file is missing, truncated or not a safetensors file.</exception>
    public static SafeTensorsFile Load(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Load(stream, path);
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

    /// <summary>Reads a file's content from its beginning.</summary>
    /// <param name="stream">The content.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ModelFileException">It is truncated or not a safetensors file, or the stream knows no length.</exception>
    public static SafeTensorsFile Load(Stream stream, string path)
        // Whether a header is believable depends on the length.
        => stream.CanSeek ? Read(stream, path) : throw new ModelFileException($"{path}: is a pipe; copy it into a file");

    private static SafeTensorsFile Read(Stream stream, string path)
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
            throw new ModelFileException($"{path}: not a safetensors file: its header is damaged: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        file.RejectOverlapsAndGaps(path, stream.Length - 8 - (long)headerBytes);
        return file;
    }

    private void ReadEntry(JsonProperty entry, Stream stream, string path, long dataStart)
    {
        if (entry.Name == MetadataKey)
        {
            ReadMetadata(entry.Value, path);
            return;
        }
        var name = Shown(entry.Name);
        if (_tensors.ContainsKey(entry.Name)) throw new ModelFileException($"{path}: tensor {name} is there twice");
        var type = entry.Value.GetProperty("dtype").GetString() ?? "";
        var shape = Integers(entry.Value.GetProperty("shape"), $"{path}: the shape of tensor {name}");
        var offsets = Integers(entry.Value.GetProperty("data_offsets"), $"{path}: the offsets of tensor {name}");
        var dataBytes = stream.Length - dataStart;
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > dataBytes)
        {
            throw new ModelFileException(
                $"{path}: tensor {name} claims bytes {string.Join(" to ", offsets)} of {dataBytes}; the file is truncated or damaged");
        }
        var bytes = SafeTensor.ByteCount(type, shape);
        if (bytes != offsets[1] - offsets[0])
        {
            throw new ModelFileException(
                $"{path}: tensor {name} of type \"{Shown(type)}\" and shape [{string.Join(", ", shape)}] does not fill its {offsets[1] - offsets[0]} bytes");
        }
        // Entries that together claim more than there is overlap; found before their copies fill the memory.
        _claimed += bytes;
        if (_claimed > dataBytes) throw new ModelFileException($"{path}: the tensors up to {name} overlap: they claim {_claimed} of {dataBytes} bytes");
        var data = new byte[bytes];
        stream.Position = dataStart + offsets[0];
        stream.ReadExactly(data);
        _tensors.Add(entry.Name, new SafeTensor(type, shape, data) { Begin = offsets[0] });
    }

    private void ReadMetadata(JsonElement block, string path)
    {
        foreach (var pair in block.EnumerateObject())
        {
            if (!Metadata.TryAdd(pair.Name, pair.Value.GetString() ?? "")) throw new ModelFileException($"{path}: metadata \"{Shown(pair.Name)}\" is there twice");
        }
    }

    private static long[] Integers(JsonElement array, string what)
    {
        var count = array.GetArrayLength();
        if (count > MaxRank) throw new ModelFileException($"{what}: {count} numbers, at most {MaxRank} are allowed");
        return [.. array.EnumerateArray().Select(number => number.GetInt64())];
    }

    /// <summary>The format wants every byte behind the header in exactly one tensor.</summary>
    private void RejectOverlapsAndGaps(string path, long dataBytes)
    {
        var end = 0L;
        var previous = "the header";
        foreach (var (name, tensor) in _tensors.OrderBy(pair => pair.Value.Begin).ThenBy(pair => pair.Value.Data.Length))
        {
            if (tensor.Begin < end) throw new ModelFileException($"{path}: tensors {previous} and {Shown(name)} overlap");
            if (tensor.Begin > end) throw new ModelFileException($"{path}: {tensor.Begin - end} bytes between {previous} and tensor {Shown(name)} belong to no tensor; the file is damaged");
            end = tensor.Begin + tensor.Data.Length;
            previous = Shown(name);
        }
        if (end < dataBytes) throw new ModelFileException($"{path}: {dataBytes - end} bytes behind {previous} belong to no tensor; the file is damaged");
    }

    /// <summary>A name out of a file as a message can show it: short and on one line.</summary>
    public static string Shown(string name)
        => string.Concat(name.Take(LongestShownName).Select(c => char.IsControl(c) ? ' ' : c)) + (name.Length > LongestShownName ? "..." : "");

    private void Write(Stream stream, byte[] header)
    {
        // Readers expect the data to begin on an 8-byte boundary; spaces behind the JSON are allowed.
        var padded = (header.Length + 7) / 8 * 8;
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)padded);
        stream.Write(prefix);
        stream.Write(header);
        for (var i = header.Length; i < padded; i++) stream.WriteByte((byte)' ');
        foreach (var tensor in _tensors.Values) stream.Write(tensor.Data);
    }
}
