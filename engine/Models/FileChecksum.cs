using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace PoseEngine.Models;

/// <summary>
/// A check of a file's whole content, CRC-32C over metadata and tensors: blocks that a disk lost often read as zeros, which
/// are numbers like others.
/// </summary>
public static class FileChecksum
{
    private const string Key = "crc32c";

    /// <summary>Writes the checksum of everything that the file holds now into its metadata.</summary>
    public static void Seal(SafeTensorsFile file) => file.Metadata[Key] = Of(file);

    /// <summary>Compares the content with its checksum.</summary>
    /// <exception cref="ModelFileException">They differ, or there is no checksum.</exception>
    public static void Verify(SafeTensorsFile file, string path)
    {
        if (!file.Metadata.TryGetValue(Key, out var stated)) throw new ModelFileException($"{path}: the file states no checksum: it is no checkpoint of this version; start anew");
        var actual = Of(file);
        if (stated != actual) throw new ModelFileException($"{path}: the file is damaged: its checksum is {actual}, it states {stated}");
    }

    private static string Of(SafeTensorsFile file)
    {
        var crc = uint.MaxValue;
        foreach (var (key, value) in file.Metadata.Where(entry => entry.Key != Key).OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            crc = Add(crc, $"{key}={value}\n");
        }
        foreach (var (name, tensor) in file.Tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            crc = Add(crc, $"{name} {tensor.Type} {string.Join('x', tensor.Shape)}\n");
            crc = Add(crc, tensor.Data);
        }
        return (~crc).ToString("x8", CultureInfo.InvariantCulture);
    }

    private static uint Add(uint crc, string text) => Add(crc, Encoding.UTF8.GetBytes(text));

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (var rest in bytes[(8 * words.Length)..]) crc = BitOperations.Crc32C(crc, rest);
        return crc;
    }
}
