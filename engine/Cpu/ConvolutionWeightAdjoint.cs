using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// The adjoints of weight and bias, in the order of u's elements: each element that is not zero adds u times the patch of x
/// it saw. After max-pooling 3/4 or 15/16 of u are zeros and cost no more than looking at them; where all of u counts,
/// the same loop runs at more than half of the speed of a dense product. A zero adjoint therefore adds nothing even
/// where x is infinite or NaN.
/// <para>
/// A patch is read as strips: runs of at most one vector along a kernel row. Lanes beyond the kernel row hold numbers
/// that nobody reads. Runs of at most 1,024 elements are summed in T and those sums in float64: per fixed group of
/// samples by one part each, then over the groups in order.
/// </para>
/// </summary>
internal readonly unsafe struct ConvolutionWeightAdjoint<T>(
    ConvolutionGeometry geometry, InputLayout layout, T* x, T* u, nint* strips, double* sums) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ListLength = PatchSums.RunLength;

    private readonly int _outWidth = geometry.OutWidth;
    private readonly int _outHeight = geometry.OutHeight;
    private readonly int _strips = StripCount(geometry);

    /// <summary>Groups of samples: depends on the batch only.</summary>
    public static int Parts(in ConvolutionGeometry geometry)
        => (geometry.Batch + SamplesPerPart(geometry) - 1) / SamplesPerPart(geometry);

    /// <summary>Float64 sums of one part: the strips of each output channel and its bias.</summary>
    public static int SumsPerPart(in ConvolutionGeometry geometry) => geometry.OutChannels * SumsPerChannel(geometry);

    /// <summary>Strips of one patch, rounded up.</summary>
    public static int StripCount(in ConvolutionGeometry geometry)
        => PatchSums.Rounded(geometry.InChannels * geometry.KernelHeight * StripsPerRow(geometry));

    /// <summary>Where each strip begins relative to a patch; strips that only fill the last group repeat the first.</summary>
    public static void WriteStrips(in ConvolutionGeometry geometry, in InputLayout layout, nint* strips)
    {
        new Span<nint>(strips, StripCount(geometry)).Clear();
        for (var c = 0; c < geometry.InChannels; c++)
        {
            for (var k = 0; k < geometry.KernelHeight; k++)
            {
                for (var l = 0; l < geometry.KernelWidth; l += Vector<T>.Count)
                {
                    *strips++ = (c * layout.PlaneLength) + layout.Place(k, l);
                }
            }
        }
    }

    /// <summary>Adds the parts' sums in their order and rounds once.</summary>
    public static void Finish(in ConvolutionGeometry geometry, double* sums, T* uWeight, T* uBias)
    {
        PatchSums.AddParts(sums, Parts(geometry), SumsPerPart(geometry));
        var perRow = StripsPerRow(geometry) * Vector<T>.Count;
        for (var o = 0; o < geometry.OutChannels; o++)
        {
            var channel = sums + ((long)o * SumsPerChannel(geometry));
            for (var row = 0; row < geometry.InChannels * geometry.KernelHeight; row++)
            {
                for (var l = 0; l < geometry.KernelWidth; l++) *uWeight++ = T.CreateTruncating(channel[(row * perRow) + l]);
            }
            uBias[o] = T.CreateTruncating(channel[SumsPerChannel(geometry) - 1]);
        }
    }

    [SkipLocalsInit]
    public void Run(int part)
    {
        var values = stackalloc T[ListLength];
        var places = stackalloc int[ListLength];
        var list = new List(values, places);
        var begin = part * SamplesPerPart(geometry);
        var end = Math.Min(begin + SamplesPerPart(geometry), geometry.Batch);
        new Span<double>(sums + ((long)part * SumsPerPart(geometry)), SumsPerPart(geometry)).Clear();
        for (var n = begin; n < end; n++)
        {
            for (var o = 0; o < geometry.OutChannels; o++)
            {
                var target = sums + ((long)part * SumsPerPart(geometry)) + ((long)o * SumsPerChannel(geometry));
                var plane = u + ((((long)n * geometry.OutChannels) + o) * _outHeight * _outWidth);
                Plane(x + ((long)n * layout.SampleLength), plane, list, target);
            }
        }
    }

    private static int SamplesPerPart(in ConvolutionGeometry geometry) => PatchSums.SamplesPerPart(geometry.Batch);

    private static int StripsPerRow(in ConvolutionGeometry geometry)
        => (geometry.KernelWidth + Vector<T>.Count - 1) / Vector<T>.Count;

    private static int SumsPerChannel(in ConvolutionGeometry geometry) => (StripCount(geometry) * Vector<T>.Count) + 1;

    private void Plane(T* sample, T* adjoint, List list, double* target)
    {
        var count = 0;
        for (var i = 0; i < _outHeight; i++, adjoint += _outWidth)
        {
            for (var j = 0; j < _outWidth;)
            {
                var end = Math.Min(_outWidth, j + ListLength - count);
                count = Collect(adjoint, i, j, end, list, count);
                j = end;
                if (count < ListLength) continue;
                AddPatches(sample, list, count, target);
                count = 0;
            }
        }
        AddPatches(sample, list, count, target);
    }

    /// <summary>Appends the elements of a part of a row that are not zero.</summary>
    private int Collect(T* row, int i, int j, int end, List list, int count)
    {
        var place = i * geometry.Stride * layout.RowLength;
        for (; j <= end - Vector256<T>.Count; j += Vector256<T>.Count)
        {
            var zeros = Vector256.Equals(Vector256.Load(row + j), Vector256<T>.Zero).ExtractMostSignificantBits();
            for (var bits = zeros ^ ((1u << Vector256<T>.Count) - 1); bits != 0; bits &= bits - 1)
            {
                var column = j + int.CreateTruncating(uint.TrailingZeroCount(bits));
                list.Values[count] = row[column];
                list.Places[count++] = place + (column * geometry.Stride);
            }
        }
        for (; j < end; j++)
        {
            if (row[j] == T.Zero) continue;
            list.Values[count] = row[j];
            list.Places[count++] = place + (j * geometry.Stride);
        }
        return count;
    }

    private void AddPatches(T* sample, List list, int count, double* target)
        => PatchSums.Add<T, Vector<T>, MachineLanes<T>>(sample, strips, _strips, list.Values, list.Places, 1, count, target);

    /// <summary>Elements of u that are not zero, with the place of their patch in the sample.</summary>
    private readonly record struct List(nint ValueAddress, nint PlaceAddress)
    {
        public List(T* values, int* places)
            : this((nint)values, (nint)places)
        {
        }

        public T* Values => (T*)ValueAddress;

        public int* Places => (int*)PlaceAddress;
    }
}
