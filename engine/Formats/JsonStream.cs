using System.Text.Json;

namespace PoseEngine.Formats;

/// <summary>Reads a JSON file of any length token by token through a small buffer. Whatever is wrong with the file is told with its name
/// and the byte.</summary>
public sealed class JsonStream : IDisposable
{
    private const int FirstBuffer = 1 << 16;
    private const int LongestToken = 1 << 20;
    private const int MaximumDepth = 16;
    private readonly string _path;
    private readonly FileStream _stream;
    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;
    private bool _final;
    private bool _skipping;
    private long _position;
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = MaximumDepth });
    private JsonStream(string path) => (_path, _stream) = (path, InputFile.Open(path));

    public JsonTokenType Type { get; private set; }
    public string Text { get; private set; } = "";

    /// <summary>The value of the last token where it is a number; infinite where it is too large.</summary>
    public double Number { get; private set; }

    public static JsonStream Open(string path)
    {
        var json = new JsonStream(path);
        json.Fill();
        // Some editors put a mark of three bytes in front.
        if (json._buffer.AsSpan(0, json._end).StartsWith("\uFEFF"u8)) json._start = 3;
        json._position = json._start;
        return json;
    }

    public void Dispose() => _stream.Dispose();

    public JsonTokenType Next()
    {
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _final, _state);
            bool read;
            try
            {
                read = reader.Read();
                if (read) Keep(ref reader);
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                throw NoJson(error);
            }
            var consumed = (int)reader.BytesConsumed;
            (_state, _start, _position) = (reader.CurrentState, _start + consumed, _position + consumed);
            if (read) return Type;
            if (_final) return Type = JsonTokenType.None;
            Fill();
        }
    }

    public void Expect(JsonTokenType type, string what, string place)
    {
        if (Next() != type) throw Wrong($"{Described()} where {what} was expected", place);
    }

    /// <summary>The next name of the object that is being read; null at its end.</summary>
    public string? Name() => Next() == JsonTokenType.PropertyName ? Text : null;

    public void Skip()
    {
        var depth = 0;
        _skipping = true;
        do
        {
            depth += Next() switch
            {
                JsonTokenType.StartObject or JsonTokenType.StartArray => 1,
                JsonTokenType.EndObject or JsonTokenType.EndArray => -1,
                JsonTokenType.None => throw Wrong("the file ends", ""),
                _ => 0,
            };
        }
        while (depth > 0);
        _skipping = false;
    }

    public UserErrorException Wrong(string what, string place) => Unreadable.File(_path, $"{place}{(place.Length > 0 ? ", " : "")}byte {_position}: {what}");

    public string Described() => Type switch
    {
        JsonTokenType.None => "the end of the file",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.EndObject => "the end of an object",
        JsonTokenType.EndArray => "the end of a list",
        JsonTokenType.String => $"the text {Unreadable.Quote(Text)}",
        JsonTokenType.PropertyName => $"the name {Unreadable.Quote(Text)}",
        JsonTokenType.Number => $"the number {Number}",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    private void Keep(ref Utf8JsonReader reader)
    {
        Type = reader.TokenType;
        if (_skipping) return;
        if (Type is JsonTokenType.String or JsonTokenType.PropertyName) Text = reader.GetString() ?? "";
        if (Type != JsonTokenType.Number) return;
        Number = reader.TryGetDouble(out var number) ? number : double.PositiveInfinity;
    }

    /// <summary>Moves what is left to the front and reads on behind it.</summary>
    private void Fill()
    {
        var left = _end - _start;
        if (left == _buffer.Length)
        {
            if (left >= LongestToken) throw Wrong($"a text, number or gap of more than {LongestToken} bytes", "");
            Array.Resize(ref _buffer, 2 * left);
        }
        _buffer.AsSpan(_start, left).CopyTo(_buffer);
        (_start, _end) = (0, left);
        try
        {
            var read = _stream.Read(_buffer.AsSpan(left));
            _end += read;
            _final = read == 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable.File(_path, $"byte {_position + left}: {error.Message}", error);
        }
    }

    private UserErrorException NoJson(Exception error)
    {
        var rest = _buffer.AsSpan(_start, _end - _start).TrimStart(" \t\r\n,:["u8);
        var what = rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8) || rest.StartsWith("-Infinity"u8)
            ? "NaN or Infinity, which are no numbers"
            : _final && CouldGoOn() ? "the file ends before it is complete"
            : $"this is no JSON of at most {MaximumDepth} levels ({error.Message.Split(". ")[0].TrimEnd('.')})";
        return Unreadable.File(_path, $"byte {_position}: {what}", error);
    }

    /// <summary>Whether what is there would be the beginning of something.</summary>
    private bool CouldGoOn()
    {
        try
        {
            return !new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), isFinalBlock: false, _state).Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
