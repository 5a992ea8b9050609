using System.Globalization;
using System.Text;
using PoseEngine.Krylov;

namespace PoseEngine.Formats;

/// <summary>A real matrix of a Matrix Market file (R. F. Boisvert, R. Pozo, K. Remington, "The Matrix Market exchange formats", NISTIR
/// 5935, 1996): coordinate and array formats, real, integer and pattern, general and symmetric.</summary>
/// <param name="Rows">At most <see cref="MostRows"/>.</param>
/// <param name="Columns">At least 1.</param>
/// <param name="Entries">All of them, those of a symmetric file on both sides of the diagonal; equal places add up.</param>
public sealed record MatrixMarketFile(int Rows, int Columns, IReadOnlyList<MatrixEntry> Entries)
{
    public const int MostRows = 20_000_000;

    /// <exception cref="UserErrorException">The file cannot be read, or line and fault of what is no such matrix.</exception>
    public static MatrixMarketFile Read(string path) => Attempt.Io(
        () =>
        {
            using var stream = File.OpenRead(path);
            // Whether a size line is believable depends on the length.
            if (!stream.CanSeek) throw new UserErrorException($"{path} is a pipe; give a file");
            return new Reader(path, stream).Read();
        },
        error => new UserErrorException($"cannot read {path}: {error.Message.Split('\n')[0].TrimEnd('.')}", error));

    /// <summary>Writes a vector as an array of one column.</summary>
    public static void WriteVector(string path, IReadOnlyList<double> values, string comment)
    {
        var text = new StringBuilder("%%MatrixMarket matrix array real general\n");
        text.Append("% ").Append(comment.ReplaceLineEndings(" ")).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"{values.Count} 1\n");
        foreach (var value in values) text.Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        AtomicFile.WriteText(path, text.ToString());
    }

    private sealed class Reader(string path, Stream stream)
    {
        /// <summary>The shortest entry is "1 1" and its line end.</summary>
        private const int ShortestEntry = 4;

        private const int LongestLine = 1024;
        private readonly TextLines _lines = new(path, new StreamReader(stream, Encoding.Latin1), LongestLine);
        private readonly long _length = stream.Length;
        private readonly List<MatrixEntry> _entries = [];
        private MatrixMarketHeader _header;
        private int _rows;
        private int _columns;

        public MatrixMarketFile Read()
        {
            var first = _lines.Next() ?? throw _lines.Error("the file is empty");
            (_header, var fault) = MatrixMarketHeader.Parse(first);
            if (fault is not null) throw _lines.Error(fault);
            var words = Words(_header.IsArray ? 2 : 3, "the size line");
            _rows = Extent(words[0], "rows");
            _columns = Extent(words[1], "columns");
            if (_header.IsSymmetric && _rows != _columns) throw _lines.Error($"a symmetric matrix is square, not {_rows} x {_columns}");
            if (_header.IsArray) ReadArray();
            else ReadEntries(words[2]);
            if (NextData() is not null) throw _lines.Error("there are more entries than the size line says");
            return new MatrixMarketFile(_rows, _columns, [.. _entries]);
        }

        private void ReadEntries(string countText)
        {
            if (!long.TryParse(countText, NumberStyles.None, CultureInfo.InvariantCulture, out var count)) throw _lines.Error($"\"{countText}\" is not a number of entries");
            RequireRoom(count, ShortestEntry);
            for (var i = 0L; i < count; i++)
            {
                var words = Words(_header.IsPattern ? 2 : 3, "an entry", i, count);
                var (row, column) = (Index(words[0], _rows, "row"), Index(words[1], _columns, "column"));
                if (_header.IsSymmetric && column > row) throw _lines.Error($"({row + 1}, {column + 1}) is above the diagonal; a symmetric file holds the lower triangle");
                Add(row, column, _header.IsPattern ? 1 : Value(words[2]));
            }
        }

        private void ReadArray()
        {
            var count = _header.IsSymmetric ? (long)_rows * (_rows + 1) / 2 : (long)_rows * _columns;
            RequireRoom(count, ShortestEntry / 2);
            var read = 0L;
            for (var column = 0; column < _columns; column++)
                for (var row = _header.IsSymmetric ? column : 0; row < _rows; row++) Add(row, column, Value(Words(1, "a value", read++, count)[0]));
        }

        private void Add(int row, int column, double value)
        {
            _entries.Add(new MatrixEntry(row, column, value));
            if (_header.IsSymmetric && row != column) _entries.Add(new MatrixEntry(column, row, value));
        }

        /// <summary>A size line that promises more than the file can hold is refused before memory is taken for it.</summary>
        private void RequireRoom(long count, int shortest)
        {
            if (count > (_length / shortest) + 1) throw _lines.Error($"the size line promises {count:N0} entries; a file of {_length:N0} bytes cannot hold them");
        }

        private string? NextData()
        {
            string? line;
            do line = _lines.Next();
            while (line is not null && line.AsSpan().TrimStart() is [] or ['%', ..]);
            return line;
        }

        private string[] Words(int count, string what, long done = 0, long total = 0)
        {
            var line = NextData() ?? throw _lines.Error(total == 0 ? $"the file ends where {what} should be" : $"the file ends behind {done:N0} of {total:N0} entries");
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return words.Length == count ? words : throw _lines.Error($"{what} has {words.Length} words, {count} are needed");
        }

        private int Extent(string word, string what)
        {
            if (!long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var extent) || extent < 1) throw _lines.Error($"\"{word}\" is not a number of {what}");

            // A matrix with an entry in every row has more bytes than rows.
            var most = Math.Min(MostRows, Math.Max(1000, _length));
            return extent <= most ? (int)extent : throw _lines.Error($"{extent:N0} {what} are too many for a file of {_length:N0} bytes; at most {most:N0}");
        }

        private int Index(string word, int extent, string what)
            => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index >= 1 && index <= extent
                ? (int)index - 1
                : throw _lines.Error($"{what} \"{word}\" is not between 1 and {extent}");

        private double Value(string word)
            => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
                ? value
                : throw _lines.Error($"\"{word}\" is not a finite number");
    }
}

