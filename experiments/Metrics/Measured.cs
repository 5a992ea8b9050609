using PoseEngine.Expressions;

namespace PoseEngine.Experiments.Metrics;

/// <summary>Predictions beside targets and constraints, which all metrics are computed from; what several of them need is computed once,
/// when the first one asks. Numbers are in the unit of the targets.</summary>
internal sealed class Measured
{
    private readonly Dictionary<string, double[]> _known = [];
    private Measured? _projected;

    private Measured(Problem problem, double[] predictions, double[] targets, double[] columns, int[] groups, double[] violations)
        => (Problem, Predictions, Targets, Columns, Groups, Violations) = (problem, predictions, targets, columns, groups, violations);

    public Problem Problem { get; }

    /// <summary>[N, outputs].</summary>
    public double[] Predictions { get; }

    /// <summary>[N, outputs]; empty where there is an objective.</summary>
    public double[] Targets { get; }

    /// <summary>The columns that texts read [N, K].</summary>
    public double[] Columns { get; }

    /// <summary>The groups that constraints are the same within [N, K]; empty where none is.</summary>
    public int[] Groups { get; }

    /// <summary>|C| [N, J], each in its own unit; of a row that is the same within a group the distance from the group's mean over all samples.</summary>
    public double[] Violations { get; }

    /// <summary>N.</summary>
    public int Samples => Predictions.Length / Problem.Outputs;

    /// <summary>J.</summary>
    public int Constraints => Problem.Spec.Constraints.Count;

    /// <summary>Numbers of a point; 1 where outputs are no points.</summary>
    public int Width => Problem.Outputs / Points;

    /// <summary>Points of a sample, or outputs where those are no points.</summary>
    public int Points => Problem.Spec.Points.Count > 0 ? Problem.Spec.Points.Count : Problem.Outputs;

    /// <summary>|C| of one constraint [N].</summary>
    public double[] ViolationsOf(int constraint) => [.. Enumerable.Range(0, Samples).Select(k => Violations[(k * Constraints) + constraint])];

    /// <summary>The standard deviation of one constraint's value within each group of two samples or more, sqrt(mean C^2) over the group; none
    /// where it binds no samples together.</summary>
    public double[] DeviationsOf(int constraint)
    {
        if (Problem.Measured.Rows[constraint].Group is not { } column) return [];
        var (columns, values) = (Problem.Measured.Groups, ViolationsOf(constraint));
        var grouping = columns.ToList().IndexOf(column);
        int[] labels = [.. Enumerable.Range(0, Samples).Select(k => Groups[(k * columns.Count) + grouping])];
        return [.. SampleGroups.Members(labels).Where(members => members.Length > 1).Select(members => Math.Sqrt(members.Average(k => values[k] * values[k])))];
    }

    /// <summary>The share of constraints met against the threshold (Fig. 2(b)).</summary>
    public IReadOnlyList<SharePoint> ShareCurve() => SharePoint.Curve(Violations, Problem.IsPose ? SharePoint.Millimetres : SharePoint.Decades);

    /// <summary>The metric of a key, of those that are one number.</summary>
    public double Value(string key) => MetricTable.Get(key).Compute(this).First();

    /// <summary>The metric of a key, of those that have a number for each part.</summary>
    public double[] Values(string key) => [.. MetricTable.Get(key).Compute(this)];

    /// <summary>Distances of points from where they should be [N, points].</summary>
    public double[] Distances => Once("distances", () => DistancesOf(Predictions));

    /// <summary>The mean distance of each sample's points.</summary>
    public double[] SampleErrors => Once("samples", () => Means(Distances));

    /// <summary>The distances after an alignment of each sample (<see cref="PointAlignment"/>).</summary>
    public double[] AlignedDistances(string name, Alignment align) => Once(name, () =>
    {
        var aligned = new double[Predictions.Length];
        var width = Problem.Outputs;
        for (var at = 0; at < aligned.Length; at += width) align(Predictions.AsSpan(at, width), Targets.AsSpan(at, width), aligned.AsSpan(at, width));
        return DistancesOf(aligned);
    });

    /// <summary>Brings a predicted sample nearer to its target.</summary>
    public delegate void Alignment(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, Span<double> aligned);

    /// <summary>Measures predictions [N, outputs] in the unit of the targets, for some samples.</summary>
    public static Measured Of(Problem problem, SampleSet samples, double[] predictions)
        => Of(problem, predictions, samples.Targets, samples.Columns, samples.Groups);

    public static Measured Of(Problem problem, double[] predictions, double[] targets, double[] columns, int[] groups)
        => new(problem, predictions, targets, columns, groups, Array.ConvertAll(ResidualsOf(problem, predictions, columns, groups), Math.Abs));

