using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Fuzz;

/// <summary>Damages files as disks, networks and enemies do. The generator alone decides, so that a mutant can be made again.</summary>
internal static class Mutator
{
    private const int MostChanges = 4;

    private static readonly byte[] Bytes = [0, 1, 0x7F, 0x80, 0xFE, 0xFF, (byte)'\n', (byte)' ', (byte)'"', (byte)'{', (byte)'[', (byte)'9', (byte)'-'];

    private static readonly long[] Integers =
        [0, -1, 1, 2, 255, 256, short.MaxValue, short.MinValue, ushort.MaxValue, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    private static readonly string[] Texts =
    [
        "0", "-1", "1", "00", "65536", "2147483647", "2147483648", "4294967295", "9223372036854775807", "-9223372036854775808",
        "99999999999999999999999999", "1e999", "NaN", "-Infinity", "0.5", "null", "",
    ];

    /// <summary>One to four changes of a file.</summary>
    public static byte[] Mutate(byte[] file, RandomGenerator random)
    {
        var mutant = file;
        for (var changes = 1 + random.NextInt(MostChanges); changes > 0; changes--) mutant = Change(mutant, random);
        return mutant;
    }

    private static byte[] Change(byte[] file, RandomGenerator random)
    {
        if (file.Length == 0) return [(byte)random.NextUInt()];
        var at = Place(file, random);
        return random.NextInt(10) switch
        {
            0 => Changed(file, at, b => (byte)(b ^ (1 << random.NextInt(8)))),
            1 => Changed(file, at, _ => Bytes[random.NextInt(Bytes.Length)]),
            2 => Changed(file, at, _ => (byte)random.NextUInt()),
            3 => file[..at],
            4 => Duplicated(file, at, random),
            5 => [.. file[..at], .. Junk(random), .. file[at..]],
            6 => [.. file[..at], .. file[Math.Min(file.Length, at + Length(random))..]],
            7 or 8 => WithInteger(file, at, random),
            _ => WithText(file, at, random),
        };
    }

    /// <summary>Headers are short and decide most: half of the changes fall on the first and last hundred bytes.</summary>
    private static int Place(byte[] file, RandomGenerator random)
    {
        const int edge = 100;
        if (file.Length <= 2 * edge) return random.NextInt(file.Length);
        return random.NextInt(4) switch
        {
            0 => random.NextInt(edge),
            1 => file.Length - 1 - random.NextInt(edge),
            _ => random.NextInt(file.Length),
        };
    }

    private static int Length(RandomGenerator random) => 1 + random.NextInt(1 << random.NextInt(9));

    private static byte[] Changed(byte[] file, int at, Func<byte, byte> change)
    {
        var copy = (byte[])file.Clone();
        copy[at] = change(copy[at]);
        return copy;
    }

    private static byte[] Duplicated(byte[] file, int at, RandomGenerator random)
    {
        var end = Math.Min(file.Length, at + Length(random));
        var target = Place(file, random);
        return [.. file[..target], .. file[at..end], .. file[target..]];
    }

    private static byte[] Junk(RandomGenerator random)
    {
        var junk = new byte[Length(random)];
        var fill = random.NextInt(2) == 0;
        var value = Bytes[random.NextInt(Bytes.Length)];
        for (var i = 0; i < junk.Length; i++) junk[i] = fill ? value : (byte)random.NextUInt();
        return junk;
    }

    /// <summary>Two, four or eight bytes of either order become a number that breaks arithmetic.</summary>
    private static byte[] WithInteger(byte[] file, int at, RandomGenerator random)
    {
        var copy = (byte[])file.Clone();
        var size = 2 << random.NextInt(3);
        if (at + size > copy.Length) return copy;
        Span<byte> bytes = stackalloc byte[8];
        var value = Integers[random.NextInt(Integers.Length)];
        if (random.NextInt(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            bytes[..size].CopyTo(copy.AsSpan(at));
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes, value);
            bytes[^size..].CopyTo(copy.AsSpan(at));
        }
        return copy;
    }

    /// <summary>The first number in digits behind a place becomes another one, or a neighbour of itself.</summary>
    private static byte[] WithText(byte[] file, int at, RandomGenerator random)
    {
        var begin = at;
        while (begin < file.Length && !char.IsAsciiDigit((char)file[begin])) begin++;
        var end = begin;
        while (end < file.Length && char.IsAsciiDigit((char)file[end])) end++;
        var text = Texts[random.NextInt(Texts.Length)];
        if (random.NextInt(3) == 0 && long.TryParse(Encoding.ASCII.GetString(file, begin, Math.Min(end - begin, 18)), out var number))
        {
            text = (number + random.NextInt(3) - 1).ToString(CultureInfo.InvariantCulture);
        }
        return [.. file[..begin], .. Encoding.ASCII.GetBytes(text), .. file[end..]];
    }
}
