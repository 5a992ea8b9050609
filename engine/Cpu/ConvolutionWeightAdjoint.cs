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
    /// <summary>Strips whose accumulators are in registers at a time; their number is rounded up to a multiple.</summary>
    public const int StripGroup = 8;

    private const int ListLength = 1024;
    private const int MostGroups = 64;

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
    {
        var strips = geometry.InChannels * geometry.KernelHeight * StripsPerRow(geometry);
        return (strips + StripGroup - 1) / StripGroup * StripGroup;
    }

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
        var (parts, length) = (Parts(geometry), SumsPerPart(geometry));
        for (var part = 1; part < parts; part++)
        {
            var other = sums + ((long)part * length);
            for (var i = 0; i < length; i++) sums[i] += other[i];
        }
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

    private static int SamplesPerPart(in ConvolutionGeometry geometry) => Math.Max(1, (geometry.Batch + MostGroups - 1) / MostGroups);

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
    {
        if (count == 0) return;
        for (var strip = 0; strip < _strips; strip += StripGroup)
        {
            AddStrips(sample, strips + strip, list, count, target + (strip * Vector<T>.Count));
        }
        var sum = 0.0;
        for (var q = 0; q < count; q++) sum += double.CreateTruncating(list.Values[q]);
        target[_strips * Vector<T>.Count] += sum;
    }

    private static void AddStrips(T* sample, nint* strip, List list, int count, double* target)
    {
        Vector<T> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        T* x0 = sample + strip[0], x1 = sample + strip[1], x2 = sample + strip[2], x3 = sample + strip[3];
        T* x4 = sample + strip[4], x5 = sample + strip[5], x6 = sample + strip[6], x7 = sample + strip[7];
        for (var q = 0; q < count; q++)
        {
            var value = new Vector<T>(list.Values[q]);
            nint place = list.Places[q];
            s0 = Simd.MultiplyAdd(value, Vector.Load(x0 + place), s0);
            s1 = Simd.MultiplyAdd(value, Vector.Load(x1 + place), s1);
            s2 = Simd.MultiplyAdd(value, Vector.Load(x2 + place), s2);
            s3 = Simd.MultiplyAdd(value, Vector.Load(x3 + place), s3);
            s4 = Simd.MultiplyAdd(value, Vector.Load(x4 + place), s4);
            s5 = Simd.MultiplyAdd(value, Vector.Load(x5 + place), s5);
            s6 = Simd.MultiplyAdd(value, Vector.Load(x6 + place), s6);
            s7 = Simd.MultiplyAdd(value, Vector.Load(x7 + place), s7);
        }
        AddLanes(target, s0);
        AddLanes(target + Vector<T>.Count, s1);
        AddLanes(target + (2 * Vector<T>.Count), s2);
        AddLanes(target + (3 * Vector<T>.Count), s3);
        AddLanes(target + (4 * Vector<T>.Count), s4);
        AddLanes(target + (5 * Vector<T>.Count), s5);
        AddLanes(target + (6 * Vector<T>.Count), s6);
        AddLanes(target + (7 * Vector<T>.Count), s7);
    }

    private static void AddLanes(double* target, Vector<T> sums)
    {
        if (typeof(T) == typeof(float))
        {
            Vector.Widen(sums.As<T, float>(), out var low, out var high);
            (Vector.Load(target) + low).Store(target);
            (Vector.Load(target + Vector<double>.Count) + high).Store(target + Vector<double>.Count);
            return;
        }
        (Vector.Load(target) + sums.As<T, double>()).Store(target);
    }

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
