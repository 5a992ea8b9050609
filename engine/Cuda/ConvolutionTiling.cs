using PoseEngine.Kernels;

namespace PoseEngine.Cuda;

/// <summary>
/// How the work of a convolution is cut for the kernels of <c>kernels/convolution_tile.cuh</c>: the tile of units (windows
/// of a pooling, or single outputs) that a warp's lanes share, and the launch shapes that follow. It depends on sizes
/// alone, and so do the order of all sums and their bits.
/// </summary>
internal sealed class ConvolutionTiling
{
    private const int Lanes = 32;

    /// <summary>Channels that a block, or a thread of the unpooled kernels, computes.</summary>
    private const int Channels = 8;

    /// <summary>Inputs of one channel below a tile, so that several channels fit in shared memory.</summary>
    private const int PatchLimit = 1024;

    /// <summary>Taps that a warp's lanes keep sums of: 16 each.</summary>
    private const int TapLimit = 512;

    /// <summary>Shared memory for the patches of the weight's adjoint, and for rows of weights.</summary>
    private const int SharedLimit = 40 * 1024;

    /// <summary>Shared memory that a kernel can declare.</summary>
    private const int MostShared = 48 * 1024;

    /// <summary>Blocks that the weight's adjoint is spread over: four on each multiprocessor of a large device.</summary>
    private const int PartLimit = 512;

    /// <summary>Float64 partial sums that the weight's adjoint may leave: 8 MiB.</summary>
    private const int SumLimit = 1 << 20;

    private readonly ConvolutionGeometry _geometry;
    private readonly int _window;
    private readonly int _height;
    private readonly int _width;
    private readonly int _group;

    /// <summary>Cuts a convolution.</summary>
    /// <param name="geometry">The convolution, of any batch.</param>
    /// <param name="window">The pooling's window, 1 for none.</param>
    /// <param name="realBytes">Bytes of an element.</param>
    /// <exception cref="NotSupportedException">Its kernel is too large for shared memory.</exception>
    public ConvolutionTiling(in ConvolutionGeometry geometry, int window, int realBytes)
    {
        _geometry = geometry;
        _window = window;
        var unit = window * geometry.Stride;
        var spanHeight = ((window - 1) * geometry.Stride) + geometry.KernelHeight;
        var spanWidth = ((window - 1) * geometry.Stride) + geometry.KernelWidth;
        var (outHeight, outWidth) = (geometry.OutHeight / window, geometry.OutWidth / window);
        _width = EvenPart(outWidth, UnitsWithin(PatchLimit / spanHeight, spanWidth, unit, Lanes));
        var patchWidth = ((_width - 1) * unit) + spanWidth;
        _height = EvenPart(outHeight, UnitsWithin(PatchLimit / patchWidth, spanHeight, unit, Lanes / _width));
        TilesPerSample = Parts(outHeight, _height) * Parts(outWidth, _width);
        var patchHeight = ((_height - 1) * unit) + spanHeight;
        _group = EvenPart(geometry.InChannels, ChannelsWithin(patchHeight * (patchWidth + Lanes), realBytes));
        RequireFit("the patches of its weight's adjoint", AdjointBytes(patchHeight, patchWidth, realBytes), MostShared);
        if (window == 1) RequireFit("two rows of its weights", 2L * geometry.KernelWidth * Channels * realBytes, SharedLimit);
    }

    /// <summary>Tiles of one sample.</summary>
    public int TilesPerSample { get; }

    /// <summary>The macros that the kernels read.</summary>
    public (string Name, long Value)[] Constants =>
    [
        ("IN_CHANNELS", _geometry.InChannels),
        ("IN_HEIGHT", _geometry.InHeight),
        ("IN_WIDTH", _geometry.InWidth),
        ("OUT_CHANNELS", _geometry.OutChannels),
        ("KERNEL_HEIGHT", _geometry.KernelHeight),
        ("KERNEL_WIDTH", _geometry.KernelWidth),
        ("STRIDE", _geometry.Stride),
        ("PADDING", _geometry.Padding),
        ("WINDOW", _window),
        ("TILE_HEIGHT", _height),
        ("TILE_WIDTH", _width),
        ("GROUP", _group),
    ];

