using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Cpu;

/// <summary>
/// Products of a list of patches with a group of adjoints at each, in registers: a strip of a patch is loaded once for all
/// adjoints. With 16 registers the tile is 6 adjoints times 2 strips. With 512 bits a register holds two adjoints of a strip,
/// and 3 pairs times 8 strips make 24 sums.
/// </summary>
internal static unsafe class StackTile
{
    /// <summary>Adjoints of a group; where a stack has fewer, the others are zero.</summary>
    public const int Adjoints = 6;

    /// <summary>Distance of the values of neighbouring patches: one for each adjoint, and two that nobody reads.</summary>
    public const int ValueLength = 8;

    /// <summary>Whether two strips fill a vector of 512 bits.</summary>
    private static bool IsWide<T>()
        where T : unmanaged
        => Vector512.IsHardwareAccelerated && Avx512F.IsSupported && 2 * Vector<T>.Count == Vector512<T>.Count;

    /// <summary>
    /// Adds the sum over q of values[q][j] times the patch at corners[q] * spacing to the float64 sums [strip][lane] of adjoint j,
    /// <paramref name="distance"/> apart. The number of strips is a multiple of <see cref="PatchSums.StripGroup"/>.
    /// </summary>
    public static void AddPatches<T>(
        T* sample, nint* strips, int stripCount, T* values, int* corners, nint spacing, int count, double* target, nint distance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var step = IsWide<T>() ? PatchSums.StripGroup : 2;
        for (var strip = 0; strip < stripCount; strip += step, target += step * Vector<T>.Count)
        {
            if (IsWide<T>()) AddEightStrips(sample, strips + strip, values, corners, spacing, count, target, distance);
            else AddTwoStrips(sample + strips[strip], sample + strips[strip + 1], values, corners, spacing, count, target, distance);
        }
    }

