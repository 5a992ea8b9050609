using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PoseEngine.Cpu;

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
    public static Vector512<T> IsBetter(Vector512<T> x, Vector512<T> max)
        => Vector512.AndNot(Vector512.Equals(max, max), Vector512.LessThanOrEqual(x, max));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> IsPositive(Vector512<T> x) => Vector512.GreaterThan(x, Vector512<T>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Relu(Vector512<T> x) => Vector512.AndNot(x, Vector512.LessThanOrEqual(x, Vector512<T>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Select(Vector512<T> mask, Vector512<T> a, Vector512<T> b) => Vector512.ConditionalSelect(mask, a, b);
}
