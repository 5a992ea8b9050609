using System.Diagnostics;
using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>What a <see cref="ClockedDevice{T}"/> tells apart.</summary>
public enum ClockedWork
{
    /// <summary>Layers forward.</summary>
    Forward,

    /// <summary>R-op of layers.</summary>
    Rop,

    /// <summary>L-op of layers.</summary>
    Lop,

    /// <summary>Vector arithmetic and the passes of MINRES-QLP.</summary>
    Vectors,
}

/// <summary>
/// Hands everything to another device and clocks it by the kind of work. A device that works behind the host's back is
/// waited for before and after each piece, and nothing is recorded: the shares are right, but the sum of the times is
/// longer than what the device takes when left alone.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="inner">Who does the work; it is not disposed.</param>
public sealed class ClockedDevice<T>(ComputeDevice<T> inner) : DelegatingDevice<T>(inner)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly WorkClock _clock = new(inner.Synchronize);
    private IVectorKernels<T>? _vectors;
    private IMinresQlpKernels<T>? _minresQlp;

    /// <inheritdoc/>
    public override IVectorKernels<T> Vectors => _vectors ??= new ClockedVectors<T>(Inner.Vectors, _clock);

    /// <inheritdoc/>
    public override IMinresQlpKernels<T> MinresQlp => _minresQlp ??= new ClockedMinresQlp<T>(Inner.MinresQlp, _clock);

    /// <summary>Seconds of one kind of work since the last <see cref="Restart"/>.</summary>
    public double Seconds(ClockedWork work) => _clock.Seconds(work);

    /// <summary>Sets all clocks to zero.</summary>
    public void Restart() => _clock.Restart();

    /// <inheritdoc/>
    public override DeviceRange Range(string name) => name[(name.LastIndexOf('.') + 1)..] switch
    {
        "forward" => _clock.Begin(ClockedWork.Forward),
        "rop" => _clock.Begin(ClockedWork.Rop),
        "lop" => _clock.Begin(ClockedWork.Lop),
        _ => default,
    };
}

/// <summary>Sums times by the kind of work; what runs inside of another piece belongs to that one.</summary>
/// <param name="synchronize">Waits until the device is done.</param>
internal sealed class WorkClock(Action synchronize)
{
    private readonly long[] _ticks = new long[Enum.GetValues<ClockedWork>().Length];
    private readonly Action?[] _ends = new Action?[Enum.GetValues<ClockedWork>().Length];
    private long _begin;
    private int _depth;

    public double Seconds(ClockedWork work) => (double)_ticks[(int)work] / Stopwatch.Frequency;

    public void Restart() => Array.Clear(_ticks);

    public DeviceRange Begin(ClockedWork work)
    {
        if (_depth++ == 0)
        {
            synchronize();
            _begin = Stopwatch.GetTimestamp();
        }
        return new DeviceRange(_ends[(int)work] ??= () => End(work));
    }

    private void End(ClockedWork work)
    {
        if (--_depth > 0) return;
        synchronize();
        _ticks[(int)work] += Stopwatch.GetTimestamp() - _begin;
    }
}

/// <summary>Vector arithmetic under a clock.</summary>
internal sealed class ClockedVectors<T>(IVectorKernels<T> inner, WorkClock clock) : IVectorKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Fill(Tensor<T> x, T value)
    {
        using (Begin()) inner.Fill(x, value);
    }

    public void Copy(Tensor<T> x, Tensor<T> y)
    {
        using (Begin()) inner.Copy(x, y);
    }

    public void Scale(double a, Tensor<T> x, Tensor<T> y)
    {
        using (Begin()) inner.Scale(a, x, y);
    }

    public void Axpy(double a, Tensor<T> x, Tensor<T> y)
    {
        using (Begin()) inner.Axpy(a, x, y);
    }

    public void Axpy(Tensor<double> a, Tensor<T> x, Tensor<T> y)
    {
        using (Begin()) inner.Axpy(a, x, y);
    }

    public void Combine(double a, Tensor<T> x, double b, Tensor<T> y, Tensor<T> z)
    {
        using (Begin()) inner.Combine(a, x, b, y, z);
    }

    public void Multiply(Tensor<T> x, Tensor<T> y, Tensor<T> z)
    {
        using (Begin()) inner.Multiply(x, y, z);
    }

    public double Dot(Tensor<T> x, Tensor<T> y)
    {
        using (Begin()) return inner.Dot(x, y);
    }

    public void Dot(Tensor<T> x, Tensor<T> y, Tensor<double> result)
    {
        using (Begin()) inner.Dot(x, y, result);
    }

    public double Norm(Tensor<T> x)
    {
        using (Begin()) return inner.Norm(x);
    }

    public double MaxAbs(Tensor<T> x)
    {
        using (Begin()) return inner.MaxAbs(x);
    }

    private DeviceRange Begin() => clock.Begin(ClockedWork.Vectors);
}

/// <summary>The passes of MINRES-QLP under a clock. No cycle is recorded: its operator could not be told from its passes.</summary>
internal sealed class ClockedMinresQlp<T>(IMinresQlpKernels<T> inner, WorkClock clock) : IMinresQlpKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool RunsCycles => false;

    public IMinresQlpState CreateState(Tensor<T> wl, Tensor<T> w, Tensor<T> x2) => inner.CreateState(wl, w, x2);

    public void Start(IMinresQlpState state, in MinresQlpSettings settings, in DiagonalWeights<T> weights, Tensor<T> b, Tensor<T> z)
    {
        using (Begin()) inner.Start(state, settings, weights, b, z);
    }

    public void LanczosProduct(IMinresQlpState state, Tensor<T> z, Tensor<T> previous, Tensor<T> p, bool withDirections)
    {
        using (Begin()) inner.LanczosProduct(state, z, previous, p, withDirections);
    }

    public void LanczosNormalise(IMinresQlpState state, Tensor<T> current, Tensor<T> p)
    {
        using (Begin()) inner.LanczosNormalise(state, current, p);
    }

    public void PreconditionedNorm(IMinresQlpState state, Tensor<T> r, Tensor<T> z)
    {
        using (Begin()) inner.PreconditionedNorm(state, r, z);
    }

    public void Advance(IMinresQlpState state)
    {
        using (Begin()) inner.Advance(state);
    }

    public void UpdateDirections(IMinresQlpState state, Tensor<T> z)
    {
        using (Begin()) inner.UpdateDirections(state, z);
    }

    public void RunCycles(IMinresQlpState state, IRecording cycle, ISolveWatch watch) => inner.RunCycles(state, cycle, watch);

    public void FormSolution(IMinresQlpState state, Tensor<T> z, Tensor<T> x)
    {
        using (Begin()) inner.FormSolution(state, z, x);
    }

    public void Poll(IMinresQlpState state, out MinresQlpScalars scalars)
    {
        using (Begin()) inner.Poll(state, out scalars);
    }

    private DeviceRange Begin() => clock.Begin(ClockedWork.Vectors);
}
