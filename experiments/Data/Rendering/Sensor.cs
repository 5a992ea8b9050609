using System.Runtime.Intrinsics;

namespace PoseEngine.Experiments.Data;

/// <summary>Turns linear light into bytes: exposure, a square root as the display curve, noise, rounding. The noise is the sum of the four
/// bytes of a xorshift word, close enough to normal and cheap: eight values in a dozen instructions.</summary>
internal struct Sensor
{
    // The deviation of the sum of four uniform bytes, and its mean.
    private const float ByteSumDeviation = 147.8f;
    private const int ByteSumMean = 510;
    private readonly float _exposure, _noise;
    private Vector256<uint> _state;

    public Sensor(ImageConditions conditions)
    {
        _exposure = (float)conditions.Exposure;
        _noise = (float)(conditions.NoiseSigma / ByteSumDeviation);
        var random = new RandomGenerator(conditions.NoiseSeed);
        Span<uint> seeds = stackalloc uint[8];
        // Zero is the one state that xorshift never leaves.
        foreach (ref var seed in seeds) seed = random.NextUInt() | 1;
        _state = Vector256.Create<uint>(seeds);
    }

    /// <summary>Writes pixels, 3 bytes each; the planes hold as many values as there are pixels, a multiple of 8.</summary>
    public void Expose(ReadOnlySpan<float> red, ReadOnlySpan<float> green, ReadOnlySpan<float> blue, Span<byte> rgb)
    {
        for (var i = 0; i < red.Length; i += 8)
        {
            var r = Quantize(Vector256.Create(red[i..]));
            var g = Quantize(Vector256.Create(green[i..]));
            var b = Quantize(Vector256.Create(blue[i..]));
            // One word a pixel, then three of its four bytes.
            var packed = r | Vector256.ShiftLeft(g, 8) | Vector256.ShiftLeft(b, 16);
            var target = rgb.Slice(3 * i, 24);
            for (var lane = 0; lane < 8; lane++)
            {
                var word = packed[lane];
                target[3 * lane] = (byte)word;
                target[(3 * lane) + 1] = (byte)(word >> 8);
                target[(3 * lane) + 2] = (byte)(word >> 16);
            }
        }
    }

    private Vector256<int> Quantize(Vector256<float> light)
    {
        var value = Vector256.Sqrt(Vector256.Max(light * _exposure, Vector256<float>.Zero)) * 255f;
        if (_noise > 0) value += Draw() * _noise;
        value = Vector256.Min(Vector256.Max(value + Vector256.Create(.5f), Vector256<float>.Zero), Vector256.Create(255f));
        return Vector256.ConvertToInt32(value);
    }

    private Vector256<float> Draw()
    {
        _state ^= Vector256.ShiftLeft(_state, 13);
        _state ^= Vector256.ShiftRightLogical(_state, 17);
        _state ^= Vector256.ShiftLeft(_state, 5);
        var pairs = (_state & Vector256.Create(0x00FF00FFu)) + (Vector256.ShiftRightLogical(_state, 8) & Vector256.Create(0x00FF00FFu));
        var sum = (pairs & Vector256.Create(0xFFFFu)) + Vector256.ShiftRightLogical(pairs, 16);
        return Vector256.ConvertToSingle(sum.AsInt32() - Vector256.Create(ByteSumMean));
    }
}
