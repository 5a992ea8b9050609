using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>
/// The way to a constraint that text cannot say: three functions of one sample's outputs y and columns x, in plain C#.
/// They run on the host, so a GPU device copies the outputs (a few kilobytes) there and back.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="name">A name for reports.</param>
/// <param name="outputs">The number of a sample's outputs.</param>
/// <param name="rows">The rows of one sample; one that is at most 0 must return 0 where it holds.</param>
public abstract class SampleConstraint<T>(string name, int outputs, IReadOnlyList<ConstraintRow> rows) : IOutputConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly HostRows _y = new();
    private readonly HostRows _x = new();
    private readonly HostRows _u = new();
    private readonly HostRows _v = new();
    private T[] _result = [];

    /// <summary>Equalities that differ by number alone.</summary>
    /// <param name="name">A name for reports.</param>
    /// <param name="outputs">The number of a sample's outputs.</param>
    /// <param name="rowsPerSample">J, the number of constraints a sample.</param>
    protected SampleConstraint(string name, int outputs, int rowsPerSample)
        : this(name, outputs, ConstraintRow.Numbered(name, rowsPerSample))
    {
    }

    /// <summary>The number of a sample's outputs.</summary>
    internal int OutputCount => outputs;

    private protected delegate void SampleFunction(int sample, Span<T> result);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IReadOnlyList<ConstraintRow> Rows => rows;

    /// <inheritdoc/>
    public void Evaluate(Tensor<T> y, Tensor<T> x, Tensor<T> c)
    {
        Fetch(y, x, default, default);
        Run(c, (k, result) => Value(_y[k], _x[k], result));
    }

    /// <inheritdoc/>
    public void Rop(Tensor<T> y, Tensor<T> x, Tensor<T> dy, Tensor<T> dc)
    {
        Fetch(y, x, default, dy);
        Run(dc, (k, result) => Rop(_y[k], _x[k], _v[k], result));
    }

    /// <inheritdoc/>
    public void Lop(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> uy)
    {
        Fetch(y, x, u, default);
        Run(uy, (k, result) => Lop(_y[k], _x[k], _u[k], result));
    }

    /// <summary>The value of one sample, for a projection.</summary>
    internal void ValueOf(ReadOnlySpan<T> y, ReadOnlySpan<T> x, Span<T> c) => Value(y, x, c);

    /// <summary>The L-op of one sample, for a projection.</summary>
    internal void LopOf(ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> u, Span<T> uy) => Lop(y, x, u, uy);

    /// <summary>c = C(y, x) for one sample; <paramref name="x"/> is empty where the batch has no columns.</summary>
    protected abstract void Value(ReadOnlySpan<T> y, ReadOnlySpan<T> x, Span<T> c);

    /// <summary>dc = dC/dy dy for one sample; <paramref name="dc"/> comes filled with zeros.</summary>
    protected abstract void Rop(ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dc);

    /// <summary>uy = u^T dC/dy for one sample; <paramref name="uy"/> comes filled with zeros.</summary>
    protected abstract void Lop(ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> u, Span<T> uy);

    private protected void Curve(Tensor<T> y, Tensor<T> x, Tensor<T> multipliers, Tensor<T> v, Tensor<T> result, CurvatureFunction function)
    {
        Fetch(y, x, multipliers, v);
        Run(result, (k, own) => function(_y[k], _x[k], _u[k], _v[k], own));
    }

    private protected delegate void CurvatureFunction(
        ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> multipliers, ReadOnlySpan<T> v, Span<T> result);

    /// <summary>Brings the arguments to the host.</summary>
    private void Fetch(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> v)
    {
        var samples = y.Shape[0];
        Guard.Equal(y.Count, samples * outputs, $"constraint {name}: the outputs of {samples} samples");
        _y.Fetch(y, samples);
        _x.Fetch(x, samples);
        _u.Fetch(u, samples);
        _v.Fetch(v, samples);
    }

    /// <summary>Calls a function for each sample and brings the results to the device.</summary>
    private void Run(Tensor<T> result, SampleFunction function)
    {
        if (_result.Length < result.Count) _result = new T[result.Count];
        var all = _result.AsSpan(0, result.Count);
        all.Clear();
        var width = _y.Samples == 0 ? 0 : result.Count / _y.Samples;
        for (var k = 0; k < _y.Samples; k++) function(k, all.Slice(k * width, width));
        result.CopyFrom(all);
    }

    /// <summary>A tensor's rows on the host, one a sample; empty rows where the tensor is absent.</summary>
    private sealed class HostRows
    {
        private T[] _values = [];
        private int _width;

        public int Samples { get; private set; }

        public ReadOnlySpan<T> this[int sample] => _values.AsSpan(sample * _width, _width);

        public void Fetch(Tensor<T> tensor, int samples)
        {
            (Samples, _width) = (samples, tensor.IsAbsent || samples == 0 ? 0 : tensor.Count / samples);
            if (_width == 0) return;
            if (_values.Length < tensor.Count) _values = new T[tensor.Count];
            tensor.CopyTo(_values.AsSpan(0, tensor.Count));
        }
    }
}

/// <summary>A <see cref="SampleConstraint{T}"/> that gives its second derivatives as well.</summary>
/// <inheritdoc cref="SampleConstraint{T}"/>
public abstract class CurvedSampleConstraint<T>(string name, int outputs, IReadOnlyList<ConstraintRow> rows)
    : SampleConstraint<T>(name, outputs, rows), ICurvedConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public void Curvature(Tensor<T> y, Tensor<T> x, Tensor<T> multipliers, Tensor<T> v, Tensor<T> result)
        => Curve(y, x, multipliers, v, result, Curvature);

    /// <summary>The curvature product of one sample, for a projection.</summary>
    internal void CurvatureOf(ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> multipliers, ReadOnlySpan<T> v, Span<T> result)
        => Curvature(y, x, multipliers, v, result);

    /// <summary>
    /// result = (sum_j lambda_j d2C_j/dy2) v for one sample; <paramref name="result"/> comes filled with zeros.
    /// </summary>
    protected abstract void Curvature(
        ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> multipliers, ReadOnlySpan<T> v, Span<T> result);
}
