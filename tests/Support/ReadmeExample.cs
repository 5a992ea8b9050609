using PoseEngine.Constraints;

namespace PoseEngine.Tests.Support;

/// <summary>The constraint that README shows; a test keeps the two texts the same.</summary>
internal sealed class OnSphere() : SampleConstraint<float>("on the sphere", outputs: 3, rowsPerSample: 1)
{
    protected override void Value(ReadOnlySpan<float> y, ReadOnlySpan<float> x, Span<float> c) => c[0] = Norm(y) - 10;

    protected override void Rop(ReadOnlySpan<float> y, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dc)
    {
        if (Norm(y) > 0) dc[0] = ((y[0] * dy[0]) + (y[1] * dy[1]) + (y[2] * dy[2])) / Norm(y);
    }

    protected override void Lop(ReadOnlySpan<float> y, ReadOnlySpan<float> x, ReadOnlySpan<float> u, Span<float> uy)
    {
        for (var d = 0; d < 3 && Norm(y) > 0; d++) uy[d] = u[0] * y[d] / Norm(y);
    }

    private static float Norm(ReadOnlySpan<float> y) => MathF.Sqrt((y[0] * y[0]) + (y[1] * y[1]) + (y[2] * y[2]));
}
