using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// Sums of patches times numbers, the heart of a weight's adjoint: 5 strips in registers while the list passes by, one
/// multiply-add with a load from memory for each strip and list entry; every other entry has sums of its own, since five chains
/// alone would wait for each other. Runs of a list are summed in T, the runs in float64.
/// </summary>
internal static unsafe class PatchSums
{
    /// <summary>Strips whose accumulators are in registers at a time; their number is rounded up to a multiple.</summary>
    public const int StripGroup = 5;

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
    public static void Add<T, TVector, TLanes>(
        T* sample, nint* strips, int stripCount, T* values, int* corners, int spacing, int count, double* target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        if (count == 0) return;
        for (var strip = 0; strip < stripCount; strip += StripGroup)
        {
            AddStrips<T, TVector, TLanes>(sample, strips + strip, values, corners, spacing, count, target + (strip * TLanes.Count));
        }
        target[stripCount * TLanes.Count] += Sum(values, count);
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

    private static void AddStrips<T, TVector, TLanes>(T* sample, nint* strip, T* values, int* corners, nint spacing, int count, double* target)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        TVector a0 = default, a1 = default, a2 = default, a3 = default, a4 = default;
        TVector b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
        T* x0 = sample + strip[0], x1 = sample + strip[1], x2 = sample + strip[2], x3 = sample + strip[3], x4 = sample + strip[4];
        for (; count > 0; count -= 2, values += 2, corners += 2)
        {
            var value = TLanes.Create(values[0]);
            var place = corners[0] * spacing;
            a0 = TLanes.MultiplyAdd(value, TLanes.Load(x0 + place), a0);
            a1 = TLanes.MultiplyAdd(value, TLanes.Load(x1 + place), a1);
            a2 = TLanes.MultiplyAdd(value, TLanes.Load(x2 + place), a2);
            a3 = TLanes.MultiplyAdd(value, TLanes.Load(x3 + place), a3);
            a4 = TLanes.MultiplyAdd(value, TLanes.Load(x4 + place), a4);
            if (count == 1) break;
            value = TLanes.Create(values[1]);
            place = corners[1] * spacing;
            b0 = TLanes.MultiplyAdd(value, TLanes.Load(x0 + place), b0);
            b1 = TLanes.MultiplyAdd(value, TLanes.Load(x1 + place), b1);
            b2 = TLanes.MultiplyAdd(value, TLanes.Load(x2 + place), b2);
            b3 = TLanes.MultiplyAdd(value, TLanes.Load(x3 + place), b3);
            b4 = TLanes.MultiplyAdd(value, TLanes.Load(x4 + place), b4);
        }
        TLanes.AddTo(target, TLanes.Add(a0, b0));
        TLanes.AddTo(target + TLanes.Count, TLanes.Add(a1, b1));
        TLanes.AddTo(target + (2 * TLanes.Count), TLanes.Add(a2, b2));
        TLanes.AddTo(target + (3 * TLanes.Count), TLanes.Add(a3, b3));
        TLanes.AddTo(target + (4 * TLanes.Count), TLanes.Add(a4, b4));
    }
}
