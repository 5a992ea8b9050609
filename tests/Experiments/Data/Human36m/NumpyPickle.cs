using System.Runtime.InteropServices;
using System.Text;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Writes dictionaries of float32 arrays as numpy pickles them: an array of objects without dimensions that holds the dictionary.</summary>
internal sealed class NumpyPickle
{
    private readonly MemoryStream _out = new();

    private NumpyPickle()
    {
    }

    /// <summary>The pickle of subject -> action -> array.</summary>
    public static byte[] Of(IReadOnlyDictionary<string, Dictionary<string, (int[] Shape, float[] Values)>> data)
    {
        var writer = new NumpyPickle();
        writer.Bytes(0x80, 3);
        writer.Array("O8", "|", [], () =>
        {
            writer.Text("](");
            writer.Dictionary(data, actions => writer.Dictionary(actions, array =>
                writer.Array("f4", "<", array.Shape, () => writer.Raw(MemoryMarshal.AsBytes(array.Values.AsSpan())))));
            writer.Text("e");
        });
        writer.Text(".");
        return writer._out.ToArray();
    }

    private void Dictionary<T>(IReadOnlyDictionary<string, T> entries, Action<T> value)
    {
        Text("}(");
        foreach (var (key, item) in entries)
        {
            Word(key);
            value(item);
        }

        Text("u");
    }

    private void Array(string type, string order, int[] shape, Action content)
    {
        Text("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n");
        Whole(0);
        Bytes(0x85);
        Raw("b"u8);
        Bytes(0x87);
        Text("R(");
        Whole(1);
        Text("(");
        foreach (var extent in shape) Whole(extent);
        Text("tcnumpy\ndtype\n");
        Word(type);
        Bytes(0x89, 0x88, 0x87);
        Text("R(");
        Whole(3);
        Word(order);
        Text("NNN");
        Whole(-1);
        Whole(-1);
        Whole(order == "|" ? 63 : 0);
        Text("tb");
        Bytes(0x89);
        content();
        Text("tb");
    }

    private void Word(string text)
    {
        Text("X");
        Whole32(Encoding.UTF8.GetByteCount(text));
        _out.Write(Encoding.UTF8.GetBytes(text));
    }

    private void Raw(ReadOnlySpan<byte> bytes)
    {
        Text("B");
        Whole32(bytes.Length);
        _out.Write(bytes);
    }

    private void Whole(int value)
    {
        Text("J");
        Whole32(value);
    }

    private void Whole32(int value) => _out.Write(BitConverter.GetBytes(value));

    private void Text(string text) => _out.Write(Encoding.ASCII.GetBytes(text));

    private void Bytes(params byte[] bytes) => _out.Write(bytes);
}
