namespace PoseEngine.Experiments.Krylov;

/// <summary>A square matrix by its nonzero numbers, row after row, in float64.</summary>
internal sealed class SparseMatrix
{
    private readonly int[] _starts;
    private readonly int[] _columns;
    private readonly double[] _values;

    /// <summary>Collects entries; those of one place add up.</summary>
    public SparseMatrix(int size, IReadOnlyList<MatrixEntry> entries)
    {
        Size = size;
        var sorted = entries.ToArray();
        // By value too: the sum at a place must not depend on the order in the file, or rounding would make a symmetric matrix nonsymmetric.
        Array.Sort(sorted, (a, b) => a.Row != b.Row ? a.Row.CompareTo(b.Row) : a.Column != b.Column ? a.Column.CompareTo(b.Column) : a.Value.CompareTo(b.Value));
        var (columns, values) = (new List<int>(sorted.Length), new List<double>(sorted.Length));
        _starts = new int[size + 1];
        for (var i = 0; i < sorted.Length; i++)
        {
            var (row, column, value) = sorted[i];
            if (i > 0 && sorted[i - 1].Row == row && sorted[i - 1].Column == column) values[^1] += value;
            else
            {
                columns.Add(column);
                values.Add(value);
                _starts[row + 1] = values.Count;
            }
        }
        for (var row = 1; row <= size; row++) _starts[row] = Math.Max(_starts[row], _starts[row - 1]);
        (_columns, _values) = ([.. columns], [.. values]);
        Asymmetry = FindAsymmetry();
    }

    /// <summary>Rows and columns.</summary>
    public int Size { get; }

    /// <summary>Numbers that are stored.</summary>
    public int Count => _values.Length;

    /// <summary>A place where the matrix and its transpose differ, or null where it is symmetric.</summary>
    public MatrixEntry? Asymmetry { get; }

    /// <summary>The largest magnitude.</summary>
    public double Largest => _values.Length == 0 ? 0 : _values.Max(Math.Abs);

    /// <summary>A dense matrix without its zeros.</summary>
    public static SparseMatrix OfDense(int size, Func<int, int, double> element)
    {
        var entries = new List<MatrixEntry>();
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                if (element(i, j) is var value && value != 0) entries.Add(new MatrixEntry(i, j, value));
            }
        }
        return new SparseMatrix(size, entries);
    }

    /// <summary>y = B x.</summary>
    public void Multiply(ReadOnlySpan<double> x, Span<double> y)
    {
        for (var row = 0; row < Size; row++)
        {
            var sum = 0.0;
            for (var k = _starts[row]; k < _starts[row + 1]; k++) sum += _values[k] * x[_columns[k]];
            y[row] = sum;
        }
    }

    /// <summary>y = B^T x.</summary>
    public void MultiplyTranspose(ReadOnlySpan<double> x, Span<double> y)
    {
        y[..Size].Clear();
        for (var row = 0; row < Size; row++)
        {
            for (var k = _starts[row]; k < _starts[row + 1]; k++) y[_columns[k]] += _values[k] * x[row];
        }
    }

    /// <summary>The number at a place.</summary>
    public double At(int row, int column)
    {
        var k = Array.BinarySearch(_columns, _starts[row], _starts[row + 1] - _starts[row], column);
        return k < 0 ? 0 : _values[k];
    }

    private MatrixEntry? FindAsymmetry()
    {
        for (var row = 0; row < Size; row++)
        {
            for (var k = _starts[row]; k < _starts[row + 1]; k++)
            {
                if (At(_columns[k], row) != _values[k]) return new MatrixEntry(row, _columns[k], _values[k]);
            }
        }
        return null;
    }
}