    /// <summary>Other predictions for the same samples.</summary>
    public Measured With(double[] predictions) => Of(Problem, predictions, Targets, Columns, Groups);

    /// <summary>The same of always predicting one answer.</summary>
    public Measured OfConstant(double[] answer)
    {
        var predictions = new double[Predictions.Length];
        for (var at = 0; at < predictions.Length; at += answer.Length) answer.CopyTo(predictions, at);
        return With(predictions);
    }

    /// <summary>The same of predictions that were moved to the nearest points at which the constraints hold; null where there is nothing to
    /// project onto.</summary>
    public Measured? Projected
    {
        get
        {
            if (_projected is null && Problem.Constraints.IsProjectable)
            {
                var (outputs, report) = OutputProjection.Of(Problem.Constraints, Predictions, Columns);
                (_projected, Projection) = (With(outputs), report);
            }
            return _projected;
        }
    }

    /// <summary>What became of the samples of <see cref="Projected"/>, once that was asked for.</summary>
    public ProjectionReport Projection { get; private set; }

    public Measured Some(int[] samples)
    {
        double[] Part(double[] all) => all.Length == 0 ? [] : NumberData.Rows(all, all.Length / Samples, samples);
        var width = Groups.Length / Samples;
        return new(
            Problem, Part(Predictions), Part(Targets), Part(Columns), [.. samples.SelectMany(k => Groups[(k * width)..((k + 1) * width)])], Part(Violations));
    }

    /// <summary>C with its sign [N, J], in float64: the constraints that training uses, on outputs in their own unit. Rows that are the same
    /// within a group are compared with its mean over all samples.</summary>
    public static double[] ResidualsOf(Problem problem, double[] predictions, double[] columns, int[] groups)
    {
        using var device = new CpuDevice<double>(1);
        var constraint = new ConstraintSet<double>(device, problem.Measured);
        var residuals = Run(predictions, columns, problem.Outputs, constraint.Rows.Count, device, constraint.Evaluate);
        Centre(problem.Measured, residuals, groups);
        return residuals;
    }

    private static void Centre(ConstraintTexts constraints, double[] residuals, int[] groups)
    {
        var (rows, columns) = (constraints.Rows, constraints.Groups.ToList());
        var samples = residuals.Length / rows.Count;
        for (var j = 0; j < rows.Count; j++)
        {
            if (rows[j].Group is not { } column) continue;
            var grouping = columns.IndexOf(column);
            double[] values = [.. Enumerable.Range(0, samples).Select(k => residuals[(k * rows.Count) + j])];
            SampleGroups.Centre(values, [.. Enumerable.Range(0, samples).Select(k => groups[(k * columns.Count) + grouping])]);
            for (var k = 0; k < samples; k++) residuals[(k * rows.Count) + j] = values[k];
        }
    }

    /// <summary>The objective of each sample, or none where there are targets.</summary>
    public double[] Objectives => Once("objective", () =>
    {
        if (Problem.Spec.Objective is not { } text) return [];
        using var device = new CpuDevice<double>(1);
        var loss = new ExpressionLoss<double>(device, Problem.Measured.Variables, text);
        return Run(Predictions, Columns, Problem.Outputs, 1, device, loss.Evaluate);
    });

    private static double[] Run(
        double[] y, double[] x, int outputs, int rows, CpuDevice<double> device, Action<Tensor<double>, Tensor<double>, Tensor<double>> evaluate)
    {
        var samples = y.Length / outputs;
        if (samples == 0) return [];
        var results = device.Zeros(new Shape(samples, rows));
        evaluate(device.From(y, new Shape(samples, outputs)), x.Length == 0 ? default : device.From(x, new Shape(samples, x.Length / samples)), results);
        return results.ToArray();
    }

    private double[] DistancesOf(double[] predictions)
    {
        var (distances, width) = (new double[Targets.Length / Width], Width);
        for (var i = 0; i < distances.Length; i++)
        {
            var square = 0.0;
            for (var d = i * width; d < (i + 1) * width; d++) square += (predictions[d] - Targets[d]) * (predictions[d] - Targets[d]);
            distances[i] = Math.Sqrt(square);
        }
        return distances;
    }

    private double[] Means(double[] distances)
    {
        var means = new double[distances.Length / Points];
        for (var k = 0; k < means.Length; k++) means[k] = distances.AsSpan(k * Points, Points).ToArray().Average();
        return means;
    }

    private double[] Once(string name, Func<double[]> compute)
    {
        if (!_known.TryGetValue(name, out var values)) _known[name] = values = compute();
        return values;
    }
}
