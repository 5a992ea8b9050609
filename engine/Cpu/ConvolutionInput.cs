using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// How the fast convolution sees its inputs: planes with a border of zeros on each side, rows either as they are or, for
/// stride s, split into s runs (columns 0, s, 2s ..; 1, s + 1, ..), so that neighbouring outputs always read
/// neighbouring numbers. Without border and stride the tensor itself has that form and nothing is copied.
/// </summary>
internal readonly record struct InputLayout
{
    public InputLayout(in ConvolutionGeometry geometry, int border, bool split)
    {
        Border = border;
        Phases = split ? geometry.Stride : 1;
        RunLength = (geometry.InWidth + (2 * border) + Phases - 1) / Phases;
        RowLength = Phases * RunLength;
        PlaneLength = RowLength * (geometry.InHeight + (2 * border));
        SampleLength = geometry.InChannels * PlaneLength;
    }

    public int Border { get; }

    /// <summary>Runs of a row.</summary>
    public int Phases { get; }

    /// <summary>Elements of a run.</summary>
    public int RunLength { get; }

    public int RowLength { get; }

    public int PlaneLength { get; }

    public int SampleLength { get; }

    /// <summary>Whether the tensor itself has this layout.</summary>
    public bool IsPlain => Border == 0 && Phases == 1;

    /// <summary>The place of an element in its plane, rows and columns counted from the border's corner.</summary>
    public int Place(int row, int column) => (row * RowLength) + (column % Phases * RunLength) + (column / Phases);

    /// <summary>The tensor itself, or a copy of it in this layout in scratch memory.</summary>
    public unsafe T* Arrange<T>(CpuContext context, ScratchArea area, in ConvolutionGeometry geometry, T* x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IsPlain || x == null) return x;
        var target = context.Scratch<T>(area, (long)geometry.Batch * SampleLength);
        var work = new ArrangeInput<T>(this, new Placement(geometry.InHeight, geometry.InWidth, Border, Border, 1), x, target);
        context.Pool.Run(work, geometry.Batch * geometry.InChannels);
        return target;
    }
}

/// <summary>
/// Where the elements of a plane go in a layout: from the row <paramref name="Top"/> and the column
/// <paramref name="Left"/> on, <paramref name="Spread"/> apart: 1 for an input; the stride for an adjoint, whose elements
/// then stand where a convolution of stride 1 would have had them.
/// </summary>
internal readonly record struct Placement(int Height, int Width, int Top, int Left, int Spread);

/// <summary>Copies one plane into a layout, zeros around it.</summary>
internal readonly unsafe struct ArrangeInput<T>(InputLayout layout, Placement placement, T* x, T* target) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var source = x + ((long)part * placement.Height * placement.Width);
        var plane = target + ((long)part * layout.PlaneLength);
        new Span<T>(plane, layout.PlaneLength).Clear();
        for (var i = 0; i < placement.Height; i++)
        {
            CopyRow(source, plane, placement.Top + (i * placement.Spread));
            source += placement.Width;
        }
    }

    private void CopyRow(T* source, T* plane, int row)
    {
        if (layout.Phases == 1 && placement.Spread == 1)
        {
            var target = new Span<T>(plane + layout.Place(row, placement.Left), placement.Width);
            new ReadOnlySpan<T>(source, placement.Width).CopyTo(target);
            return;
        }
        for (var j = 0; j < placement.Width; j++) plane[layout.Place(row, placement.Left + (j * placement.Spread))] = source[j];
    }
}
