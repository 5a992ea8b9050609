using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// How the products of a pooled convolution read the patch of inputs below one output: as strips, each one vector long, of a
/// sample with channels last. A row of a patch then is a run of L C neighbours, K ceil(L C / V) strips in all: 5 for [3,5,5]
/// and 16 lanes, 15 for [8,5,5]. What is read beyond a run are other inputs. Where sums go back to the inputs, each strip is
/// the channels of one input, padded to whole vectors, so that runs of neighbours share no vector in part: K L ceil(C / V) strips.
/// </summary>
internal readonly record struct PatchLayout
{
    private readonly ConvolutionGeometry _geometry;
    private readonly int _lanes;
    private readonly bool _isPadded;

    private PatchLayout(in ConvolutionGeometry geometry, int lanes, bool isPadded)
    {
        (_geometry, _lanes, _isPadded) = (geometry, lanes, isPadded);
        var run = geometry.InChannels * (isPadded ? 1 : geometry.KernelWidth);
        Chunks = (run + lanes - 1) / lanes;
        TailLanes = run - ((Chunks - 1) * lanes);
        Spacing = isPadded ? Chunks * lanes : geometry.InChannels;
        StripsPerChunk = geometry.KernelHeight * (isPadded ? geometry.KernelWidth : 1);
    }

    /// <summary>Whether a sample lies in the tensor as it is read: there is one channel.</summary>
    public bool IsTensor => Spacing == 1;

    /// <summary>Vectors that a run fills.</summary>
    public int Chunks { get; }

    /// <summary>Lanes in use in the last of them.</summary>
    public int TailLanes { get; }

    /// <summary>Distance of neighbouring inputs of a row in elements.</summary>
    public int Spacing { get; }

    /// <summary>Strips that are the same chunk of their run.</summary>
    public int StripsPerChunk { get; }

    /// <summary>The number of strips.</summary>
    public int Strips => Chunks * StripsPerChunk;

    /// <summary>Elements of one row of a sample, of all its channels.</summary>
    public int RowLength => _geometry.InWidth * Spacing;

    /// <summary>Elements of a sample.</summary>
    public int SampleLength => _geometry.InHeight * RowLength;

    /// <summary>Numbers of a sample.</summary>
    public int Inputs => _geometry.InChannels * _geometry.InHeight * _geometry.InWidth;

    /// <summary>Runs of so many lanes along the rows of a kernel.</summary>
    public static PatchLayout Rows(in ConvolutionGeometry geometry, int lanes) => new(geometry, lanes, isPadded: false);

    /// <summary>The channels of one input, padded to whole vectors.</summary>
    public static PatchLayout Padded<T>(in ConvolutionGeometry geometry)
        where T : unmanaged
        => new(geometry, Vector<T>.Count, isPadded: true);

    /// <summary>Where each strip begins relative to a patch, chunk by chunk.</summary>
    public unsafe void WriteStrips(nint* strips)
    {
        for (var strip = 0; strip < Strips; strip++)
        {
            var (chunk, rest) = Math.DivRem(strip, StripsPerChunk);
            var (row, column) = _isPadded ? Math.DivRem(rest, _geometry.KernelWidth) : (rest, 0);
            strips[strip] = (((row * _geometry.InWidth) + column) * Spacing) + (chunk * _lanes);
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
        var (along, strip) = _isPadded ? (c, (k * _geometry.KernelWidth) + l) : ((l * _geometry.InChannels) + c, k);
        var (chunk, lane) = Math.DivRem(along, _lanes);
        return (((chunk * StripsPerChunk) + strip) * _lanes) + lane;
    }

    /// <summary>Copies a sample [C,H,W] with channels last, without padding.</summary>
    public unsafe void Arrange<T>(T* sample, T* target)
        where T : unmanaged
    {
        var area = _geometry.InHeight * _geometry.InWidth;
        var begin = IsSquare<T>() ? Transpose8.Columns((float*)sample, area, area, (float*)target, Transpose8.Width) : 0;
        for (var c = 0; c < _geometry.InChannels; c++)
        {
            ProductPacking.CopyStrided(sample + ((long)c * area) + begin, 1, target + ((long)begin * Spacing) + c, Spacing, area - begin);
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
