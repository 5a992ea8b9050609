namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>Cuts text into words and braces and knows the line of each. It holds one word at a time, so its memory is bounded whatever the
/// file holds; any mixture of LF, CRLF and CR ends a line.</summary>
internal sealed class BvhTokenizer
{
    private const int MaxTokenLength = 200;
    private const int EndOfText = -1;
    private readonly char[] _token = new char[MaxTokenLength];
    private readonly TextReader _reader;
    private readonly string _name;
    private int _length;
    private int _next;
    private int _line = 1;

    public BvhTokenizer(TextReader reader, string name)
    {
        _reader = reader;
        _name = name;
        _next = ReadChar();
    }

    public ReadOnlySpan<char> Token => _token.AsSpan(0, _length);

    /// <summary>The line, counted from 1, on which the word found last stands.</summary>
    public int TokenLine { get; private set; } = 1;

    public bool Next()
    {
        while (_next != EndOfText && char.IsWhiteSpace((char)_next)) Advance();
        _length = 0;
        TokenLine = _line;
        if (_next == EndOfText) return false;
        do
        {
            Append((char)_next);
            Advance();
        }
        while (!IsBrace(_token[0]) && _next != EndOfText && !IsBrace((char)_next) && !char.IsWhiteSpace((char)_next));
        return true;
    }

    /// <summary>The rest of the current line up to an opening brace, trimmed.</summary>
    public string RestOfLine()
    {
        _length = 0;
        TokenLine = _line;
        while (_next is not (EndOfText or '\n' or '\r' or '{'))
        {
            Append((char)_next);
            Advance();
        }
        return new string(Token).Trim();
    }

    public UserErrorException Error(string what, int? line = null) => new($"{_name}: line {line ?? TokenLine}: {what}");

    public string Quoted() => _length <= 40 ? $"'{Token}'" : $"'{Token[..40]}...'";
    private static bool IsBrace(char c) => c is '{' or '}';

    private void Append(char c)
    {
        if (_length == MaxTokenLength) throw Error($"a word longer than {MaxTokenLength} characters; this is not a BVH file", _line);
        _token[_length++] = c;
    }

    private void Advance()
    {
        var current = _next;
        if (current == '\n') _line++;
        _next = ReadChar();
        // CRLF counts once: the CR of the pair is silent, its LF ends the line.
        if (current == '\r' && _next != '\n') _line++;
    }

    private int ReadChar()
    {
        var c = _reader.Read();
        if (c is EndOfText or '\t' or '\n' or '\r' or '\f' || (c >= ' ' && c != 0x7F)) return c;
        throw Error($"byte 0x{c:X2} is not text; this is a binary file, not a BVH file", _line);
    }
}
