using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// Max-pooling with windows of 2 or 4 side by side and no padding, a vector of columns at a time: first down the columns,
/// then across neighbouring lanes. Each lane carries its maximum and the maximum's number in the window, row by row, and
/// of equal maxima the smaller number wins. A NaN sends its row of windows to the scalar path.
/// </summary>
internal readonly unsafe struct MaxPoolVectors<T>(MaxPoolGeometry geometry, T* plane, T* y, int* winners)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _outWidth = geometry.OutWidth;
    private readonly Vector256<T> _lanes = Lanes(geometry.Window);

    /// <summary>Whether this path computes such a pooling.</summary>
    public static bool Fits(in MaxPoolGeometry geometry)
        => Vector256.IsHardwareAccelerated && geometry.Window is 2 or 4 && geometry.Stride == geometry.Window && geometry.Padding == 0;

    /// <summary>One row of windows; false if it meets a NaN, its results then mean nothing.</summary>
    [SkipLocalsInit]
    public bool Row(int i)
    {
        var perVector = Vector256<T>.Count / geometry.Window;
        var nan = Vector256<T>.Zero;
        for (var j = 0; j < _outWidth; j += perVector)
        {
            Columns(plane + ((((long)i * geometry.InWidth) + j) * geometry.Window), out var max, out var number, ref nan);
            Keep(SwapNeighbours(max), SwapNeighbours(number), ref max, ref number);
            if (geometry.Window == 4) Keep(SwapPairs(max), SwapPairs(number), ref max, ref number);
            Store(i, j, Math.Min(perVector, _outWidth - j), max, number);
        }
        return nan == Vector256<T>.Zero;
    }

    /// <summary>The number of each lane's column in its window.</summary>
    private static Vector256<T> Lanes(int window)
    {
        var lanes = default(Vector256<T>);
        for (var lane = 0; lane < Vector256<T>.Count; lane++) lanes = lanes.WithElement(lane, T.CreateTruncating(lane % window));
        return lanes;
    }

    /// <summary>Keeps the greater value, and of equal ones that with the smaller number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(Vector256<T> value, Vector256<T> valueNumber, ref Vector256<T> max, ref Vector256<T> number)
    {
        var better = Vector256.GreaterThan(value, max)
            | (Vector256.Equals(value, max) & Vector256.LessThan(valueNumber, number));
        max = Vector256.ConditionalSelect(better, value, max);
        number = Vector256.ConditionalSelect(better, valueNumber, number);
    }

    private static Vector256<T> SwapNeighbours(Vector256<T> v) => typeof(T) == typeof(float)
        ? Vector256.Shuffle(v.As<T, float>(), Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)).As<float, T>()
        : Vector256.Shuffle(v.As<T, double>(), Vector256.Create(1L, 0, 3, 2)).As<double, T>();

    private static Vector256<T> SwapPairs(Vector256<T> v) => typeof(T) == typeof(float)
        ? Vector256.Shuffle(v.As<T, float>(), Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)).As<float, T>()
        : Vector256.Shuffle(v.As<T, double>(), Vector256.Create(2L, 3, 0, 1)).As<double, T>();

    /// <summary>The first maximum of each column of the windows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Columns(T* top, out Vector256<T> max, out Vector256<T> number, ref Vector256<T> nan)
    {
        max = Vector256.Load(top);
        number = _lanes;
        nan |= ~Vector256.Equals(max, max);
        var candidate = number;
        var step = Vector256.Create(T.CreateTruncating(geometry.Window));
        for (var row = 1; row < geometry.Window; row++)
        {
            var value = Vector256.Load(top + ((long)row * geometry.InWidth));
            candidate += step;
            nan |= ~Vector256.Equals(value, value);
            var better = Vector256.GreaterThan(value, max);
            max = Vector256.ConditionalSelect(better, value, max);
            number = Vector256.ConditionalSelect(better, candidate, number);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [SkipLocalsInit]
    private void Store(int i, int j, int count, Vector256<T> max, Vector256<T> number)
    {
        var maxima = stackalloc T[Vector256<T>.Count];
        var numbers = stackalloc T[Vector256<T>.Count];
        max.Store(maxima);
        number.Store(numbers);
        var window = geometry.Window;
        for (var k = 0; k < count; k++)
        {
            var place = int.CreateTruncating(numbers[k * window]);
            var row = window == 4 ? place >> 2 : place >> 1;
            var q = (i * _outWidth) + j + k;
            y[q] = maxima[k * window];
            winners[q] = (((i * window) + row) * geometry.InWidth) + ((j + k) * window) + (place & (window - 1));
        }
    }
}
