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
/// A place of a <see cref="ChannelTile{T,TVector,TLanes}"/> costs 6 loads and 8 multiply-adds a tap; the maxima, 16 compares and selects,
/// are small beside C K L taps. Each sum runs over its taps in the order of <see cref="ConvolutionForward{T}"/>, so that
/// both give the same bits.
/// </para>
/// </summary>
internal readonly unsafe struct PooledConvolutionForward<T, TVector, TLanes>(
    PooledConvolutionGeometry geometry, InputLayout layout, ThreadScratch<T> scratch, PooledForwardOperands<T> operands)
    : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<TVector, T>
{
    /// <summary>Rows of windows of one part: many parts, a copy of its inputs that stays in the cache, few rows copied twice.</summary>
    private const int RowsPerPart = 8;

    private const int GroupVectors = 2 * PackedKernel.Channels, MostTileVectors = 2 * GroupVectors;

    private readonly ConvolutionGeometry _convolution = geometry.Convolution;
    private readonly int _window = geometry.Window;
    private readonly bool _relu = geometry.Relu;
    private readonly int _outHeight = geometry.OutHeight;
    private readonly int _outWidth = geometry.OutWidth;
    private readonly int _taps = PackedKernel.Taps(geometry.Convolution);

    /// <summary>Groups of channels of a tile: two where there are 32 registers for their sums, and no group is left over.</summary>
    private readonly int _groups = TLanes.HasManyRegisters && PackedKernel.Groups(geometry.Convolution) % 2 == 0 ? 2 : 1;

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
        var inputs = sample - ((nint)first * _window * layout.RowLength);
        // Where a vector holds a whole row of windows, two rows make a tile.
        var step = _outWidth <= TLanes.Count ? 2 : 1;
        for (var row = first; row < first + rows; row += step)
        {
            var next = Math.Min(row + 1, first + rows - 1);
            for (var group = 0; group < PackedKernel.Groups(_convolution); group += _groups)
            {
                if (step == 2) Tile(inputs, new Place(n, group, row, 0), new Place(n, group, next, 0));
                else Row(n, row, group, inputs);
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

    private void Row(int n, int row, int group, T* inputs)
    {
        var last = Math.Max(_outWidth - TLanes.Count, 0);
        for (var j = 0; j < _outWidth; j += 2 * TLanes.Count)
        {
            Tile(inputs, new Place(n, group, row, Math.Min(j, last)), new Place(n, group, row, Math.Min(j + TLanes.Count, last)));
        }
    }

    /// <summary>The channels of a tile of the windows from <paramref name="a"/> and from <paramref name="b"/> on; inputs are those of row 0.</summary>
    [SkipLocalsInit]
    private void Tile(T* inputs, Place a, Place b)
    {
        var maxima = stackalloc TVector[MostTileVectors];
        var numbers = stackalloc TVector[MostTileVectors];
        var left = inputs + (a.Row * _window * layout.RowLength) + a.Column;
        var right = inputs + (b.Row * _window * layout.RowLength) + b.Column;
        for (var r = 0; r < _window; r++)
        {
            for (var q = 0; q < _window; q++)
            {
                var (from, distance, number) = ((nint)(left + (r * layout.RowLength)), (nint)(right - left), (r * _window) + q);
                if (_groups == 2) SumsOfTwo(a.Group, (T*)from, distance, q, number, maxima, numbers);
                else Sums(a.Group, (T*)from, distance, q, number, maxima, numbers);
            }
        }
        for (var lane = 0; lane < _groups * PackedKernel.Channels; lane++)
        {
            Store(a, lane, maxima[2 * lane], numbers[2 * lane]);
            Store(b, lane, maxima[(2 * lane) + 1], numbers[(2 * lane) + 1]);
        }
    }

    /// <summary>The convolution at one place of the windows; the greater of it and the maxima so far is kept.</summary>
    private void Sums(int group, T* left, nint distance, int column, int number, TVector* maxima, TVector* numbers)
    {
        var o = group * PackedKernel.Channels;
        TVector a0 = Bias(o), a1 = Bias(o + 1), a2 = Bias(o + 2), a3 = Bias(o + 3);
        TVector b0 = a0, b1 = a1, b2 = a2, b3 = a3;
        var weight = operands.Packed + ((long)group * _taps * PackedKernel.Channels);
        var right = left + distance;
        ChannelTile<T, TVector, TLanes>.AddTaps(
            left, right, operands.Offsets + ((long)column * _taps), _taps, weight, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
        var at = TLanes.Bits(number);
        KeepGroup(number, at, a0, a1, a2, a3, b0, b1, b2, b3, maxima, numbers);
    }

    /// <summary>The same for two groups of channels.</summary>
    private void SumsOfTwo(int group, T* left, nint distance, int column, int number, TVector* maxima, TVector* numbers)
    {
        var o = group * PackedKernel.Channels;
        TVector a0 = Bias(o), a1 = Bias(o + 1), a2 = Bias(o + 2), a3 = Bias(o + 3);
        TVector c0 = Bias(o + 4), c1 = Bias(o + 5), c2 = Bias(o + 6), c3 = Bias(o + 7);
        TVector b0 = a0, b1 = a1, b2 = a2, b3 = a3, d0 = c0, d1 = c1, d2 = c2, d3 = c3;
        var weight = operands.Packed + ((long)group * _taps * PackedKernel.Channels);
        ChannelTile<T, TVector, TLanes>.AddTaps(
            left, left + distance, operands.Offsets + ((long)column * _taps), _taps, weight, weight + (_taps * PackedKernel.Channels),
            ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3, ref d0, ref d1, ref d2, ref d3);
        var at = TLanes.Bits(number);
        KeepGroup(number, at, a0, a1, a2, a3, b0, b1, b2, b3, maxima, numbers);
        KeepGroup(number, at, c0, c1, c2, c3, d0, d1, d2, d3, maxima + GroupVectors, numbers + GroupVectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KeepGroup(
        int number, TVector at, TVector a0, TVector a1, TVector a2, TVector a3, TVector b0, TVector b1, TVector b2, TVector b3, TVector* maxima,
        TVector* numbers)
    {
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
    private static void Keep(int number, TVector at, TVector value, TVector* max, TVector* winner)
    {
        if (number == 0)
        {
            (*max, *winner) = (value, at);
            return;
        }
        var better = TLanes.IsBetter(value, *max);
        *max = TLanes.Select(better, value, *max);
        *winner = TLanes.Select(better, at, *winner);
    }

    private TVector Bias(int o) => TLanes.Create(o >= _convolution.OutChannels ? T.Zero : operands.Bias[o]);

    /// <summary>Numbers are the lanes' bits, so that a number is the lowest byte of its lane.</summary>
    [SkipLocalsInit]
    private void Store(Place place, int lane, TVector max, TVector number)
    {
        var o = (place.Group * PackedKernel.Channels) + lane;
        if (o >= _convolution.OutChannels) return;
        var target = ((((((long)place.Sample * _convolution.OutChannels) + o) * _outHeight) + place.Row) * _outWidth) + place.Column;
        if (_relu)
        {
            number = TLanes.Select(TLanes.IsPositive(max), number, TLanes.Bits(PooledConvolutionGeometry.Closed));
            max = TLanes.Relu(max);
        }
        var lanes = stackalloc T[2 * TLanes.Count];
        var numbers = (byte*)(lanes + TLanes.Count);
        TLanes.Store(max, lanes);
        TLanes.Store(number, (T*)numbers);
        var count = Math.Min(TLanes.Count, _outWidth - place.Column);
        for (var i = 0; i < count; i++)
        {
            operands.Y[target + i] = lanes[i];
            operands.Winners[target + i] = numbers[i * sizeof(T)];
        }
    }

    /// <summary>The first of neighbouring windows of a group of output channels, its row counted from the first of the sample.</summary>
    private readonly record struct Place(int Sample, int Group, int Row, int Column);
}

/// <summary>The tensors of a pooled convolution, numbers or images, the packed weights and the places of their taps.</summary>
internal readonly unsafe record struct PooledForwardOperands<T>(
    nint XAddress, nint ImagesAddress, nint PackedAddress, nint OffsetsAddress, nint BiasAddress, nint YAddress, nint WinnersAddress)
    where T : unmanaged
{
    public T* X => (T*)XAddress;

    public byte* Images => (byte*)ImagesAddress;

    public T* Packed => (T*)PackedAddress;

    public nint* Offsets => (nint*)OffsetsAddress;

    public T* Bias => (T*)BiasAddress;

    public T* Y => (T*)YAddress;

    public byte* Winners => (byte*)WinnersAddress;
}