    /// <summary>Partial sums of one block of the weight's adjoint, weight and bias.</summary>
    public int SumsPerPart => checked(_geometry.Weight.Count + _geometry.OutChannels);

    private int OutputGroups => Parts(_geometry.OutChannels, Channels);

    private int TileThreads => Lanes * Math.Min(_geometry.OutChannels, Channels);

    /// <summary>A block for each tile and eight output channels.</summary>
    public LaunchShape TileShape(int batch) => new(checked(batch * TilesPerSample), OutputGroups, 1, TileThreads);

    /// <summary>How many blocks share all tiles of a batch in the weight's adjoint.</summary>
    public int PartCount(int batch)
    {
        var groups = OutputGroups * Parts(_geometry.InChannels, _group);
        return Math.Min(checked(batch * TilesPerSample), Math.Clamp(SumLimit / SumsPerPart, 1, Math.Max(PartLimit / groups, 1)));
    }

    /// <summary>The blocks of the weight's adjoint.</summary>
    public LaunchShape PartShape(int batch)
        => new(PartCount(batch), OutputGroups, Parts(_geometry.InChannels, _group), TileThreads);

    /// <summary>A block for each row of a stack of adjoints and each group of channels; rows may be many.</summary>
    public LaunchShape RowShape(int rows) => PartShape(1) with { GridX = rows };

    /// <summary>Threads for the places of a plane, by rows of samples and groups of eight channels.</summary>
    public static LaunchShape PlaceShape(int places, int batch, int channels)
    {
        const int threads = 128;
        return new LaunchShape(
            Parts(places, threads), Math.Min(batch, LaunchShape.MostRows), Parts(channels, Channels), threads);
    }

    private void RequireFit(string what, long bytes, int limit)
    {
        if (bytes <= limit) return;
        var pooled = _window > 1 ? $" pooled by {_window}" : "";
        throw new NotSupportedException(
            $"cuda: a convolution by kernels of {_geometry.KernelHeight} x {_geometry.KernelWidth}{pooled}: {what} need {bytes} bytes of shared memory, {limit} are possible; take a smaller kernel, or the device cpu");
    }

    /// <summary>AdjointStage of <c>kernels/weight_adjoint.cuh</c>.</summary>
    private long AdjointBytes(int patchHeight, int patchWidth, int realBytes)
    {
        var taps = _geometry.KernelHeight * _geometry.KernelWidth;
        var rows = (long)patchHeight * BankOf(patchWidth, _geometry.KernelWidth);
        return (_group * BankOf(rows, taps) * realBytes) + ((long)TileThreads * 2 * realBytes);
    }

    /// <summary>The least number from a size on that is in the bank of another, modulo 32.</summary>
    private static long BankOf(long size, long like) => size + ((((like - size) % Lanes) + Lanes) % Lanes);

    private static int Parts(int count, int size) => (int)(((long)count + size - 1) / size);

    /// <summary>The size of parts that cut <paramref name="count"/> evenly, at most <paramref name="most"/> each.</summary>
    private static int EvenPart(int count, int most) => Parts(count, Parts(count, most));

    /// <summary>Units side by side whose inputs, span + (units - 1) * unit, fit; at least 1.</summary>
    private static int UnitsWithin(int inputs, int span, int unit, int most)
        => inputs < span ? 1 : Math.Min(((inputs - span) / unit) + 1, most);

    /// <summary>Channels of a block of the weight's adjoint; rows and planes are padded by less than 32 places each.</summary>
    private int ChannelsWithin(int paddedPatch, int realBytes)
    {
        var byTaps = TapLimit / (_geometry.KernelHeight * _geometry.KernelWidth);
        var byBytes = SharedLimit / ((paddedPatch + Lanes) * realBytes);
        return Math.Max(Math.Min(byTaps, byBytes), 1);
    }
}
