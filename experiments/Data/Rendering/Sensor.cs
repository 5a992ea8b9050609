using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector256;

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
        _state = Create<uint>(seeds);
    }

    /// <summary>Writes pixels, 3 bytes each; the planes hold as many values as there are pixels, a multiple of 8.</summary>
    public void Expose(ReadOnlySpan<float> red, ReadOnlySpan<float> green, ReadOnlySpan<float> blue, Span<byte> rgb)
    {
        for (var i = 0; i < red.Length; i += 8)
        {
            var r = Quantize(Create(red[i..]));
            var g = Quantize(Create(green[i..]));
            var b = Quantize(Create(blue[i..]));
            // One word a pixel, then three of its four bytes.
            var packed = r | ShiftLeft(g, 8) | ShiftLeft(b, 16);
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
        var value = Sqrt(Max(light * _exposure, Vector256<float>.Zero)) * 255f;
        if (_noise > 0) value += Draw() * _noise;
        value = Min(Max(value + Create(.5f), Vector256<float>.Zero), Create(255f));
        return ConvertToInt32(value);
    }

    private Vector256<float> Draw()
    {
        _state ^= ShiftLeft(_state, 13);
        _state ^= ShiftRightLogical(_state, 17);
        _state ^= ShiftLeft(_state, 5);
        var pairs = (_state & Create(0x00FF00FFu)) + (ShiftRightLogical(_state, 8) & Create(0x00FF00FFu));
        var sum = (pairs & Create(0xFFFFu)) + ShiftRightLogical(pairs, 16);
        return ConvertToSingle(sum.AsInt32() - Create(ByteSumMean));
    }
}
