using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>
/// The easy way to a constraint of one's own: three functions of one sample's outputs, in plain C#. They run on the
/// host, so a GPU device copies the outputs (a few kilobytes) there and back.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="name">A name for reports.</param>
/// <param name="outputs">The number of a sample's outputs.</param>
/// <param name="rowsPerSample">J, the number of constraints a sample.</param>
public abstract class SampleConstraint<T>(string name, int outputs, int rowsPerSample) : IOutputConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T[] _y = [];
    private T[] _other = [];
    private T[] _result = [];

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public int RowsPerSample => rowsPerSample;

    /// <inheritdoc/>
    public void Evaluate(Tensor<T> y, Tensor<T> c)
    {
        var samples = Fetch(y, default, c.Count);
        for (var k = 0; k < samples; k++) Value(Outputs(_y, k), Rows(_result, k));
        c.CopyFrom(_result.AsSpan(0, c.Count));
    }

    /// <inheritdoc/>
    public void Rop(Tensor<T> y, Tensor<T> dy, Tensor<T> dc)
    {
        var samples = Fetch(y, dy, dc.Count);
        for (var k = 0; k < samples; k++) Rop(Outputs(_y, k), Outputs(_other, k), Rows(_result, k));
        dc.CopyFrom(_result.AsSpan(0, dc.Count));
    }

    /// <inheritdoc/>
    public void Lop(Tensor<T> y, Tensor<T> u, Tensor<T> uy)
    {
        var samples = Fetch(y, u, uy.Count);
        for (var k = 0; k < samples; k++) Lop(Outputs(_y, k), Rows(_other, k), Outputs(_result, k));
        uy.CopyFrom(_result.AsSpan(0, uy.Count));
    }

    /// <summary>c = C(y) for one sample.</summary>
    protected abstract void Value(ReadOnlySpan<T> y, Span<T> c);

    /// <summary>dc = dC/dy dy for one sample.</summary>
    protected abstract void Rop(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dc);

    /// <summary>uy = u^T dC/dy for one sample; <paramref name="uy"/> comes filled with zeros.</summary>
    protected abstract void Lop(ReadOnlySpan<T> y, ReadOnlySpan<T> u, Span<T> uy);

    private Span<T> Outputs(T[] array, int sample) => array.AsSpan(sample * outputs, outputs);

    private Span<T> Rows(T[] array, int sample) => array.AsSpan(sample * rowsPerSample, rowsPerSample);

    /// <summary>Brings the arguments to the host, clears the result and returns the number of samples.</summary>
    private int Fetch(Tensor<T> y, Tensor<T> other, int resultCount)
    {
        var samples = y.Shape[0];
        Guard.Equal(y.Count, samples * outputs, $"constraint {name}: the outputs of {samples} samples");
        if (_y.Length < y.Count) _y = new T[y.Count];
        y.CopyTo(_y.AsSpan(0, y.Count));
        if (!other.IsAbsent)
        {
            if (_other.Length < other.Count) _other = new T[other.Count];
            other.CopyTo(_other.AsSpan(0, other.Count));
        }
        if (_result.Length < resultCount) _result = new T[resultCount];
        _result.AsSpan(0, resultCount).Clear();
        return samples;
    }
}
