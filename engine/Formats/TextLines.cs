using System.Text;

namespace PoseEngine.Formats;

/// <summary>The lines of a text, ended by LF, CRLF or CR, with their numbers. None is longer than the format allows.</summary>
internal sealed class TextLines(string path, StreamReader reader, int longest)
{
    private readonly StringBuilder _line = new();
    public int Number { get; private set; }

    public string? Next()
    {
        _line.Clear();
        var c = reader.Read();
        if (c < 0) return null;
        Number++;
        for (; c is >= 0 and not ('\n' or '\r'); c = reader.Read())
        {
            if (_line.Length == longest) throw Error($"the line is longer than {longest} characters");
            _line.Append((char)c);
        }
        if (c == '\r' && reader.Peek() == '\n') reader.Read();
        return _line.ToString();
    }

    public UserErrorException Error(string what, string cell = "") => new($"{path}, line {Math.Max(Number, 1)}{cell}: {what}");
}
