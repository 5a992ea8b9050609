namespace PoseEngine.Experiments.Data;

/// <summary>Smooth random curves of unit variance: AR(1) noise passed through a second pole of the same time constant. One pole alone would
/// shake the limbs by several millimetres from frame to frame; people do not.</summary>
public sealed class SmoothNoise
{
    private readonly RandomGenerator _random;
    private readonly double[] _first;
    private readonly double[] _second;
    private readonly double _pole;
    private readonly double _innovation;
    private readonly double _gain;

    /// <param name="random">Where the innovations come from.</param>
    /// <param name="channels">The number of independent curves.</param>
    /// <param name="timeConstant">Seconds over which a curve forgets.</param>
    /// <param name="step">Seconds between two frames.</param>
    public SmoothNoise(RandomGenerator random, int channels, double timeConstant, double step)
    {
        _random = random;
        _first = new double[channels];
        _second = new double[channels];
        _pole = Math.Exp(-step / timeConstant);
        _innovation = Math.Sqrt(1 - (_pole * _pole));
        var square = _pole * _pole;
        _gain = (1 - square) / ((1 - _pole) * Math.Sqrt(1 + square));
        for (var i = 0; i < channels; i++) _first[i] = random.NextNormal();
        // Long enough to forget the start at zero of the second pole.
        var warmUp = (int)Math.Ceiling(6 * timeConstant / step);
        for (var i = 0; i < warmUp; i++) Advance();
    }

    /// <summary>The present value of a curve, clipped to three standard deviations.</summary>
    public double this[int channel] => Math.Clamp(_second[channel] * _gain, -3, 3);

    /// <summary>Goes on by one frame.</summary>
    public void Advance()
    {
        for (var i = 0; i < _first.Length; i++)
        {
            _first[i] = (_pole * _first[i]) + (_innovation * _random.NextNormal());
            _second[i] = (_pole * _second[i]) + ((1 - _pole) * _first[i]);
        }
    }
}
