using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// Products of a list of patches with a group of adjoints at each, in registers: a strip of a patch is loaded once for the
/// adjoints of a tile. With 16 registers it is 2 adjoints times 5 strips, with 32 it is 3 times 5. Where sums go back to the
/// inputs, a register of 512 bits holds two adjoints of a strip.
/// </summary>
internal static unsafe class StackTile
{
    /// <summary>Adjoints of a group; where a stack has fewer, the others repeat one, and nobody reads their sums.</summary>
    public const int Adjoints = 6;

    /// <summary>Distance of the values of neighbouring patches: one for each adjoint, and two that nobody reads.</summary>
    public const int ValueLength = 8;

    /// <summary>Whether two strips of the inputs fill a vector of 512 bits.</summary>
    private static bool IsWide<T>()
        where T : unmanaged
        => Vector512.IsHardwareAccelerated && Avx512F.IsSupported && 2 * Vector<T>.Count == Vector512<T>.Count;

    /// <summary>
    /// Adds the sum over q of values[q][j] times the patch at corners[q] * spacing to the float64 sums [strip][lane] of adjoint j,
    /// <paramref name="distance"/> apart. The number of strips is a multiple of <see cref="PatchSums.StripGroup"/>.
    /// </summary>
    public static void AddPatches<T, TVector, TLanes>(
        T* sample, nint* strips, int stripCount, T* values, int* corners, nint spacing, int count, double* target, nint distance)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        for (var strip = 0; strip < stripCount; strip += PatchSums.StripGroup, target += PatchSums.StripGroup * TLanes.Count)
        {
            if (TLanes.HasManyRegisters)
            {
                for (var j = 0; j < Adjoints; j += 3)
                {
                    AddThreeAdjoints<T, TVector, TLanes>(sample, strips + strip, values + j, corners, spacing, count, target + (j * distance), distance);
                }
                continue;
            }
            for (var j = 0; j < Adjoints; j += 2)
            {
                AddTwoAdjoints<T, TVector, TLanes>(sample, strips + strip, values + j, corners, spacing, count, target + (j * distance), distance);
            }
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
    private static void AddTwoAdjoints<T, TVector, TLanes>(
        T* sample, nint* strip, T* values, int* corners, nint spacing, int count, double* target, nint distance)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        TVector a0 = default, a1 = default, a2 = default, a3 = default, a4 = default;
        TVector b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
        T* x0 = sample + strip[0], x1 = sample + strip[1], x2 = sample + strip[2], x3 = sample + strip[3], x4 = sample + strip[4];
        for (; count > 0; count--, corners++, values += ValueLength)
        {
            var place = *corners * spacing;
            var (a, b) = (TLanes.Create(values[0]), TLanes.Create(values[1]));
            AddStrip<T, TVector, TLanes>(x0 + place, a, b, ref a0, ref b0);
            AddStrip<T, TVector, TLanes>(x1 + place, a, b, ref a1, ref b1);
            AddStrip<T, TVector, TLanes>(x2 + place, a, b, ref a2, ref b2);
            AddStrip<T, TVector, TLanes>(x3 + place, a, b, ref a3, ref b3);
            AddStrip<T, TVector, TLanes>(x4 + place, a, b, ref a4, ref b4);
        }
        AddSums<T, TVector, TLanes>(target, a0, a1, a2, a3, a4);
        AddSums<T, TVector, TLanes>(target + distance, b0, b1, b2, b3, b4);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddThreeAdjoints<T, TVector, TLanes>(
        T* sample, nint* strip, T* values, int* corners, nint spacing, int count, double* target, nint distance)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        TVector a0 = default, a1 = default, a2 = default, a3 = default, a4 = default;
        TVector b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
        TVector c0 = default, c1 = default, c2 = default, c3 = default, c4 = default;
        T* x0 = sample + strip[0], x1 = sample + strip[1], x2 = sample + strip[2], x3 = sample + strip[3], x4 = sample + strip[4];
        for (; count > 0; count--, corners++, values += ValueLength)
        {
            var place = *corners * spacing;
            var (a, b, c) = (TLanes.Create(values[0]), TLanes.Create(values[1]), TLanes.Create(values[2]));
            AddStrip<T, TVector, TLanes>(x0 + place, a, b, c, ref a0, ref b0, ref c0);
            AddStrip<T, TVector, TLanes>(x1 + place, a, b, c, ref a1, ref b1, ref c1);
            AddStrip<T, TVector, TLanes>(x2 + place, a, b, c, ref a2, ref b2, ref c2);
            AddStrip<T, TVector, TLanes>(x3 + place, a, b, c, ref a3, ref b3, ref c3);
            AddStrip<T, TVector, TLanes>(x4 + place, a, b, c, ref a4, ref b4, ref c4);
        }
        AddSums<T, TVector, TLanes>(target, a0, a1, a2, a3, a4);
        AddSums<T, TVector, TLanes>(target + distance, b0, b1, b2, b3, b4);
        AddSums<T, TVector, TLanes>(target + (2 * distance), c0, c1, c2, c3, c4);
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
    private static void AddStrip<T, TVector, TLanes>(T* x, TVector u, TVector v, ref TVector a, ref TVector b)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var strip = TLanes.Load(x);
        a = TLanes.MultiplyAdd(u, strip, a);
        b = TLanes.MultiplyAdd(v, strip, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddStrip<T, TVector, TLanes>(T* x, TVector u, TVector v, TVector w, ref TVector a, ref TVector b, ref TVector c)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var strip = TLanes.Load(x);
        a = TLanes.MultiplyAdd(u, strip, a);
        b = TLanes.MultiplyAdd(v, strip, b);
        c = TLanes.MultiplyAdd(w, strip, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums<T, TVector, TLanes>(double* target, TVector s0, TVector s1, TVector s2, TVector s3, TVector s4)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        TLanes.AddTo(target, s0);
        TLanes.AddTo(target + TLanes.Count, s1);
        TLanes.AddTo(target + (2 * TLanes.Count), s2);
        TLanes.AddTo(target + (3 * TLanes.Count), s3);
        TLanes.AddTo(target + (4 * TLanes.Count), s4);
    }
}