    /// <summary>
    /// Adds values[q][j] times a kernel to the patches at corners[q] * spacing of an adjoint of inputs in which the vectors of the
    /// six adjoints lie side by side.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void AddKernels<T>(T* kernel, nint* strips, int stripCount, T* values, int* corners, nint spacing, int count, T* target)
        where T : unmanaged
    {
        nint size = Vector<T>.Count;
        for (; count > 0; count--, corners++, values += ValueLength)
        {
            var corner = target + (*corners * spacing * Adjoints);
            if (IsWide<T>())
            {
                LoadPairs(values, out var v0, out var v1, out var v2);
                for (nint strip = 0; strip < stripCount; strip++)
                {
                    var place = corner + (strips[strip] * Adjoints);
                    var taps = Twice(kernel + (strip * size));
                    Simd.MultiplyAdd(v0, taps, Vector512.Load(place)).Store(place);
                    Simd.MultiplyAdd(v1, taps, Vector512.Load(place + (2 * size))).Store(place + (2 * size));
                    Simd.MultiplyAdd(v2, taps, Vector512.Load(place + (4 * size))).Store(place + (4 * size));
                }
                continue;
            }
            Vector<T> u0 = new(values[0]), u1 = new(values[1]), u2 = new(values[2]), u3 = new(values[3]), u4 = new(values[4]), u5 = new(values[5]);
            for (nint strip = 0; strip < stripCount; strip++)
            {
                var place = corner + (strips[strip] * Adjoints);
                var taps = Vector.Load(kernel + (strip * size));
                Simd.MultiplyAdd(u0, taps, Vector.Load(place)).Store(place);
                Simd.MultiplyAdd(u1, taps, Vector.Load(place + size)).Store(place + size);
                Simd.MultiplyAdd(u2, taps, Vector.Load(place + (2 * size))).Store(place + (2 * size));
                Simd.MultiplyAdd(u3, taps, Vector.Load(place + (3 * size))).Store(place + (3 * size));
                Simd.MultiplyAdd(u4, taps, Vector.Load(place + (4 * size))).Store(place + (4 * size));
                Simd.MultiplyAdd(u5, taps, Vector.Load(place + (5 * size))).Store(place + (5 * size));
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddTwoStrips<T>(T* x0, T* x1, T* values, int* corners, nint spacing, int count, double* target, nint distance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector<T> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default;
        Vector<T> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default;
        for (; count > 0; count--, corners++, values += ValueLength)
        {
            var place = *corners * spacing;
            var x = Vector.Load(x0 + place);
            var y = Vector.Load(x1 + place);
            AddValue(values[0], x, y, ref a0, ref b0);
            AddValue(values[1], x, y, ref a1, ref b1);
            AddValue(values[2], x, y, ref a2, ref b2);
            AddValue(values[3], x, y, ref a3, ref b3);
            AddValue(values[4], x, y, ref a4, ref b4);
            AddValue(values[5], x, y, ref a5, ref b5);
        }
        AddSums(target, a0, b0);
        AddSums(target + distance, a1, b1);
        AddSums(target + (2 * distance), a2, b2);
        AddSums(target + (3 * distance), a3, b3);
        AddSums(target + (4 * distance), a4, b4);
        AddSums(target + (5 * distance), a5, b5);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddEightStrips<T>(T* sample, nint* strip, T* values, int* corners, nint spacing, int count, double* target, nint distance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint size = Vector<T>.Count;
        T* x0 = sample + strip[0], x1 = sample + strip[1], x2 = sample + strip[2], x3 = sample + strip[3];
        T* x4 = sample + strip[4], x5 = sample + strip[5], x6 = sample + strip[6], x7 = sample + strip[7];
        Vector512<T> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<T> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        Vector512<T> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (; count > 0; count--, corners++, values += ValueLength)
        {
            var place = *corners * spacing;
            LoadPairs(values, out var v0, out var v1, out var v2);
            AddStrip(x0 + place, v0, v1, v2, ref a0, ref b0, ref c0);
            AddStrip(x1 + place, v0, v1, v2, ref a1, ref b1, ref c1);
            AddStrip(x2 + place, v0, v1, v2, ref a2, ref b2, ref c2);
            AddStrip(x3 + place, v0, v1, v2, ref a3, ref b3, ref c3);
            AddStrip(x4 + place, v0, v1, v2, ref a4, ref b4, ref c4);
            AddStrip(x5 + place, v0, v1, v2, ref a5, ref b5, ref c5);
            AddStrip(x6 + place, v0, v1, v2, ref a6, ref b6, ref c6);
            AddStrip(x7 + place, v0, v1, v2, ref a7, ref b7, ref c7);
        }
        AddSums(target, distance, a0, b0, c0);
        AddSums(target + size, distance, a1, b1, c1);
        AddSums(target + (2 * size), distance, a2, b2, c2);
        AddSums(target + (3 * size), distance, a3, b3, c3);
        AddSums(target + (4 * size), distance, a4, b4, c4);
        AddSums(target + (5 * size), distance, a5, b5, c5);
        AddSums(target + (6 * size), distance, a6, b6, c6);
        AddSums(target + (7 * size), distance, a7, b7, c7);
    }

    /// <summary>The values of two adjoints, one in each half of a vector, three times.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadPairs<T>(T* values, out Vector512<T> v0, out Vector512<T> v1, out Vector512<T> v2)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            var eight = Vector512.Create(Vector256.Load((float*)values));
            v0 = Avx512F.PermuteVar16x32(eight, Vector512.Create(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)).As<float, T>();
            v1 = Avx512F.PermuteVar16x32(eight, Vector512.Create(2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3)).As<float, T>();
            v2 = Avx512F.PermuteVar16x32(eight, Vector512.Create(4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5)).As<float, T>();
            return;
        }
        var all = Vector512.Load((double*)values);
        v0 = Avx512F.PermuteVar8x64(all, Vector512.Create(0L, 0, 0, 0, 1, 1, 1, 1)).As<double, T>();
        v1 = Avx512F.PermuteVar8x64(all, Vector512.Create(2L, 2, 2, 2, 3, 3, 3, 3)).As<double, T>();
        v2 = Avx512F.PermuteVar8x64(all, Vector512.Create(4L, 4, 4, 4, 5, 5, 5, 5)).As<double, T>();
    }

    /// <summary>A strip in both halves of a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Twice<T>(T* strip)
        where T : unmanaged
        => Avx512F.BroadcastVector256ToVector512((double*)strip).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddStrip<T>(
        T* x, Vector512<T> v0, Vector512<T> v1, Vector512<T> v2, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
        where T : unmanaged
    {
        var strip = Twice(x);
        a = Simd.MultiplyAdd(v0, strip, a);
        b = Simd.MultiplyAdd(v1, strip, b);
        c = Simd.MultiplyAdd(v2, strip, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddValue<T>(T value, Vector<T> x, Vector<T> y, ref Vector<T> a, ref Vector<T> b)
        where T : unmanaged
    {
        var broadcast = new Vector<T>(value);
        a = Simd.MultiplyAdd(broadcast, x, a);
        b = Simd.MultiplyAdd(broadcast, y, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums<T>(double* target, Vector<T> a, Vector<T> b)
        where T : unmanaged
    {
        PatchSums.AddLanes(target, a);
        PatchSums.AddLanes(target + Vector<T>.Count, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums<T>(double* target, nint distance, Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged
    {
        PatchSums.AddLanes(target, a.GetLower().AsVector());
        PatchSums.AddLanes(target + distance, a.GetUpper().AsVector());
        PatchSums.AddLanes(target + (2 * distance), b.GetLower().AsVector());
        PatchSums.AddLanes(target + (3 * distance), b.GetUpper().AsVector());
        PatchSums.AddLanes(target + (4 * distance), c.GetLower().AsVector());
        PatchSums.AddLanes(target + (5 * distance), c.GetUpper().AsVector());
    }
}
