namespace PoseEngine.Tensors;

/// <summary>The extents of a tensor of one to four dimensions, slowest first (row-major, contiguous).</summary>
public readonly record struct Shape
{
    private readonly int _d0;
    private readonly int _d1;
    private readonly int _d2;
    private readonly int _d3;

    /// <summary>A shape of one to four extents of at least 0.</summary>
    /// <exception cref="ArgumentException">There are no or more than four extents, one is negative, or their product
    /// exceeds the 2,147,483,647 elements that one tensor may hold.</exception>
    public Shape(params ReadOnlySpan<int> extents)
    {
        if (extents.Length is 0 or > 4)
        {
            throw new ArgumentException($"a shape has 1 to 4 extents, got {extents.Length}", nameof(extents));
        }
        long count = 1;
        foreach (var extent in extents)
        {
            if (extent < 0) throw new ArgumentException($"extents must not be negative, got {extent}", nameof(extents));
            count *= extent;
            if (count > int.MaxValue)
            {
                throw new ArgumentException($"a tensor holds at most {int.MaxValue} elements, got {count} or more", nameof(extents));
            }
        }
        Rank = extents.Length;
        Count = (int)count;
        _d0 = extents[0];
        _d1 = Rank > 1 ? extents[1] : 1;
        _d2 = Rank > 2 ? extents[2] : 1;
        _d3 = Rank > 3 ? extents[3] : 1;
    }

    /// <summary>The number of dimensions.</summary>
    public int Rank { get; }

    /// <summary>The number of elements.</summary>
    public int Count { get; }

    /// <summary>The extent of one dimension.</summary>
    public int this[int dimension]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(dimension, Rank);
            return dimension switch { 0 => _d0, 1 => _d1, 2 => _d2, _ => _d3 };
        }
    }

    /// <summary>This shape behind a leading extent, such as a batch of samples of this shape.</summary>
    public Shape Prepend(int extent) => Rank switch
    {
        1 => new Shape(extent, _d0),
        2 => new Shape(extent, _d0, _d1),
        3 => new Shape(extent, _d0, _d1, _d2),
        _ => throw new InvalidOperationException($"shape {this} has four extents already"),
    };

    /// <summary>The extents joined by "x", such as "8x3x5x5".</summary>
    public override string ToString() => Rank switch
    {
        0 => "empty",
        1 => $"{_d0}",
        2 => $"{_d0}x{_d1}",
        3 => $"{_d0}x{_d1}x{_d2}",
        _ => $"{_d0}x{_d1}x{_d2}x{_d3}",
    };
}