/// <summary>The first line of a Matrix Market file, as far as it is read here.</summary>
/// <param name="IsArray">Whether every number is there, by columns; else entries with their places.</param>
/// <param name="IsPattern">Whether entries have no values and stand for 1.</param>
/// <param name="IsSymmetric">Whether the lower triangle stands for both.</param>
internal readonly record struct MatrixMarketHeader(bool IsArray, bool IsPattern, bool IsSymmetric)
{
    private const string Magic = "%%MatrixMarket";

    /// <summary>Reads "%%MatrixMarket matrix coordinate real symmetric" and its relatives.</summary>
    public static (MatrixMarketHeader Header, string? Fault) Parse(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || !words[0].Equals(Magic, StringComparison.OrdinalIgnoreCase))
            return (default, $"a Matrix Market file begins with {Magic}");
        if (words.Length != 5) return (default, $"the header has {words.Length} words; it needs five, such as {Magic} matrix coordinate real symmetric");
        var (kind, format, field, symmetry) = (Lower(words[1]), Lower(words[2]), Lower(words[3]), Lower(words[4]));
        var fault = kind != "matrix" ? $"\"{words[1]}\" is not supported; only matrix is"
            : format is not ("coordinate" or "array") ? $"the format \"{words[2]}\" is not known; it is coordinate or array"
            : field == "complex" ? "complex matrices are not supported; only real, integer and pattern ones are"
            : field is not ("real" or "integer" or "pattern") ? $"the field \"{words[3]}\" is not known; it is real, integer or pattern"
            : symmetry is "skew-symmetric" or "hermitian" ? $"{symmetry} matrices are not supported; only symmetric ones are"
            : symmetry is not ("general" or "symmetric") ? $"the symmetry \"{words[4]}\" is not known; it is general or symmetric"
            : format == "array" && field == "pattern" ? "an array has values, so it cannot be a pattern"
            : null;
        return (new MatrixMarketHeader(format == "array", field == "pattern", symmetry == "symmetric"), fault);
    }

    private static string Lower(string word) => word.ToLowerInvariant();
}
