using System.Numerics;

namespace PoseEngine.Tensors;

/// <summary>
/// The only source of randomness in PoseEngine: PCG32 (XSH-RR, O'Neill 2014). Its whole state is two numbers that
/// are saved in checkpoints, so that a resumed run draws what an uninterrupted one would have drawn.
/// </summary>
public sealed class RandomGenerator
{
    private const ulong Multiplier = 6364136223846793005UL;
    private ulong _state;
    private ulong _increment;

    /// <summary>A generator for <paramref name="seed"/>; generators of other <paramref name="stream"/> are independent.</summary>
    public RandomGenerator(ulong seed, ulong stream = 0)
    {
        _increment = (Mix(stream) << 1) | 1;
        _state = Mix(seed) + _increment;
        NextUInt();
    }

    private RandomGenerator(RandomState state) => State = state;

    /// <summary>The state after all numbers drawn so far; assigning it continues from there.</summary>
    public RandomState State
    {
        get => new(_state, _increment);
        set => (_state, _increment) = (value.State, value.Increment | 1);
    }

    /// <summary>A generator that continues from a saved state.</summary>
    public static RandomGenerator FromState(RandomState state) => new(state);

    /// <summary>A uniform 32-bit number.</summary>
    public uint NextUInt()
    {
        var old = _state;
        _state = unchecked((old * Multiplier) + _increment);
        var xorShifted = (uint)(((old >> 18) ^ old) >> 27);
        return uint.RotateRight(xorShifted, (int)(old >> 59));
    }

    /// <summary>A uniform number in [0, bound), without bias (Lemire's multiplication method).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not positive.</exception>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var limit = (uint)bound;
        var threshold = (0u - limit) % limit;
        while (true)
        {
            var product = (ulong)NextUInt() * limit;
            if ((uint)product >= threshold) return (int)(product >> 32);
        }
    }

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    public double NextDouble()
    {
        var high = NextUInt() >> 5;
        var low = NextUInt() >> 6;
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary>A uniform number in [low, high).</summary>
    public double NextUniform(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>A standard normal number (Box-Muller; the second value is dropped so that the state stays two numbers).</summary>
    public double NextNormal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Fills a vector with standard normal numbers, both values of each pair: half the time of <see cref="NextNormal"/>, and other numbers.</summary>
    public void FillNormal<T>(Span<T> vector)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var j = 0; j < vector.Length; j += 2)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
            var (sin, cos) = Math.SinCos(2 * Math.PI * NextDouble());
            vector[j] = T.CreateTruncating(radius * cos);
            if (j + 1 < vector.Length) vector[j + 1] = T.CreateTruncating(radius * sin);
        }
    }

    /// <summary>
    /// A chi variable, the length of a standard normal vector: sqrt(2 G) for G of the gamma distribution with shape k / 2, by
    /// Marsaglia and Tsang (2000); for one degree of freedom the magnitude of a normal number.
    /// </summary>
    /// <param name="degrees">k, the numbers of the vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">k is not positive.</exception>
    public double NextChi(int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(degrees);
        if (degrees == 1) return Math.Abs(NextNormal());
        var d = (degrees / 2.0) - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = NextNormal();
            var v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(1 - NextDouble()) < (x * x / 2) + d - (d * v) + (d * Math.Log(v))) return Math.Sqrt(2 * d * v);
        }
    }

    /// <summary>So many different numbers from 0 below <paramref name="of"/>, each choice and each order as likely as any other.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public int[] Choose(int count, int of)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, of);
        int[] all = [.. Enumerable.Range(0, of)];
        for (var i = 0; i < count; i++)
        {
            var other = i + NextInt(of - i);
            (all[i], all[other]) = (all[other], all[i]);
        }
        return all[..count];
    }

    /// <summary>Mixes several keys into one seed, so that (seed, subject, frame, ...) name a generator.</summary>
    public static ulong Hash(params ReadOnlySpan<ulong> keys)
    {
        var hash = 0x9E3779B97F4A7C15UL;
        foreach (var key in keys) hash = Mix(hash ^ Mix(key));
        return hash;
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood 2014): near seeds give unrelated states.</summary>
    private static ulong Mix(ulong x)
    {
        unchecked
        {
            x += 0x9E3779B97F4A7C15UL;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
            return x ^ (x >> 31);
        }
    }
}

/// <summary>The saved state of a <see cref="RandomGenerator"/>.</summary>
public readonly record struct RandomState(ulong State, ulong Increment);
