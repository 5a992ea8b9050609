using System.IO.Compression;

namespace PoseEngine.Formats;

/// <summary>The arrays of a .npz file, a zip of .npy files, stored or deflated, Zip64 too. Entries are only names: nothing is written to the disk.</summary>
public sealed class NpzArchive : IDisposable
{
    private const int MaximumEntries = 10_000;

    // Poses and names of images deflate to no less than a fortieth; what inflates more than this is made to fill the memory.
    private const int UsualInflation = 200;
    private const long FreeInflation = 64L << 20;
    private readonly ZipArchive _zip;
    private readonly Stream _stream;
    private readonly string _name;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    private NpzArchive(Stream stream, string name)
    {
        (_stream, _name) = (stream, name);
        _zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        if (_zip.Entries.Count > MaximumEntries) throw Unreadable.File(name, $"it has {_zip.Entries.Count} entries, the limit is {MaximumEntries}");
        foreach (var entry in _zip.Entries)
        {
            if (!_entries.TryAdd(Plain(entry.FullName), entry))
                throw Unreadable.File(name, $"it has two entries called {Unreadable.Quote(entry.FullName)}");
        }
    }

    public IReadOnlyCollection<string> Names => _entries.Keys;
    public static NpzArchive Open(string path) => Open(InputFile.Open(path), path);

    /// <summary>Opens an archive in a stream that can seek, and closes the stream with it.</summary>
    public static NpzArchive Open(Stream stream, string name)
    {
        try
        {
            return new NpzArchive(stream, name);
        }
        catch (Exception error)
        {
            stream.Dispose();
            if (IsDamage(error)) throw Unreadable.File(name, "it is not a .npz file, or it is cut off", error);
            throw;
        }
    }

    public bool Contains(string name) => _entries.ContainsKey(Plain(name));

    public NpyArray Read(string name)
    {
        if (!_entries.TryGetValue(Plain(name), out var entry))
        {
            throw new UserErrorException($"{_name} has no array '{name}', it has {string.Join(", ", Names.Take(10).Select(Unreadable.Quote))}: "
                + "give the file that the layout names");
        }
        var within = $"{_name}, array {Unreadable.Quote(Plain(name))}";
        try
        {
            using var stream = entry.Open();
            return NpyArray.Read(stream, within, Limit(entry));
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw Unreadable.File(within, "its packed bytes are damaged", error);
        }
    }

    public void Dispose()
    {
        _zip.Dispose();
        _stream.Dispose();
    }

    /// <summary>The most bytes that an entry may become. Its packed size is itself a claim, so the file's length bounds it.</summary>
    private long Limit(ZipArchiveEntry entry)
    {
        var packed = Math.Clamp(entry.CompressedLength, 0, _stream.Length);
        return Math.Min(Array.MaxLength, FreeInflation + (UsualInflation * packed));
    }

    private static string Plain(string name) => name.EndsWith(".npy", StringComparison.Ordinal) ? name[..^4] : name;

    // What the zip reader of .NET throws on damage of one kind or another.
    private static bool IsDamage(Exception error) => error is InvalidDataException or IOException or ArgumentException or NotSupportedException or OverflowException;
}
