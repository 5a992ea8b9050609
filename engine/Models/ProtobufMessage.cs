using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace PoseEngine.Models;

/// <summary>
/// A protobuf message in the making (https://protobuf.dev/programming-guides/encoding): fields by their numbers, written in
/// the order in which they were added. Nothing is copied until the whole is written.
/// </summary>
internal sealed class ProtobufMessage
{
    private readonly List<Field> _fields = [];

    /// <summary>The wire types of the format.</summary>
    private enum Wire
    {
        Varint = 0,
        LengthDelimited = 2,
        Fixed32 = 5,
    }

    /// <summary>An int32, int64 or enum field; adding it again repeats it.</summary>
    public ProtobufMessage Add(int number, long value) => Add(new Field(number, Wire.Varint, (ulong)value));

    /// <summary>A float field.</summary>
    public ProtobufMessage Add(int number, float value) => Add(new Field(number, Wire.Fixed32, BitConverter.SingleToUInt32Bits(value)));

    /// <summary>A string field.</summary>
    public ProtobufMessage Add(int number, string text) => Add(number, Encoding.UTF8.GetBytes(text));

    /// <summary>A bytes field.</summary>
    public ProtobufMessage Add(int number, ReadOnlyMemory<byte> bytes) => Add(new Field(number, Wire.LengthDelimited, (ulong)bytes.Length) { Bytes = bytes });

    /// <summary>A message inside this one, complete by now.</summary>
    public ProtobufMessage Add(int number, ProtobufMessage message) => Add(new Field(number, Wire.LengthDelimited, (ulong)message.Size()) { Message = message });

    /// <summary>The message as it goes to a file.</summary>
    /// <exception cref="OverflowException">It exceeds the 2 GiB that a message may have.</exception>
    public byte[] ToBytes()
    {
        var bytes = new byte[checked((int)Size())];
        Write(bytes);
        return bytes;
    }

    private ProtobufMessage Add(Field field)
    {
        _fields.Add(field);
        return this;
    }

    private long Size() => _fields.Sum(field => VarintSize(field.Tag) + field.Kind switch
    {
        Wire.Varint => VarintSize(field.Value),
        Wire.Fixed32 => sizeof(float),
        _ => VarintSize(field.Value) + (long)field.Value,
    });

    private static int VarintSize(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    /// <summary>Writes the fields and returns what is behind them.</summary>
    private Span<byte> Write(Span<byte> target)
    {
        foreach (var field in _fields)
        {
            target = WriteVarint(target, field.Tag);
            if (field.Kind == Wire.Fixed32)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)field.Value);
                target = target[sizeof(float)..];
                continue;
            }
            target = WriteVarint(target, field.Value);
            if (field.Message is { } message) target = message.Write(target);
            field.Bytes.Span.CopyTo(target);
            target = target[field.Bytes.Length..];
        }
        return target;
    }

    private static Span<byte> WriteVarint(Span<byte> target, ulong value)
    {
        var i = 0;
        for (; value >= 0x80; value >>= 7) target[i++] = (byte)(value | 0x80);
        target[i++] = (byte)value;
        return target[i..];
    }

    /// <summary>A field; <paramref name="Value"/> is the number (the bits of a float), or the length of what follows.</summary>
    private readonly record struct Field(int Number, Wire Kind, ulong Value)
    {
        public ReadOnlyMemory<byte> Bytes { get; init; }

        public ProtobufMessage? Message { get; init; }

        public ulong Tag => ((ulong)Number << 3) | (ulong)Kind;
    }
}
