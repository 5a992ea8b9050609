using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// The Gram matrix S = A A^T of an active set's constraint rows, A = dC/dw, at the constraint's current point: J backward
/// passes and a few matrix products, whatever the number of parameters. See <see cref="Linearization{T}.LopGram"/>. Where
/// rows bind samples together the backward passes are those of the values, and S of the rows is P S P of theirs.
/// </summary>
/// <typeparam name="T">The number type of the rows; S is float64.</typeparam>
public sealed class ConstraintGram<T> : GramMatrix, IRowProducts<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Samples whose rows are put into their order at a time.</summary>
    private const int PartSamples = 16;

    private readonly Workspace<T> _memory;
    private readonly OutputConstraintFunction<T> _constraint;
    private readonly GramSum<T> _sum;
    private readonly Tensor<T> _units;
    private readonly Tensor<T> _adjoints;
    private readonly Tensor<T> _rows;
    private double[]? _copy;

    /// <summary>Memory for the Gram matrix of a constraint function.</summary>
    public ConstraintGram(OutputConstraintFunction<T> constraint)
    {
        _constraint = constraint;
        var at = constraint.Linearization;
        var device = at.Network.Device;
        var rows = constraint.Constraint.RowsPerSample;
        _memory = new Workspace<T>(device);
        _sum = _memory.Own(new GramSum<T>(at, rows, keepsRows: constraint.Centring is null));
        _units = _memory.From(UnitRows(rows, at.Batch), new Shape(rows, constraint.RowCount));
        _adjoints = _memory.Zeros(new Shape(constraint.RowCount, at.Output.Count / at.Batch));
        _rows = _memory.Zeros(constraint.RowCount);
    }

    /// <inheritdoc/>
    public bool HasRows => _sum.Factors is not null;

    /// <inheritdoc/>
    /// <remarks>Not where rows are the same within groups: S is singular then.</remarks>
    public override bool SumsInBlocks => typeof(T) == typeof(float) && _constraint.Centring is null;

    /// <inheritdoc/>
    public override void Form(Span<double> s, CancellationToken cancellation = default)
    {
        Guard.Equal(s.Length, _sum.Value.Count, "the Gram matrix");
        FormStacked(IsExact, cancellation);
        SampleMajor(s);
        _constraint.Centring?.ApplyToBothSides(s);
    }

    /// <summary>J.</summary>
    internal int Stack => _sum.Stack;

    /// <summary>
    /// S [J N, J N] on the device as of the last <see cref="FormStacked"/>, its upper triangle, with rows in the order j N + k;
    /// whoever wants may factor it in place.
    /// </summary>
    internal Tensor<double> StackedSum => _sum.Value;

    /// <summary>Forms S where it stays; part of a recording where the function is.</summary>
    internal void FormStacked(bool isExact, CancellationToken cancellation = default)
    {
        var at = _constraint.Linearization;
        _constraint.Constraint.LopStack(at.Output, _constraint.Columns, _units, _adjoints, _sum.Stack, cancellation);
        _sum.IsExact = isExact;
        _sum.Clear();
        at.LopGram(_adjoints, _sum, cancellation);
    }

    /// <summary>A v [J N] in the order of <see cref="StackedSum"/>, where there are rows.</summary>
    internal void RopStacked(Tensor<T> v, Tensor<T> result) => Factors.Rop(v, result);

    /// <summary>A^T u [N_P] for u [J N] in that order.</summary>
    internal void LopStacked(Tensor<T> u, Tensor<T> result) => Factors.Lop(u, result);

    /// <inheritdoc/>
    public double[] Rop(Tensor<T> v)
    {
        RopStacked(v, _rows);
        var stacked = _rows.ToArray();
        return [.. Enumerable.Range(0, stacked.Length).Select(i => double.CreateTruncating(stacked[Stacked(i)]))];
    }

    /// <inheritdoc/>
    public void Lop(double[] u, Tensor<T> result)
    {
        var stacked = new T[u.Length];
        for (var i = 0; i < u.Length; i++) stacked[Stacked(i)] = T.CreateTruncating(u[i]);
        _rows.CopyFrom(stacked);
        LopStacked(_rows, result);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _memory.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>For each j the weights that pick constraint j of every sample.</summary>
    internal static T[] UnitRows(int rows, int samples)
    {
        var units = new T[rows * rows * samples];
        for (var j = 0; j < rows; j++)
        {
            for (var k = 0; k < samples; k++) units[(j * rows * samples) + (k * rows) + j] = T.One;
        }
        return units;
    }

    private GramFactors<T> Factors => _sum.Factors ?? throw new InvalidOperationException("gram: the rows were not kept");

    /// <summary>The place in the order j N + k of row J k + j.</summary>
    private int Stacked(int row) => (row % _sum.Stack * _sum.Batch) + (row / _sum.Stack);

    /// <summary>
    /// From the upper triangle with rows in the order j N + k to all of S with rows in the order J k + j. A part is the rows of a
    /// few samples, which stay in the cache.
    /// </summary>
    private unsafe void SampleMajor(Span<double> s)
    {
        var address = _sum.Value.Storage.HostAddress;
        if (address == 0) _sum.Value.CopyTo(_copy ??= new double[s.Length]);
        fixed (double* target = s, copy = _copy)
        {
            var (to, from) = ((nint)target, address == 0 ? (nint)copy : address);
            _constraint.Linearization.Network.Device.OnHost((_sum.Batch + PartSamples - 1) / PartSamples, part => SampleMajor((double*)from, (double*)to, part * PartSamples));
        }
    }

    private unsafe void SampleMajor(double* stacked, double* s, int first)
    {
        for (var j = 0; j < _sum.Stack; j++)
        {
            for (var l = 0; l < _sum.Batch; l += PartSamples) SampleMajor(stacked, s, j, first, l);
        }
    }

    /// <summary>Constraint j of some samples with all constraints of some others.</summary>
    private unsafe void SampleMajor(double* stacked, double* s, int j, int first, int firstOther)
    {
        var (rows, samples, count) = (_sum.Stack, _sum.Batch, _sum.RowCount);
        var (end, endOther) = (Math.Min(first + PartSamples, samples), Math.Min(firstOther + PartSamples, samples));
        for (var other = 0; other < rows; other++)
        {
            for (var k = first; k < end; k++)
            {
                var r = (j * samples) + k;
                var target = s + ((long)((k * rows) + j) * count) + other;
                for (var l = firstOther; l < endOther; l++)
                {
                    var c = (other * samples) + l;
                    target[l * rows] = stacked[r <= c ? ((nint)r * count) + c : ((nint)c * count) + r];
                }
            }
        }
    }
}
