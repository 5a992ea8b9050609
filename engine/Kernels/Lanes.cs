using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Kernels;

/// <summary>
/// The vector instructions of a kernel that is written once for vectors of any length: it takes the vector and its lanes as types,
/// so that each length has machine code of its own.
/// </summary>
internal unsafe interface ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Whether there are 32 registers, not 16.</summary>
    static abstract bool HasManyRegisters { get; }

    static abstract TVector Load(T* source);

    static abstract void Store(TVector x, T* target);

    /// <summary>A number in all lanes.</summary>
    static abstract TVector Create(T value);

    /// <summary>A whole number as the bits of every lane, for a vector that only selects.</summary>
    static abstract TVector Bits(int number);

    /// <summary>a b + c, fused where the machine has it.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    static abstract TVector Add(TVector a, TVector b);

    /// <summary>The sum of the lanes.</summary>
    static abstract T Sum(TVector x);

    /// <summary>The sums of the lanes of eight vectors.</summary>
    static abstract void Sums(TVector x0, TVector x1, TVector x2, TVector x3, TVector x4, TVector x5, TVector x6, TVector x7, T* sums);

    /// <summary>Adds the lanes to float64 numbers.</summary>
    static abstract void AddTo(double* target, TVector x);

    /// <summary>x where the mask is all ones, else 0.</summary>
    static abstract TVector And(TVector x, TVector mask);

    /// <summary>All ones in the first lanes, zeros in the others.</summary>
    static abstract TVector FirstLanes(int count);

    /// <summary>All ones where x is greater than a maximum, or is NaN and the maximum is not.</summary>
    static abstract TVector IsBetter(TVector x, TVector max);

    /// <summary>All ones where x is above zero.</summary>
    static abstract TVector IsPositive(TVector x);

    /// <summary>x, 0 where it is zero or less; NaN stays.</summary>
    static abstract TVector Relu(TVector x);

    /// <summary>a where the mask is all ones, b where it is zero.</summary>
    static abstract TVector Select(TVector mask, TVector a, TVector b);
}

/// <summary>The lanes of <see cref="Vector{T}"/>.</summary>
internal readonly unsafe struct MachineLanes<T> : ILanes<Vector<T>, T>
    where T : unmanaged
{
    public static int Count => Vector<T>.Count;

    public static bool HasManyRegisters => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Load(T* source) => Vector.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<T> x, T* target) => x.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Create(T value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Bits(int number) => Simd.Bits<T>(number);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> MultiplyAdd(Vector<T> a, Vector<T> b, Vector<T> c) => Simd.MultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Add(Vector<T> a, Vector<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Vector<T> x) => Vector.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(Vector<T> x0, Vector<T> x1, Vector<T> x2, Vector<T> x3, Vector<T> x4, Vector<T> x5, Vector<T> x6, Vector<T> x7, T* sums)
    {
        if (typeof(T) == typeof(float) && Avx.IsSupported && Vector<T>.Count == Vector256<T>.Count)
        {
            EightSums.Of(x0.AsVector256().AsSingle(), x1.AsVector256().AsSingle(), x2.AsVector256().AsSingle(), x3.AsVector256().AsSingle(), x4.AsVector256().AsSingle(), x5.AsVector256().AsSingle(), x6.AsVector256().AsSingle(), x7.AsVector256().AsSingle()).Store((float*)sums);
            return;
        }
        (sums[0], sums[1], sums[2], sums[3]) = (Sum(x0), Sum(x1), Sum(x2), Sum(x3));
        (sums[4], sums[5], sums[6], sums[7]) = (Sum(x4), Sum(x5), Sum(x6), Sum(x7));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(double* target, Vector<T> x)
    {
        Simd.Widen(x, out var lower, out var upper);
        (Vector.Load(target) + lower).Store(target);
        if (typeof(T) == typeof(float)) (Vector.Load(target + Vector<double>.Count) + upper).Store(target + Vector<double>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> And(Vector<T> x, Vector<T> mask) => x & mask;

    public static Vector<T> FirstLanes(int count)
    {
        var mask = Vector<T>.Zero;
        for (var lane = 0; lane < count; lane++) mask = mask.WithElement(lane, Vector<T>.AllBitsSet[0]);
        return mask;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> IsBetter(Vector<T> x, Vector<T> max) => Vector.AndNot(Vector.Equals(max, max), Vector.LessThanOrEqual(x, max));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> IsPositive(Vector<T> x) => Vector.GreaterThan(x, Vector<T>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Relu(Vector<T> x) => Vector.AndNot(x, Vector.LessThanOrEqual(x, Vector<T>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Select(Vector<T> mask, Vector<T> a, Vector<T> b) => Vector.ConditionalSelect(mask, a, b);
}

/// <summary>The lanes of 512 bits.</summary>
internal readonly unsafe struct WideLanes<T> : ILanes<Vector512<T>, T>
    where T : unmanaged
{
    public static int Count => Vector512<T>.Count;

    public static bool HasManyRegisters => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> x, T* target) => x.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Create(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Bits(int number)
        => typeof(T) == typeof(float) ? Vector512.Create(number).As<int, T>() : Vector512.Create((long)number).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> a, Vector512<T> b, Vector512<T> c) => Simd.MultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> a, Vector512<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Vector512<T> x) => Vector512.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(Vector512<T> x0, Vector512<T> x1, Vector512<T> x2, Vector512<T> x3, Vector512<T> x4, Vector512<T> x5, Vector512<T> x6, Vector512<T> x7, T* sums)
    {
        if (typeof(T) == typeof(float) && Avx512F.IsSupported)
        {
            EightSums.Of(x0.AsSingle(), x1.AsSingle(), x2.AsSingle(), x3.AsSingle(), x4.AsSingle(), x5.AsSingle(), x6.AsSingle(), x7.AsSingle()).Store((float*)sums);
            return;
        }
        (sums[0], sums[1], sums[2], sums[3]) = (Sum(x0), Sum(x1), Sum(x2), Sum(x3));
        (sums[4], sums[5], sums[6], sums[7]) = (Sum(x4), Sum(x5), Sum(x6), Sum(x7));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(double* target, Vector512<T> x)
    {
        if (typeof(T) == typeof(float))
        {
            var (lower, upper) = Vector512.Widen(x.AsSingle());
            (Vector512.Load(target) + lower).Store(target);
            (Vector512.Load(target + Vector512<double>.Count) + upper).Store(target + Vector512<double>.Count);
            return;
        }
        (Vector512.Load(target) + x.AsDouble()).Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> And(Vector512<T> x, Vector512<T> mask) => x & mask;

    public static Vector512<T> FirstLanes(int count)
    {
        var mask = Vector512<T>.Zero;
        for (var lane = 0; lane < count; lane++) mask = mask.WithElement(lane, Vector512<T>.AllBitsSet[0]);
        return mask;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> IsBetter(Vector512<T> x, Vector512<T> max)
        => Vector512.AndNot(Vector512.Equals(max, max), Vector512.LessThanOrEqual(x, max));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> IsPositive(Vector512<T> x) => Vector512.GreaterThan(x, Vector512<T>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Relu(Vector512<T> x) => Vector512.AndNot(x, Vector512.LessThanOrEqual(x, Vector512<T>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Select(Vector512<T> mask, Vector512<T> a, Vector512<T> b) => Vector512.ConditionalSelect(mask, a, b);
}
