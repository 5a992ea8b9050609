using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// Convolution as its formulas read, one output at a time: the scalar path that the fast kernels are tested against.
/// Forward can add onto y, so that the two terms of the R-op are two calls.
/// </summary>
internal readonly unsafe struct ReferenceForward<T>(ConvolutionGeometry geometry, T* x, T* weight, T* bias, T* y, bool add)
    : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>One output plane: a sample and an output channel.</summary>
    public void Run(int part)
    {
        var (n, o) = Math.DivRem(part, geometry.OutChannels);
        var plane = y + ((long)part * geometry.OutHeight * geometry.OutWidth);
        for (var i = 0; i < geometry.OutHeight; i++)
        {
            for (var j = 0; j < geometry.OutWidth; j++, plane++)
            {
                var sum = Correlate(n, o, i, j) + (bias == null ? T.Zero : bias[o]);
                *plane = add ? *plane + sum : sum;
            }
        }
    }

    private T Correlate(int n, int o, int i, int j)
    {
        var g = geometry;
        var sum = T.Zero;
        for (var c = 0; c < g.InChannels; c++)
        {
            for (var k = 0; k < g.KernelHeight; k++)
            {
                var row = (i * g.Stride) + k - g.Padding;
                if (row < 0 || row >= g.InHeight) continue;
                for (var l = 0; l < g.KernelWidth; l++)
                {
                    var column = (j * g.Stride) + l - g.Padding;
                    if (column < 0 || column >= g.InWidth) continue;
                    sum += weight[(((((o * g.InChannels) + c) * g.KernelHeight) + k) * g.KernelWidth) + l]
                        * x[((((long)n * g.InChannels) + c) * g.InHeight * g.InWidth) + (row * g.InWidth) + column];
                }
            }
        }
        return sum;
    }
}

/// <summary>The L-op with respect to the input, one sample a part.</summary>
internal readonly unsafe struct ReferenceLopInput<T>(ConvolutionGeometry geometry, T* weight, T* u, T* ux) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var g = geometry;
        var inputs = g.InChannels * g.InHeight * g.InWidth;
        var sample = ux + ((long)part * inputs);
        new Span<T>(sample, inputs).Clear();
        var adjoint = u + ((long)part * g.OutChannels * g.OutHeight * g.OutWidth);
        for (var o = 0; o < g.OutChannels; o++)
        {
            for (var i = 0; i < g.OutHeight; i++)
            {
                for (var j = 0; j < g.OutWidth; j++, adjoint++) Scatter(sample, o, i, j, *adjoint);
            }
        }
    }

    private void Scatter(T* sample, int o, int i, int j, T value)
    {
        var g = geometry;
        for (var c = 0; c < g.InChannels; c++)
        {
            for (var k = 0; k < g.KernelHeight; k++)
            {
                var row = (i * g.Stride) + k - g.Padding;
                if (row < 0 || row >= g.InHeight) continue;
                for (var l = 0; l < g.KernelWidth; l++)
                {
                    var column = (j * g.Stride) + l - g.Padding;
                    if (column < 0 || column >= g.InWidth) continue;
                    sample[(((c * g.InHeight) + row) * g.InWidth) + column] +=
                        value * weight[(((((o * g.InChannels) + c) * g.KernelHeight) + k) * g.KernelWidth) + l];
                }
            }
        }
    }
}

/// <summary>
/// The L-op with respect to weight and bias, one output channel a part; sums over a batch are long and run in float64.
/// </summary>
internal readonly unsafe struct ReferenceLopWeight<T>(ConvolutionGeometry geometry, T* x, T* u, T* uWeight, T* uBias) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var g = geometry;
        var taps = g.InChannels * g.KernelHeight * g.KernelWidth;
        for (var tap = 0; tap < taps; tap++)
        {
            var (c, place) = Math.DivRem(tap, g.KernelHeight * g.KernelWidth);
            var (k, l) = Math.DivRem(place, g.KernelWidth);
            uWeight[(part * taps) + tap] = T.CreateTruncating(Correlate(part, c, k, l));
        }
        var sum = 0.0;
        for (var n = 0; n < g.Batch; n++)
        {
            var plane = u + ((((long)n * g.OutChannels) + part) * g.OutHeight * g.OutWidth);
            for (var q = 0; q < g.OutHeight * g.OutWidth; q++) sum += double.CreateTruncating(plane[q]);
        }
        uBias[part] = T.CreateTruncating(sum);
    }

    private double Correlate(int o, int c, int k, int l)
    {
        var g = geometry;
        var sum = 0.0;
        for (var n = 0; n < g.Batch; n++)
        {
            var input = x + ((((long)n * g.InChannels) + c) * g.InHeight * g.InWidth);
            var adjoint = u + ((((long)n * g.OutChannels) + o) * g.OutHeight * g.OutWidth);
            for (var i = 0; i < g.OutHeight; i++)
            {
                var row = (i * g.Stride) + k - g.Padding;
                if (row < 0 || row >= g.InHeight) continue;
                for (var j = 0; j < g.OutWidth; j++)
                {
                    var column = (j * g.Stride) + l - g.Padding;
                    if (column < 0 || column >= g.InWidth) continue;
                    sum += double.CreateTruncating(adjoint[(i * g.OutWidth) + j])
                        * double.CreateTruncating(input[(row * g.InWidth) + column]);
                }
            }
        }
        return sum;
    }
}
