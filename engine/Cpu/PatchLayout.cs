using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// How the products of a pooled convolution read the patch of inputs below one output: as strips, each one vector long.
/// Either a strip is a piece of a kernel row in the tensor as it is, C K ceil(L / V) strips; or it is all channels of one
/// input in a copy with channels last, K L ceil(C / V) strips. The first suits few channels and needs no copy, the second
/// suits many channels and narrow kernels: 15 strips beside 25 for [3,5,5], but 25 beside 40 for [8,5,5].
/// </summary>
internal readonly record struct PatchLayout
{
    private readonly ConvolutionGeometry _geometry;
    private readonly int _lanes;

    private PatchLayout(in ConvolutionGeometry geometry, int lanes, bool channelsLast)
    {
        (_geometry, _lanes, ChannelsLast) = (geometry, lanes, channelsLast);
        var along = channelsLast ? geometry.InChannels : geometry.KernelWidth;
        Chunks = (along + lanes - 1) / lanes;
        TailLanes = along - ((Chunks - 1) * lanes);
        Spacing = channelsLast ? Chunks * lanes : 1;
        StripsPerChunk = geometry.KernelHeight * (channelsLast ? geometry.KernelWidth : geometry.InChannels);
    }

    /// <summary>Whether inputs are copied with channels last.</summary>
    public bool ChannelsLast { get; }

    /// <summary>Vectors that a kernel row, or the channels of an input, fill.</summary>
    public int Chunks { get; }

    /// <summary>Lanes in use in the last of them.</summary>
    public int TailLanes { get; }

    /// <summary>Distance of neighbouring inputs of a row in elements.</summary>
    public int Spacing { get; }

    /// <summary>Strips that are the same chunk of their row or input.</summary>
    public int StripsPerChunk { get; }

    /// <summary>The number of strips.</summary>
    public int Strips => Chunks * StripsPerChunk;

    /// <summary>Elements of one row of a sample, of all its channels.</summary>
    public int RowLength => _geometry.InWidth * (ChannelsLast ? Spacing : _geometry.InChannels);

    /// <summary>Elements of a sample.</summary>
    public int SampleLength => _geometry.InHeight * RowLength;

    /// <summary>Numbers of a sample.</summary>
    public int Inputs => _geometry.InChannels * _geometry.InHeight * _geometry.InWidth;

    /// <summary>The layout with fewer strips; the tensor as it is if both have as many.</summary>
    public static PatchLayout For<T>(in ConvolutionGeometry geometry)
        where T : unmanaged
    {
        var (rows, channels) = (new PatchLayout(geometry, Vector<T>.Count, false), LastChannels<T>(geometry));
        return channels.Strips < rows.Strips ? channels : rows;
    }

    /// <summary>Channels last, whatever the sizes.</summary>
    public static PatchLayout LastChannels<T>(in ConvolutionGeometry geometry)
        where T : unmanaged
        => new(geometry, Vector<T>.Count, true);

    /// <summary>Where each strip begins relative to a patch, chunk by chunk.</summary>
    public unsafe void WriteStrips(nint* strips)
    {
        for (var strip = 0; strip < Strips; strip++)
        {
            var (chunk, rest) = Math.DivRem(strip, StripsPerChunk);
            var (row, column) = Math.DivRem(rest, ChannelsLast ? _geometry.KernelWidth : _geometry.KernelHeight);
            strips[strip] = ChannelsLast
                ? (((row * _geometry.InWidth) + column) * Spacing) + (chunk * _lanes)
                : (((row * _geometry.InHeight) + column) * _geometry.InWidth) + (chunk * _lanes);
        }
    }

    /// <summary>Weights OIHW as [output channel][strip][lane], zeros in lanes that belong to nothing.</summary>
    public unsafe void Pack<T>(T* weight, T* packed)
        where T : unmanaged
    {
        new Span<T>(packed, _geometry.OutChannels * Strips * _lanes).Clear();
        for (var o = 0; o < _geometry.OutChannels; o++)
        {
            for (var tap = 0; tap < PackedKernel.Taps(_geometry); tap++) packed[(o * Strips * _lanes) + Lane(tap)] = *weight++;
        }
    }

    /// <summary>The lane of a strip, [strip][lane], that holds the tap (c,k,l) of one output channel.</summary>
    public int Lane(int tap)
    {
        var (rest, l) = Math.DivRem(tap, _geometry.KernelWidth);
        var (c, k) = Math.DivRem(rest, _geometry.KernelHeight);
        var (along, strip) = ChannelsLast ? (c, (k * _geometry.KernelWidth) + l) : (l, rest);
        var (chunk, lane) = Math.DivRem(along, _lanes);
        return (((chunk * StripsPerChunk) + strip) * _lanes) + lane;
    }

    /// <summary>Copies a sample [C,H,W] with channels last; lanes beyond the channels become zero.</summary>
    public unsafe void Arrange<T>(T* sample, T* target)
        where T : unmanaged
    {
        var area = _geometry.InHeight * _geometry.InWidth;
        var begin = IsSquare<T>() ? Transpose8.Columns((float*)sample, area, area, (float*)target, Transpose8.Width) : 0;
        target += begin * Spacing;
        for (var pixel = begin; pixel < area; pixel++)
        {
            for (var c = 0; c < _geometry.InChannels; c++) target[c] = sample[((long)c * area) + pixel];
            for (var c = _geometry.InChannels; c < Spacing; c++) target[c] = default;
            target += Spacing;
        }
    }

    /// <summary>Turns a stored image [H,W,C] into a sample.</summary>
    public unsafe void ArrangeImage<T>(byte* image, T* target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var area = _geometry.InHeight * _geometry.InWidth;
        if (!ChannelsLast)
        {
            ImageRows<T>.ToPlanes(image, area, _geometry.InChannels, target, area, useSimd: true);
            return;
        }
        for (var pixel = 0; pixel < area; pixel++)
        {
            for (var c = 0; c < _geometry.InChannels; c++) target[c] = ImageRows<T>.Value(*image++);
            for (var c = _geometry.InChannels; c < Spacing; c++) target[c] = T.Zero;
            target += Spacing;
        }
    }

    /// <summary>
    /// The way back, without the lanes beyond the channels, for one member of a group of samples whose vectors lie side by side.
    /// </summary>
    public unsafe void Restore<T>(T* arranged, T* sample, int group = 1, int member = 0)
        where T : unmanaged
    {
        var area = _geometry.InHeight * _geometry.InWidth;
        var spacing = Spacing * group;
        arranged += member * _lanes;
        var begin = IsSquare<T>() ? Transpose8.Rows((float*)arranged, area, spacing, (float*)sample, area) : 0;
        arranged += begin * spacing;
        for (var pixel = begin; pixel < area; pixel++)
        {
            for (var c = 0; c < _geometry.InChannels; c++) sample[((long)c * area) + pixel] = arranged[(c / _lanes * _lanes * group) + (c % _lanes)];
            arranged += spacing;
        }
    }

    /// <summary>Whether the channels of a pixel fill exactly one vector of eight.</summary>
    private bool IsSquare<T>()
        where T : unmanaged
        => typeof(T) == typeof(float) && Transpose8.IsSupported && _geometry.InChannels == Transpose8.Width && Spacing == Transpose8.Width;
}
