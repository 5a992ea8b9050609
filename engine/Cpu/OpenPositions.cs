using System.Runtime.CompilerServices;
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

    private const int InputBytes = 24 * 1024;

    /// <summary>Ints of scratch memory for the windows of one plane; a product looks at <see cref="Group"/> at a time.</summary>
    public static int Length(in PooledConvolutionGeometry geometry) => 3 * Room(geometry);

    public static OpenPositions In(int* scratch, in PooledConvolutionGeometry geometry) => new((nint)scratch, Room(geometry));

    /// <summary>Numbers of the outputs in their plane.</summary>
    public int* Outputs => (int*)Address;

    /// <summary>Row-major numbers of the inputs at the corner of each winner's patch.</summary>
    public int* Corners => (int*)Address + Capacity;

    /// <summary>Those of <see cref="Corners"/> that an adjoint leaves in the list.</summary>
    public int* KeptCorners => (int*)Address + (2 * Capacity);

    /// <summary>
    /// Rows of windows whose inputs stay in the first-level cache while all output channels pass by: a product goes over
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
        for (var i = firstRow; i < firstRow + rows; i++)
        {
            var corner = i * window * geometry.Convolution.InWidth;
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

    private static int Room(in PooledConvolutionGeometry geometry) => (geometry.OutHeight * geometry.OutWidth) + Group;
}
