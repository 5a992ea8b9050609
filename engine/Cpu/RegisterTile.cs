using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// The heart of the matrix products: a panel of A, in which the elements of a column lie side by side, times a strip of B of
/// two vectors, in registers. Where 512-bit vectors serve, 32 registers hold 12 x 2 sums, two vectors of B and one of A;
/// else 16 registers hold 6 x 2. For each k there are 2 loads, a broadcast a row and two multiply-adds a row.
/// </summary>
internal static unsafe class RegisterTile
{
    /// <summary>The most elements that a tile has, for memory on the stack.</summary>
    public const int MostElements = 12 * 32;

    /// <summary>Rows of a panel of A.</summary>
    public static int Rows => Vector512.IsHardwareAccelerated ? 12 : 6;

    /// <summary>Columns of a strip of B.</summary>
    public static int Columns<T>()
        where T : unmanaged
        => 2 * (Vector512.IsHardwareAccelerated ? Vector512<T>.Count : Vector<T>.Count);

    /// <summary>Writes, or adds, the product of a panel and a strip to rows <paramref name="stride"/> elements apart.</summary>
    public static void Multiply<T>(T* left, T* right, int count, T* target, nint stride, bool accumulate)
        where T : unmanaged
    {
        // The sums are written long after this; without the hint their stores would wait for memory.
        for (nint i = 0; Sse.IsSupported && i < Rows; i++) Sse.Prefetch0(target + (i * stride));
        if (Vector512.IsHardwareAccelerated) Multiply12<T, Vector512<T>, WideLanes<T>>(left, right, count, target, stride, accumulate);
        else Multiply6<T, Vector<T>, MachineLanes<T>>(left, right, count, target, stride, accumulate);
    }

    /// <summary>It must call nothing: no vector register outlives a call, so the compiler would store every sum in the loop.</summary>
    private static void Multiply6<T, TVector, TLanes>(T* left, T* right, int count, T* target, nint stride, bool accumulate)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        nint size = TLanes.Count;
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        TVector c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (; count > 0; count--)
        {
            var b0 = TLanes.Load(right);
            var b1 = TLanes.Load(right + size);
            AddRow<T, TVector, TLanes>(left[0], b0, b1, ref c00, ref c01);
            AddRow<T, TVector, TLanes>(left[1], b0, b1, ref c10, ref c11);
            AddRow<T, TVector, TLanes>(left[2], b0, b1, ref c20, ref c21);
            AddRow<T, TVector, TLanes>(left[3], b0, b1, ref c30, ref c31);
            AddRow<T, TVector, TLanes>(left[4], b0, b1, ref c40, ref c41);
            AddRow<T, TVector, TLanes>(left[5], b0, b1, ref c50, ref c51);
            left += 6;
            right += 2 * size;
        }
        StoreRow<T, TVector, TLanes>(target, c00, c01, accumulate);
        StoreRow<T, TVector, TLanes>(target + stride, c10, c11, accumulate);
        StoreRow<T, TVector, TLanes>(target + (2 * stride), c20, c21, accumulate);
        StoreRow<T, TVector, TLanes>(target + (3 * stride), c30, c31, accumulate);
        StoreRow<T, TVector, TLanes>(target + (4 * stride), c40, c41, accumulate);
        StoreRow<T, TVector, TLanes>(target + (5 * stride), c50, c51, accumulate);
    }

    /// <summary>The same by 12 rows, for 32 registers.</summary>
    private static void Multiply12<T, TVector, TLanes>(T* left, T* right, int count, T* target, nint stride, bool accumulate)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        nint size = TLanes.Count;
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        TVector c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        TVector c60 = default, c61 = default, c70 = default, c71 = default, c80 = default, c81 = default;
        TVector c90 = default, c91 = default, ca0 = default, ca1 = default, cb0 = default, cb1 = default;
        for (; count > 0; count--)
        {
            var b0 = TLanes.Load(right);
            var b1 = TLanes.Load(right + size);
            AddRow<T, TVector, TLanes>(left[0], b0, b1, ref c00, ref c01);
            AddRow<T, TVector, TLanes>(left[1], b0, b1, ref c10, ref c11);
            AddRow<T, TVector, TLanes>(left[2], b0, b1, ref c20, ref c21);
            AddRow<T, TVector, TLanes>(left[3], b0, b1, ref c30, ref c31);
            AddRow<T, TVector, TLanes>(left[4], b0, b1, ref c40, ref c41);
            AddRow<T, TVector, TLanes>(left[5], b0, b1, ref c50, ref c51);
            AddRow<T, TVector, TLanes>(left[6], b0, b1, ref c60, ref c61);
            AddRow<T, TVector, TLanes>(left[7], b0, b1, ref c70, ref c71);
            AddRow<T, TVector, TLanes>(left[8], b0, b1, ref c80, ref c81);
            AddRow<T, TVector, TLanes>(left[9], b0, b1, ref c90, ref c91);
            AddRow<T, TVector, TLanes>(left[10], b0, b1, ref ca0, ref ca1);
            AddRow<T, TVector, TLanes>(left[11], b0, b1, ref cb0, ref cb1);
            left += 12;
            right += 2 * size;
        }
        StoreRow<T, TVector, TLanes>(target, c00, c01, accumulate);
        StoreRow<T, TVector, TLanes>(target + stride, c10, c11, accumulate);
        StoreRow<T, TVector, TLanes>(target + (2 * stride), c20, c21, accumulate);
        StoreRow<T, TVector, TLanes>(target + (3 * stride), c30, c31, accumulate);
        StoreRow<T, TVector, TLanes>(target + (4 * stride), c40, c41, accumulate);
        StoreRow<T, TVector, TLanes>(target + (5 * stride), c50, c51, accumulate);
        StoreRow<T, TVector, TLanes>(target + (6 * stride), c60, c61, accumulate);
        StoreRow<T, TVector, TLanes>(target + (7 * stride), c70, c71, accumulate);
        StoreRow<T, TVector, TLanes>(target + (8 * stride), c80, c81, accumulate);
        StoreRow<T, TVector, TLanes>(target + (9 * stride), c90, c91, accumulate);
        StoreRow<T, TVector, TLanes>(target + (10 * stride), ca0, ca1, accumulate);
        StoreRow<T, TVector, TLanes>(target + (11 * stride), cb0, cb1, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<T, TVector, TLanes>(T a, TVector b0, TVector b1, ref TVector c0, ref TVector c1)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var broadcast = TLanes.Create(a);
        c0 = TLanes.MultiplyAdd(broadcast, b0, c0);
        c1 = TLanes.MultiplyAdd(broadcast, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<T, TVector, TLanes>(T* target, TVector c0, TVector c1, bool accumulate)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var next = target + TLanes.Count;
        if (accumulate)
        {
            c0 = TLanes.Add(c0, TLanes.Load(target));
            c1 = TLanes.Add(c1, TLanes.Load(next));
        }
        TLanes.Store(c0, target);
        TLanes.Store(c1, next);
    }
}
