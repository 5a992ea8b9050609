using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// Convolution, max-pooling and ReLU, a block of rows of windows of one sample a part. The lanes of a vector are
/// neighbouring windows, not neighbouring columns: the sample's rows are split into P runs (columns 0, P, 2P ..; 1, P + 1,
/// ..), so that place (r, q) of all windows is one contiguous load, the maximum is taken between whole vectors and nothing
/// of the convolution is ever stored.
/// <para>
/// A place of a <see cref="ChannelTile{T}"/> costs 6 loads and 8 multiply-adds a tap; the maxima, 16 compares and selects,
/// are small beside C K L taps. Each sum runs over its taps in the order of <see cref="ConvolutionForward{T}"/>, so that
/// both give the same bits.
/// </para>
/// </summary>
internal readonly unsafe struct PooledConvolutionForward<T>(
    PooledConvolutionGeometry geometry, InputLayout layout, ThreadScratch<T> scratch, PooledConvolutionForward<T>.Operands operands)
    : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of windows of one part: many parts, a copy of its inputs that stays in the cache, few rows copied twice.</summary>
    private const int RowsPerPart = 8;

    private const int TileVectors = 2 * PackedKernel.Channels;

    private readonly ConvolutionGeometry _convolution = geometry.Convolution;
    private readonly int _window = geometry.Window;
    private readonly bool _relu = geometry.Relu;
    private readonly int _outHeight = geometry.OutHeight;
    private readonly int _outWidth = geometry.OutWidth;
    private readonly int _taps = PackedKernel.Taps(geometry.Convolution);

    private int RowBytes => _convolution.InWidth * _convolution.InChannels;

    public static int Parts(in PooledConvolutionGeometry geometry) => geometry.Convolution.Batch * Blocks(geometry.OutHeight);

    /// <summary>How a part sees its inputs: the rows of one block, split into P runs.</summary>
    public static InputLayout Layout(in PooledConvolutionGeometry geometry)
        => new(geometry.Convolution with { Stride = geometry.Window, InHeight = InputRows(geometry, RowsPerPart) }, 0, split: true);

    /// <summary>Writes the places of the taps for each column of a window, P tables one after the other.</summary>
    public static void WriteOffsets(in PooledConvolutionGeometry geometry, in InputLayout layout, nint* offsets)
    {
        for (var q = 0; q < geometry.Window; q++)
        {
            for (var c = 0; c < geometry.Convolution.InChannels; c++)
            {
                for (var k = 0; k < geometry.Convolution.KernelHeight; k++)
                {
                    for (var l = 0; l < geometry.Convolution.KernelWidth; l++)
                    {
                        *offsets++ = (c * layout.PlaneLength) + layout.Place(k, q + l);
                    }
                }
            }
        }
    }

    public void Run(int part)
    {
        var (n, block) = Math.DivRem(part, Blocks(_outHeight));
        var first = block * RowsPerPart;
        var rows = Math.Min(RowsPerPart, _outHeight - first);
        var sample = scratch.Here;
        Arrange(n, first * _window, InputRows(geometry, rows), sample);
        for (var i = 0; i < rows; i++)
        {
            for (var group = 0; group < PackedKernel.Groups(_convolution); group++)
            {
                Row(new Place(n, first + i, group), sample + (i * _window * layout.RowLength));
            }
        }
    }

    private static int Blocks(int rows) => (rows + RowsPerPart - 1) / RowsPerPart;

    /// <summary>Input rows below some rows of windows.</summary>
    private static int InputRows(in PooledConvolutionGeometry geometry, int rows)
        => (rows * geometry.Window) + geometry.Convolution.KernelHeight - 1;

    /// <summary>Elements of a thread's memory: the inputs of a part, and one row of an image in planes.</summary>
    public static long ScratchLength(in PooledConvolutionGeometry geometry, in InputLayout layout)
        => (long)layout.SampleLength + (geometry.Convolution.InChannels * geometry.Convolution.InWidth);

    /// <summary>Copies a block of input rows of all channels, each row split into runs.</summary>
    private void Arrange(int n, int firstRow, int rows, T* target)
    {
        if (operands.Images != null)
        {
            ArrangeImage(operands.Images + ((((long)n * _convolution.InHeight) + firstRow) * RowBytes), rows, target);
            return;
        }
        for (var c = 0; c < _convolution.InChannels; c++)
        {
            var source = operands.X
                + (((((long)n * _convolution.InChannels) + c) * _convolution.InHeight) + firstRow) * _convolution.InWidth;
            var plane = target + ((long)c * layout.PlaneLength);
            for (var i = 0; i < rows; i++)
            {
                Columns.Split(source, _convolution.InWidth, _window, plane, layout.RunLength);
                source += _convolution.InWidth;
                plane += layout.RowLength;
            }
        }
    }

    /// <summary>The same from the rows of a stored image.</summary>
    private void ArrangeImage(byte* source, int rows, T* target)
    {
        var width = _convolution.InWidth;
        var planes = target + layout.SampleLength;
        for (var i = 0; i < rows; i++, source += RowBytes, target += layout.RowLength)
        {
            ImageRows<T>.ToPlanes(source, width, _convolution.InChannels, planes, width, useSimd: true);
            for (var c = 0; c < _convolution.InChannels; c++)
            {
                Columns.Split(planes + (c * width), width, _window, target + ((long)c * layout.PlaneLength), layout.RunLength);
            }
        }
    }

    private void Row(Place place, T* rows)
    {
        var size = Vector<T>.Count;
        var last = Math.Max(_outWidth - size, 0);
        for (var j = 0; j < _outWidth; j += 2 * size)
        {
            Tile(place, rows, Math.Min(j, last), Math.Min(j + size, last));
        }
    }

    /// <summary>Four channels of the windows from <paramref name="j0"/> and from <paramref name="j1"/> on.</summary>
    [SkipLocalsInit]
    private void Tile(Place place, T* rows, int j0, int j1)
    {
        var maxima = stackalloc Vector<T>[TileVectors];
        var numbers = stackalloc Vector<T>[TileVectors];
        for (var r = 0; r < _window; r++)
        {
            for (var q = 0; q < _window; q++)
            {
                Sums(place.Group, rows + (r * layout.RowLength) + j0, j1 - j0, q, (r * _window) + q, maxima, numbers);
            }
        }
        for (var lane = 0; lane < PackedKernel.Channels; lane++)
        {
            Store(place, lane, j0, maxima[2 * lane], numbers[2 * lane]);
            Store(place, lane, j1, maxima[(2 * lane) + 1], numbers[(2 * lane) + 1]);
        }
    }

    /// <summary>The convolution at one place of the windows; the greater of it and the maxima so far is kept.</summary>
    private void Sums(int group, T* left, int distance, int column, int number, Vector<T>* maxima, Vector<T>* numbers)
    {
        var o = group * PackedKernel.Channels;
        Vector<T> a0 = Bias(o), a1 = Bias(o + 1), a2 = Bias(o + 2), a3 = Bias(o + 3);
        Vector<T> b0 = a0, b1 = a1, b2 = a2, b3 = a3;
        var weight = operands.Packed + ((long)group * _taps * PackedKernel.Channels);
        var right = left + distance;
        ChannelTile<T>.AddTaps(
            left, right, operands.Offsets + ((long)column * _taps), _taps, weight, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
        var at = Simd.Bits<T>(number);
        Keep(number, at, a0, maxima, numbers);
        Keep(number, at, b0, maxima + 1, numbers + 1);
        Keep(number, at, a1, maxima + 2, numbers + 2);
        Keep(number, at, b1, maxima + 3, numbers + 3);
        Keep(number, at, a2, maxima + 4, numbers + 4);
        Keep(number, at, b2, maxima + 5, numbers + 5);
        Keep(number, at, a3, maxima + 6, numbers + 6);
        Keep(number, at, b3, maxima + 7, numbers + 7);
    }

    /// <summary>Takes a value that is greater, or NaN where no NaN was met: the first of equal ones stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(int number, Vector<T> at, Vector<T> value, Vector<T>* max, Vector<T>* winner)
    {
        if (number == 0)
        {
            (*max, *winner) = (value, at);
            return;
        }
        var better = Vector.AndNot(Vector.Equals(*max, *max), Vector.LessThanOrEqual(value, *max));
        *max = Vector.ConditionalSelect(better, value, *max);
        *winner = Vector.ConditionalSelect(better, at, *winner);
    }

    private Vector<T> Bias(int o) => o >= _convolution.OutChannels ? Vector<T>.Zero : new Vector<T>(operands.Bias[o]);

    /// <summary>Numbers are the lanes' bits, so that a number is the lowest byte of its lane.</summary>
    [SkipLocalsInit]
    private void Store(Place place, int lane, int j, Vector<T> max, Vector<T> number)
    {
        var o = (place.Group * PackedKernel.Channels) + lane;
        if (o >= _convolution.OutChannels) return;
        var row = (((((long)place.Sample * _convolution.OutChannels) + o) * _outHeight) + place.Row) * _outWidth;
        if (_relu)
        {
            number = Vector.ConditionalSelect(
                Vector.GreaterThan(max, Vector<T>.Zero), number, Simd.Bits<T>(PooledConvolutionGeometry.Closed));
            max = Vector.AndNot(max, Vector.LessThanOrEqual(max, Vector<T>.Zero));
        }
        var lanes = stackalloc T[2 * Vector<T>.Count];
        var numbers = (byte*)(lanes + Vector<T>.Count);
        max.Store(lanes);
        number.Store((T*)numbers);
        var count = Math.Min(Vector<T>.Count, _outWidth - j);
        for (var i = 0; i < count; i++)
        {
            operands.Y[row + j + i] = lanes[i];
            operands.Winners[row + j + i] = numbers[i * sizeof(T)];
        }
    }

    /// <summary>A row of windows of a group of output channels.</summary>
    private readonly record struct Place(int Sample, int Row, int Group);

    /// <summary>The tensors, numbers or images, the packed weights and the places of their taps.</summary>
    internal readonly record struct Operands(
        nint XAddress, nint ImagesAddress, nint PackedAddress, nint OffsetsAddress, nint BiasAddress, nint YAddress, nint WinnersAddress)
    {
        public T* X => (T*)XAddress;

        public byte* Images => (byte*)ImagesAddress;

        public T* Packed => (T*)PackedAddress;

        public nint* Offsets => (nint*)OffsetsAddress;

        public T* Bias => (T*)BiasAddress;

        public T* Y => (T*)YAddress;

        public byte* Winners => (byte*)WinnersAddress;
    }
}
