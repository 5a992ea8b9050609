using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// Sums of patches times numbers, the heart of a weight's adjoint: 8 strips in registers while the list passes by, one
/// multiply-add with a load from memory for each strip and list entry. Runs of a list are summed in T, the runs in float64.
/// </summary>
internal static unsafe class PatchSums
{
    /// <summary>Strips whose accumulators are in registers at a time; their number is rounded up to a multiple.</summary>
    public const int StripGroup = 8;

    /// <summary>Entries that are summed in T.</summary>
    public const int RunLength = 1024;

    private const int MostParts = 64;

    /// <summary>Samples whose sums are added up in one part: depends on the batch only.</summary>
    public static int SamplesPerPart(int batch) => Math.Max(1, (batch + MostParts - 1) / MostParts);

    /// <summary>Adds the sums of all parts to those of the first, in their order.</summary>
    public static void AddParts(double* sums, int parts, int length)
    {
        for (var part = 1; part < parts; part++)
        {
            var other = sums + ((long)part * length);
            for (var i = 0; i < length; i++) sums[i] += other[i];
        }
    }

    /// <summary>A number of strips rounded up to whole groups.</summary>
    public static int Rounded(int strips) => (strips + StripGroup - 1) / StripGroup * StripGroup;

    /// <summary>Adds the sum of values[q] times the patch at corners[q] * spacing to [strip][lane], and the sum of values behind them.</summary>
    public static void Add<T>(
        T* sample, nint* strips, int stripCount, T* values, int* corners, int spacing, int count, double* target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (count == 0) return;
        for (var strip = 0; strip < stripCount; strip += StripGroup)
        {
            AddStrips(sample, strips + strip, values, corners, spacing, count, target + (strip * Vector<T>.Count));
        }
        target[stripCount * Vector<T>.Count] += Sum(values, count);
    }

    /// <summary>The sum of a run, in T as those of the strips.</summary>
    private static double Sum<T>(T* values, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sums = Vector<T>.Zero;
        var q = 0;
        for (; q <= count - Vector<T>.Count; q += Vector<T>.Count) sums += Vector.Load(values + q);
        var sum = Vector.Sum(sums);
        for (; q < count; q++) sum += values[q];
        return double.CreateTruncating(sum);
    }

    private static void AddStrips<T>(T* sample, nint* strip, T* values, int* corners, nint spacing, int count, double* target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector<T> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        T* x0 = sample + strip[0], x1 = sample + strip[1], x2 = sample + strip[2], x3 = sample + strip[3];
        T* x4 = sample + strip[4], x5 = sample + strip[5], x6 = sample + strip[6], x7 = sample + strip[7];
        for (var q = 0; q < count; q++)
        {
            var value = new Vector<T>(values[q]);
            var place = corners[q] * spacing;
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

    /// <summary>Adds a vector to float64 sums.</summary>
    public static void AddLanes<T>(double* target, Vector<T> sums)
        where T : unmanaged
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
}
