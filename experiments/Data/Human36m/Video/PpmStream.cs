namespace PoseEngine.Experiments.Data.Human36m.Video;

/// <summary>Reads PPM pictures (P6, a byte a colour) that follow each other in a stream. Sizes are checked before anything is taken for
/// them, and memory grows with what has arrived.</summary>
internal sealed class PpmStream(Stream stream)
{
    private const int LongestHeader = 256;

    private (int Width, int Height) _last;
    private int _header;
    public int Count { get; private set; }

    public RgbImage? Read()
    {
        _header = 0;
        var first = stream.ReadByte();
        if (first < 0) return null;
        if (first != 'P' || stream.ReadByte() != '6') throw new InvalidDataException("it does not begin with P6, as pictures of the kind PPM do");
        var (width, height, maximum) = (Number(), Number(), Number());
        if (maximum != 255) throw new InvalidDataException($"its brightest value is {maximum}, expected 255");
        if (width < 1 || height < 1 || width > ImageFile.MaximumSide || height > ImageFile.MaximumSide || (long)width * height > ImageFile.MaximumPixels)
            throw new InvalidDataException($"{width} x {height} pixels, the limits are 1 to {ImageFile.MaximumSide} a side and {ImageFile.MaximumPixels} in all");
        var pixels = Pixels(width, height);
        _last = (width, height);
        Count++;
        return new RgbImage(width, height, pixels);
    }

    private byte[] Pixels(int width, int height)
    {
        var length = 3 * width * height;
        try
        {
            // A size that has once come in full is believed.
            if (_last != (width, height)) return BoundedBytes.Exactly(stream, length);
            var pixels = new byte[length];
            stream.ReadExactly(pixels);
            return pixels;
        }
        catch (EndOfStreamException error)
        {
            throw new EndOfStreamException($"the stream ends before its {length} bytes", error);
        }
    }

    /// <summary>The next number, with the one white space behind it. Text from # to the end of a line is a remark.</summary>
    private int Number()
    {
        var value = -1;
        while (true)
        {
            var next = Header();
            if (next == '#')
            {
                while (Header() != '\n')
                {
                }
            }
            else if (next is >= '0' and <= '9')
            {
                value = (10 * Math.Max(value, 0)) + next - '0';
                if (value > 1_000_000) throw new InvalidDataException("a number of its header is above 1000000");
            }
            else if (next is not (' ' or '\t' or '\r' or '\n')) throw new InvalidDataException("its header has something else than numbers");
            else if (value >= 0) return value;
        }
    }

    private int Header()
    {
        if (++_header > LongestHeader) throw new InvalidDataException($"its header is longer than {LongestHeader} bytes");
        var next = stream.ReadByte();
        return next >= 0 ? next : throw new EndOfStreamException("the stream ends in its header");
    }
}
