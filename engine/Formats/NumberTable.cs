using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PoseEngine.Formats;

/// <summary>Reads a table of numbers as spreadsheets and data frames write it: a line of names, then a line for each row. Cells are
/// separated by commas, tabs or semicolons, whichever the line of names has, and may stand in quotes. With semicolons decimals may have a
/// comma instead of a point, all of them alike: "1.500" beside "2,5" could be either number.</summary>
internal sealed partial class NumberTable
{
    /// <summary>Numbers of a table, 1 GiB of memory.</summary>
    public const int MostNumbers = 1 << 27;

    private const int LongestLine = 1 << 20;
    private readonly TextLines _lines;
    private readonly int _limit;
    private readonly char _separator;
    private readonly string[] _names;
    private (char Mark, int Line)? _decimals;

    private NumberTable(TextLines lines, int limit)
    {
        (_lines, _limit) = (lines, limit);
        // numpy.savetxt writes its header as a comment.
        var first = (_lines.Next() ?? throw _lines.Error("the file is empty, expected a line of names")).TrimStart('#');
        var unquoted = Quoted().Replace(first, "");
        _separator = "\t;".FirstOrDefault(unquoted.Contains, ',');
        _names = Cells(first);
        RequireNames();
    }

    public static NumberArray Read(string path)
    {
        using var stream = InputFile.Open(path);
        return Read(stream, path);
    }

    public static NumberArray Read(Stream stream, string name, int limit = MostNumbers) => Attempt.Of(
        () => new NumberTable(new TextLines(name, new StreamReader(stream), LongestLine), limit).Rows(),
        (IOException error) => InputFile.Failed(name, error));

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quoted();

    private NumberArray Rows()
    {
        var values = new List<double>();
        var blank = 0;
        while (_lines.Next() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                if (blank == 0) blank = _lines.Number;
                continue;
            }
            if (blank > 0) throw _lines.Error($"rows go on behind the empty line {blank}: remove it");
            var cells = Cells(line);
            if (cells.Length != _names.Length) throw _lines.Error($"the row has {cells.Length} cells, line 1 has {_names.Length} names");
            if (values.Count + cells.Length > _limit) throw _lines.Error($"the table has more than {_limit} numbers: give a part of it, or a .npy file");
            for (var i = 0; i < cells.Length; i++) values.Add(Number(cells[i], _names[i]));
        }
        if (values.Count == 0) throw _lines.Error("there are no rows behind the line of names");
        return new NumberArray([values.Count / _names.Length, _names.Length], [.. values], null, _names);
    }

    private void RequireNames()
    {
        for (var i = 0; i < _names.Length; i++)
        {
            var name = _names[i];
            if (name.Length == 0) throw _lines.Error($"column {i + 1} has no name: give every column one");
            if (name.Any(char.IsControl)) throw _lines.Error($"column {i + 1} is called {Shown(name)}, which is no text: give a table as text");
            if (IsNumber(name.Replace(',', '.'), out _))
                throw _lines.Error($"{Shown(name)} is a number, expected the names of the columns: put a line such as x1,x2 above the rows");
        }
        if (_names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw _lines.Error($"two columns are called {Shown(twice.Key)}: give each a name of its own");
    }

    private string[] Cells(string line)
    {
        if (!line.Contains('"')) return line.Split(_separator, StringSplitOptions.TrimEntries);
        var (cells, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"')
            {
                // Two quotes within quotes are one of the text.
                if (quoted && i + 1 < line.Length && line[i + 1] == '"') cell.Append(line[i++]);
                else quoted = !quoted;
            }
            else if (line[i] == _separator && !quoted)
            {
                cells.Add(cell.ToString().Trim());
                cell.Clear();
            }
            else
            {
                cell.Append(line[i]);
            }
        }
        if (quoted) throw _lines.Error("a quote is not closed on its line");
        return [.. cells, cell.ToString().Trim()];
    }

    private double Number(string cell, string name)
    {
        var column = $", {Unreadable.Shown(name)}";
        var mark = _separator == ';' && cell.Contains(',') ? ',' : cell.Contains('.') ? '.' : '\0';
        if ((mark == ',' && cell.Contains('.')) || !IsNumber(mark == ',' ? cell.Replace(',', '.') : cell, out var value))
        {
            throw _lines.Error(cell.Length == 0 ? "the cell is empty, expected a number"
                : $"{Shown(cell)} is not a number{(cell.Contains(',') ? ": write decimals with a point and no marks between thousands" : "")}", column);
        }
        if (!double.IsFinite(value)) throw _lines.Error($"{Shown(cell)} is not a finite number", column);
        if (mark != '\0') _decimals ??= (mark, _lines.Number);
        if (mark == '\0' || mark == _decimals!.Value.Mark) return value;
        throw _lines.Error($"{Shown(cell)} has a decimal {Word(mark)}, a number of line {_decimals.Value.Line} a decimal {Word(_decimals.Value.Mark)}: write all alike", column);
    }

    private static bool IsNumber(string text, out double value)
        => double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);

    private static string Word(char mark) => mark == ',' ? "comma" : "point";
    private static string Shown(string text) => $"\"{Unreadable.Shown(text)}\"";
}
