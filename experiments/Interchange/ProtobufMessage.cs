using Google.Protobuf;

namespace PoseEngine.Experiments.Interchange;

/// <summary>
/// A protobuf message in the making: fields by their numbers, written in the order in which they were added. Nothing is
/// copied until the whole is written.
/// </summary>
internal sealed class ProtobufMessage
{
    private readonly List<Field> _fields = [];

    private enum Kind
    {
        Integer, Number, Bytes, Message,
    }

    /// <summary>An int32, int64 or enum field; adding it again repeats it.</summary>
    public ProtobufMessage Add(int number, long value)
    {
        _fields.Add(new Field(number, Kind.Integer, value, default, null));
        return this;
    }

    /// <summary>A float field.</summary>
    public ProtobufMessage Add(int number, float value)
    {
        _fields.Add(new Field(number, Kind.Number, BitConverter.SingleToUInt32Bits(value), default, null));
        return this;
    }

    /// <summary>A string field.</summary>
    public ProtobufMessage Add(int number, string text) => Add(number, Encoding.UTF8.GetBytes(text));

    /// <summary>A bytes field.</summary>
    public ProtobufMessage Add(int number, ReadOnlyMemory<byte> bytes)
    {
        _fields.Add(new Field(number, Kind.Bytes, 0, bytes, null));
        return this;
    }

    /// <summary>A message inside this one, complete by now.</summary>
    public ProtobufMessage Add(int number, ProtobufMessage message)
    {
        _fields.Add(new Field(number, Kind.Message, message.Size(), default, message));
        return this;
    }

    /// <summary>The message as it goes to a file.</summary>
    /// <exception cref="OverflowException">It exceeds the 2 GiB that a message may have.</exception>
    public byte[] ToBytes()
    {
        var bytes = new byte[checked((int)Size())];
        using var stream = new CodedOutputStream(bytes);
        Write(stream);
        stream.CheckNoSpaceLeft();
        return bytes;
    }

    private static long TagSize(int number) => CodedOutputStream.ComputeTagSize(number);

    private static long LengthSize(long length) => CodedOutputStream.ComputeUInt64Size((ulong)length);

    private long Size() => _fields.Sum(field => TagSize(field.Number) + field.Kind switch
    {
        Kind.Integer => CodedOutputStream.ComputeInt64Size(field.Value),
        Kind.Number => sizeof(float),
        Kind.Bytes => LengthSize(field.Bytes.Length) + field.Bytes.Length,
        _ => LengthSize(field.Value) + field.Value,
    });

    private void Write(CodedOutputStream stream)
    {
        foreach (var field in _fields)
        {
            stream.WriteTag(field.Number, field.Kind switch
            {
                Kind.Integer => WireFormat.WireType.Varint,
                Kind.Number => WireFormat.WireType.Fixed32,
                _ => WireFormat.WireType.LengthDelimited,
            });
            switch (field.Kind)
            {
                case Kind.Integer:
                    stream.WriteInt64(field.Value);
                    break;
                case Kind.Number:
                    stream.WriteFixed32((uint)field.Value);
                    break;
                case Kind.Bytes:
                    stream.WriteBytes(UnsafeByteOperations.UnsafeWrap(field.Bytes));
                    break;
                default:
                    stream.WriteUInt64((ulong)field.Value);
                    field.Message!.Write(stream);
                    break;
            }
        }
    }

    /// <summary>A field; <paramref name="Value"/> is the number (the bits of a float), or the length of the message.</summary>
    private readonly record struct Field(int Number, Kind Kind, long Value, ReadOnlyMemory<byte> Bytes, ProtobufMessage? Message);
}
