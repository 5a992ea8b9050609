using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Runs a network over a whole set of samples in batches of a fixed size and measures it.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Evaluator<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly ISampleSource _source;
    private readonly double _unit;
    private readonly IOutputConstraint<T>? _constraint;
    private readonly ForwardPasses<T> _passes;
    private readonly int _outputs;
    private readonly int[] _samples;
    private readonly Tensor<T> _rows;
    private double[]? _targets;

    /// <summary>An evaluator over all samples of a source.</summary>
    /// <param name="network">phi.</param>
    /// <param name="source">The samples.</param>
    /// <param name="unit">The number of the source's units in one unit of the network's outputs.</param>
    /// <param name="batch">Samples of one forward pass.</param>
    /// <param name="constraint">
    /// C_j whose violations are measured, or null. Rows that are the same within a group are compared with the mean of the
    /// group over the whole source, whatever the batch.
    /// </param>
    /// <param name="keepsImages">Whether the device may keep the source's images; false where these change.</param>
    /// <exception cref="ArgumentException">A row is the same within a group, and the source has other groupings than the rows.</exception>
    public Evaluator(
        Network<T> network, ISampleSource source, double unit = 1, int batch = 128, IOutputConstraint<T>? constraint = null,
        bool keepsImages = true)
    {
        if (ConstraintRow.GroupsOf(constraint?.Rows ?? []) is { Count: > 0 } columns)
        {
            Guard.Equal(source.Groupings, columns.Count, $"constraints that are the same within {string.Join(" and ", columns)}: the groupings of the samples");
        }
        (_source, _unit, _constraint, _outputs) = (source, unit, constraint, network.Output.Count);
        _memory = new Workspace<T>(network.Device);
        var resident = keepsImages ? ResidentImages<T>.Create(network.Device, source) : null;
        if (resident is not null) _memory.Own(resident);
        _passes = _memory.Own(new ForwardPasses<T>(network, source, unit, resident, batch));
        _samples = [.. Enumerable.Range(0, source.Count)];
        if (constraint is not null) _rows = _memory.Zeros(_passes.Batch * constraint.RowsPerSample);
    }

    /// <summary>The targets of all samples [N, outputs] in the source's unit, read once.</summary>
    public ReadOnlySpan<double> Targets => _targets ??= ReadTargets();

    /// <summary>The predictions for all samples [N, outputs] in the source's unit.</summary>
    /// <param name="w">The parameters [N_P].</param>
    /// <param name="progress">Hears of samples done and their number.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    public double[] Predict(
        Tensor<T> w, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancellation = default)
        => Run(w, [], progress, cancellation);

    /// <summary>Predictions, error against the targets where there are any, and violations where a constraint was given.</summary>
    /// <param name="w">The parameters [N_P].</param>
    /// <param name="tolerance">A constraint counts as met up to this |C_j|, in its own unit.</param>
    /// <param name="progress">Hears of samples done and their number.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    public NetworkEvaluation Evaluate(
        Tensor<T> w, double tolerance = 0, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancellation = default)
    {
        var rows = _constraint?.RowsPerSample ?? 0;
        var violations = new double[rows][];
        for (var j = 0; j < rows; j++) violations[j] = new double[_source.Count];
        var predictions = Run(w, violations, progress, cancellation);
        Centre(violations);
        foreach (var row in violations)
        {
            for (var i = 0; i < row.Length; i++) row[i] = Math.Abs(row[i]);
        }
        return new NetworkEvaluation
        {
            Predictions = predictions,
            Rmse = _source.Outputs == 0 ? double.NaN : Math.Sqrt(MeanSquare(predictions)),
            Unit = _unit,
            Violations = [.. violations.Select((v, j) => RowViolation.Of(_constraint!.Rows[j], v, tolerance))],
        };
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>All predictions; fills in the value of each row at each sample, an array a row, where there are arrays.</summary>
    private double[] Run(
        Tensor<T> w, double[][] values, IProgress<(long Done, long Total)>? progress, CancellationToken cancellation)
    {
        var predictions = new double[_source.Count * _outputs];
        var (outputs, rows) = (new T[_passes.Output.Count], new T[_passes.Batch * values.Length]);
        for (var first = 0; first < _source.Count; first += _passes.Batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = _passes.Run(w, _samples, first, out var count);
            _passes.Output.CopyTo(outputs);
            for (var i = 0; i < count * _outputs; i++) predictions[(first * _outputs) + i] = double.CreateTruncating(outputs[i]) * _unit;
            if (values.Length > 0)
            {
                _constraint!.Evaluate(_passes.Output, batch.Columns, _rows);
                _rows.CopyTo(rows);
                for (var i = 0; i < count * values.Length; i++) values[i % values.Length][first + (i / values.Length)] = double.CreateTruncating(rows[i]);
            }
            progress?.Report((first + count, _source.Count));
        }
        return predictions;
    }

    /// <summary>Takes the means of groups out of the rows that are the same within them.</summary>
    private void Centre(double[][] values)
    {
        if (_constraint is null) return;
        foreach (var (grouping, column) in ConstraintRow.GroupsOf(_constraint.Rows).Index())
        {
            int[] labels = [.. _samples.Select(sample => _source.GroupOf(sample, grouping))];
            for (var j = 0; j < values.Length; j++)
            {
                if (_constraint.Rows[j].Group == column) SampleGroups.Centre(values[j], labels);
            }
        }
    }

    private double MeanSquare(ReadOnlySpan<double> predictions)
    {
        Guard.Equal(_outputs, _source.Outputs, "the targets of a sample");
        var targets = Targets;
        var sum = 0.0;
        for (var i = 0; i < predictions.Length; i++) sum += (predictions[i] - targets[i]) * (predictions[i] - targets[i]);
        return sum / predictions.Length;
    }

    private double[] ReadTargets()
    {
        var targets = new double[_source.Count * _source.Outputs];
        for (var i = 0; i < _source.Count; i++) _source.CopyTarget(i, targets.AsSpan(i * _source.Outputs, _source.Outputs));
        return targets;
    }
}
