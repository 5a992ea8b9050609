namespace PoseEngine.Experiments.Data;

/// <summary>The lines of a Matrix Market file with their numbers; a line is never longer than the format allows.</summary>
internal sealed class MatrixMarketLines(string path, StreamReader reader)
{
    /// <summary>The format says 1024 characters.</summary>
    private const int LongestLine = 1024;

    private readonly StringBuilder _line = new();
    private int _number;

    /// <summary>The next line, or null at the end.</summary>
    public string? Next()
    {
        _line.Clear();
        var c = reader.Read();
        if (c < 0) return null;
        _number++;
        for (; c is >= 0 and not '\n'; c = reader.Read())
        {
            if (_line.Length == LongestLine) throw Error($"the line is longer than {LongestLine} characters");
            _line.Append((char)c);
        }
        return _line.ToString();
    }

    /// <summary>The next line that is neither empty nor a comment.</summary>
    public string? NextData()
    {
        while (Next() is { } line)
        {
            var text = line.AsSpan().Trim();
            if (text.Length > 0 && text[0] != '%') return line;
        }
        return null;
    }

    /// <summary>What is wrong in the current line.</summary>
    public UserErrorException Error(string what) => new($"{path}, line {Math.Max(_number, 1)}: {what}");
}
