namespace PoseEngine.Krylov;

/// <summary>A number of a matrix and its place, counted from 0.</summary>
public readonly record struct MatrixEntry(int Row, int Column, double Value);

/// <summary>A square matrix by its nonzero numbers, row after row, in the memory of the host and in float64.</summary>
public sealed class SparseMatrix
{
    private readonly int[] _starts;
    private readonly int[] _columns;
    private readonly double[] _values;

    /// <summary>Collects entries; those of one place add up, in any order to the same bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is less than 1, or a place is outside of the matrix.</exception>
    public SparseMatrix(int size, IReadOnlyList<MatrixEntry> entries)
    {
        Guard.Positive(size, "the rows of a sparse matrix");
        Size = size;
        var sorted = entries.ToArray();
        if (Array.FindIndex(sorted, e => (uint)e.Row >= (uint)size || (uint)e.Column >= (uint)size) is >= 0 and var outside)
        {
            throw new ArgumentOutOfRangeException(
                nameof(entries), sorted[outside], $"entry ({sorted[outside].Row}, {sorted[outside].Column}) is outside of a matrix of {size} rows and columns");
        }
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
    /// <exception cref="ArgumentOutOfRangeException">The size is less than 1.</exception>
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

    /// <summary>y = B x for vectors x and y [Size] that do not overlap.</summary>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    public void Multiply(ReadOnlySpan<double> x, Span<double> y)
    {
        Expect(x, y);
        for (var row = 0; row < Size; row++)
        {
            var sum = 0.0;
            for (var k = _starts[row]; k < _starts[row + 1]; k++) sum += _values[k] * x[_columns[k]];
            y[row] = sum;
        }
    }

    /// <summary>y = B^T x, likewise.</summary>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    public void MultiplyTranspose(ReadOnlySpan<double> x, Span<double> y)
    {
        Expect(x, y);
        y.Clear();
        for (var row = 0; row < Size; row++)
        {
            for (var k = _starts[row]; k < _starts[row + 1]; k++) y[_columns[k]] += _values[k] * x[row];
        }
    }

    /// <summary>The number at a place; 0 where none is stored.</summary>
    public double At(int row, int column)
    {
        var k = Array.BinarySearch(_columns, _starts[row], _starts[row + 1] - _starts[row], column);
        return k < 0 ? 0 : _values[k];
    }

    private void Expect(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Guard.Equal(x.Length, Size, "the vector of a sparse product");
        Guard.Equal(y.Length, Size, "the result of a sparse product");
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
