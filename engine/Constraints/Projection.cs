using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>
/// The projection onto a constraint, sample by sample: y = P(yhat, x) is the nearest point at which all rows hold,
/// <code>
/// y = argmin 1/2 ||y - yhat||^2   subject to   C_j(y, x) = 0, or C_j(y, x) &lt;= 0
/// </code>
/// found in float64 by Newton's method on the KKT conditions, with a line search on an l1 merit function, an active-set
/// method for inequalities and a rank-revealing solve where rows are dependent, in at most
/// <see cref="NewtonCourse.MostRounds"/> evaluations. Distances are in the unit of the outputs. A sample that does not converge keeps its best point
/// and is counted by <see cref="Report"/>. The derivative follows from the implicit function theorem: with
/// W = I + sum_j lambda_j d2C_j/dy2,
/// <code>
/// [ W  A^T ] [ dy      ]   [ dyhat ]
/// [ A   0  ] [ dlambda ] = [ 0     ]
/// </code>
/// which is symmetric: R-op and L-op are one product. The columns x are constants of the derivative.
/// </summary>
/// <typeparam name="T">The number type of the outputs.</typeparam>
public sealed class Projection<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly ICompiledProjection<T> _compiled;
    private readonly ProjectedSamples _samples;
    private readonly int _outputs;

    /// <summary>The projection onto rows of text; rows that bind samples to each other ("same within") are left out.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="texts">The rows.</param>
    /// <param name="samples">N, the samples of a call.</param>
    /// <exception cref="ArgumentException">The rows have too many derivatives; the message names the limit.</exception>
    /// <exception cref="NotSupportedException">The device takes no rows of this size; the message names the limit.</exception>
    public Projection(ComputeDevice<T> device, ConstraintTexts texts, int samples)
        : this(device, device.Family<IProjectionKernels<T>>().Compile(texts.Projection), samples, texts.Variables.Outputs, texts.Projection.Columns, texts.Projection.IsAtMost.Count)
        => (CanRecord, OperationsPerRound) = (true, texts.Projection.Newton?.Program.Instructions.Count ?? 0);

    /// <summary>
    /// The projection onto rows in C#, on the host. With <see cref="CurvedSampleConstraint{T}"/> it takes Newton steps, else
    /// Gauss-Newton steps, which end at the same point after more rounds and leave the curvature out of the derivative.
    /// </summary>
    /// <param name="device">Where outputs are.</param>
    /// <param name="rows">The rows, in float64 whatever the device's precision.</param>
    /// <param name="kinds">Which rows are at most 0; these must give C_j itself, also where they hold. All are 0 by default.</param>
    /// <param name="columns">K, the columns of a sample.</param>
    /// <param name="samples">N, the samples of a call.</param>
    /// <exception cref="ArgumentException">
    /// The rows declare themselves at most 0, which gives 0 where they hold and hides the boundary from a projection.
    /// </exception>
    public Projection(
        ComputeDevice<T> device, SampleConstraint<double> rows, int samples, IReadOnlyList<ConstraintKind>? kinds = null, int columns = 0)
        : this(device, new HostProjection<T>(new SampleRows(rows, kinds)), samples, rows.OutputCount, columns, rows.Rows.Count)
    {
    }

    private Projection(ComputeDevice<T> device, ICompiledProjection<T> compiled, int samples, int outputs, int columns, int rows)
    {
        Guard.Positive(samples, "the samples of a projection");
        (_memory, _compiled, _outputs) = (new Workspace<T>(device), compiled, outputs);
        _samples = new ProjectedSamples(
            _memory.Zeros<double>(new Shape(samples, outputs)), columns == 0 ? default : _memory.Zeros<double>(new Shape(samples, columns)),
            _memory.Zeros<double>(new Shape(samples, rows)), _memory.Zeros<int>(new Shape(samples)), _memory.Zeros<int>(new Shape(samples)));
    }

    /// <summary>N, the samples of a call.</summary>
    public int Samples => _samples.Count;

    /// <summary>Operations of a round of one sample with sparse matrices, as far as these are known: what no way does without.</summary>
    public int OperationsPerRound { get; }

    /// <summary>Whether both functions may be recorded and replayed.</summary>
    public bool CanRecord { get; }

    /// <summary>The last call's nearest points in float64 [N, outputs].</summary>
    public Tensor<double> Points => _samples.Points;

    /// <summary>The last call's multipliers lambda [N, J], in units of the outputs squared by that of the row.</summary>
    public Tensor<double> Multipliers => _samples.Multipliers;

    /// <summary>y = P(yhat, x).</summary>
    /// <param name="target">yhat [N, outputs].</param>
    /// <param name="x">Columns of the samples [N, K], absent where the rows read none.</param>
    /// <param name="y">[N, outputs], overwritten; not yhat.</param>
    /// <exception cref="ArgumentException">A tensor has a wrong size, or the rows read columns and <paramref name="x"/> is absent.</exception>
    public void Project(Tensor<T> target, Tensor<T> x, Tensor<T> y)
    {
        Guard.Equal(target.Count, Samples * _outputs, $"projection: the outputs of {Samples} samples");
        Guard.Equal(y.Count, target.Count, "projection: the nearest points");
        if (!_samples.Columns.IsAbsent)
        {
            if (x.IsAbsent) throw new ArgumentException($"projection: the rows read {_samples.Columns.Count / Samples} columns of each sample, which are absent", nameof(x));
            Guard.Equal(x.Count, _samples.Columns.Count, $"projection: the columns of {Samples} samples");
        }
        _compiled.Project(target, x, _samples, y);
    }

    /// <summary>result = dP/dyhat v = v^T dP/dyhat, both R-op and L-op, at the points of the last call.</summary>
    /// <param name="v">[N, outputs].</param>
    /// <param name="result">[N, outputs], overwritten; not v.</param>
    public void Product(Tensor<T> v, Tensor<T> result)
    {
        Guard.Equal(v.Count, Samples * _outputs, $"projection: a direction of the outputs of {Samples} samples");
        Guard.Equal(result.Count, v.Count, "projection: the product");
        _compiled.Product(_samples, v, result);
    }

    /// <summary>What became of each of the last call's samples [N].</summary>
    public ProjectionExit[] Exits() => Array.ConvertAll(_samples.Exits.ToArray(), exit => (ProjectionExit)exit);

    /// <summary>What became of the first samples of the last call.</summary>
    /// <param name="samples">How many count, N by default.</param>
    public ProjectionReport Report(int? samples = null)
        => ProjectionReport.Of(_samples.Exits.ToArray().AsSpan(0, samples ?? Samples), _samples.Rounds.ToArray().AsSpan(0, samples ?? Samples));

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();
}
