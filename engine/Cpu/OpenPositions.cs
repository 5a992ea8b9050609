using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// The open windows of one channel of a sample: which output, and which input the winner's patch begins at. After
/// pooling and ReLU these are all that the two products touch.
/// </summary>
/// <param name="Address">Scratch memory of <see cref="Length"/> ints.</param>
/// <param name="Capacity">Windows for which there is room.</param>
internal readonly unsafe record struct OpenPositions(nint Address, int Capacity)
{
    /// <summary>Numbers that a winner can be.</summary>
    public const int Winners = PooledConvolutionGeometry.Closed + 1;

    /// <summary>Windows that a product looks at together.</summary>
    public const int Group = 8;

    /// <summary>Inputs that fit into a small second-level cache. Smaller blocks, for the first level, would read adjoints in short pieces.</summary>
    private const int InputBytes = 192 * 1024;

    /// <summary>Ints of scratch memory for the windows of one plane; a product looks at <see cref="Group"/> at a time, and a vector is written beyond the last.</summary>
    public static int Length(in PooledConvolutionGeometry geometry) => 3 * Room(geometry);

    public static OpenPositions In(int* scratch, in PooledConvolutionGeometry geometry) => new((nint)scratch, Room(geometry));

    /// <summary>Numbers of the outputs in their plane.</summary>
    public int* Outputs => (int*)Address;

    /// <summary>Row-major numbers of the inputs at the corner of each winner's patch.</summary>
    public int* Corners => (int*)Address + Capacity;

    /// <summary>Those of <see cref="Corners"/> that an adjoint leaves in the list.</summary>
    public int* KeptCorners => (int*)Address + (2 * Capacity);

    /// <summary>
    /// Rows of windows whose inputs stay in the second-level cache while all output channels pass by: a product goes over
    /// them block by block, else it would fetch a sample once for each channel.
    /// </summary>
    public static int RowsPerBlock<T>(in PooledConvolutionGeometry geometry, int elementsPerRow)
        where T : unmanaged
    {
        var rows = InputBytes / (elementsPerRow * Unsafe.SizeOf<T>());
        return Math.Clamp((rows - geometry.Convolution.KernelHeight + 1) / geometry.Window, 1, geometry.OutHeight);
    }

    /// <summary>
    /// For each winner the distance of its patch from the corner of its window's inputs; 0 for a closed one.
    /// </summary>
    public static void WriteDistances(in PooledConvolutionGeometry geometry, int* distances)
    {
        new Span<int>(distances, Winners).Clear();
        for (var row = 0; row < geometry.Window; row++)
        {
            for (var column = 0; column < geometry.Window; column++)
            {
                distances[(row * geometry.Window) + column] = (row * geometry.Convolution.InWidth) + column;
            }
        }
    }

    /// <summary>Lists the open windows of some rows of a plane, without a branch for each; returns their number.</summary>
    public int Collect(in PooledConvolutionGeometry geometry, byte* winners, int* distances, int firstRow, int rows)
    {
        int* outputs = Outputs, corners = Corners;
        var (window, outWidth) = (geometry.Window, geometry.OutWidth);
        var count = 0;
        var output = firstRow * outWidth;
        var isWide = Avx512F.IsSupported && window * window <= Vector512<int>.Count;
        for (var i = firstRow; i < firstRow + rows; i++)
        {
            var corner = i * window * geometry.Convolution.InWidth;
            if (isWide)
            {
                count = CollectRow(winners + output, outWidth, output, corner, window, Vector512.Load(distances), count);
                output += outWidth;
                continue;
            }
            for (var end = output + outWidth; output < end; output++, corner += window)
            {
                var winner = winners[output];
                outputs[count] = output;
                corners[count] = corner + distances[winner];
                count += winner == PooledConvolutionGeometry.Closed ? 0 : 1;
            }
        }
        return count;
    }

    /// <summary>Sixteen windows of a row at a time, behind the <paramref name="count"/> that are listed; returns the number of all.</summary>
    private int CollectRow(byte* winners, int width, int output, int corner, int window, Vector512<int> distances, int count)
    {
        for (var j = 0; j < width; j += Vector512<int>.Count)
        {
            var winner = Avx512F.ConvertToVector512Int32(Vector128.Load(winners + j));
            var column = Vector512<int>.Indices + Vector512.Create(j);
            var open = Vector512.LessThan(column, Vector512.Create(width)) & ~Vector512.Equals(winner, Vector512.Create((int)PooledConvolutionGeometry.Closed));
            var place = Avx512F.PermuteVar16x32(distances, winner) + (column * window) + Vector512.Create(corner);
            Avx512F.Compress(Vector512<int>.Zero, open, column + Vector512.Create(output)).Store(Outputs + count);
            Avx512F.Compress(Vector512<int>.Zero, open, place).Store(Corners + count);
            count += BitOperations.PopCount(open.ExtractMostSignificantBits());
        }
        return count;
    }

    private static int Room(in PooledConvolutionGeometry geometry) => (geometry.OutHeight * geometry.OutWidth) + (2 * Group);
}
