namespace PoseEngine.Experiments.Metrics;

/// <summary>All metrics. A new one is one row.</summary>
internal static class MetricTable
{
    private static readonly List<Metric> Rows =
    [
        new("error", "error", Error) { InTraining = true, InGroups = true },
        new("errorWithoutPelvis", "error, points without the first", m => [PerPoint(m, m.Distances).Skip(1).Average()]) { AppliesTo = HasPoints },
        new("rootAligned", "root-aligned MPJPE (protocol 1)", m => [Mean(m, "root", PointAlignment.Root)]) { AppliesTo = HasPoints3, Short = "root-aligned", InGroups = true },
        new("nMpjpe", "N-MPJPE (best scale)", m => [Mean(m, "scale", PointAlignment.RootAndScale)]) { AppliesTo = HasPoints3, Short = "N-MPJPE", InGroups = true },
        new("paMpjpe", "PA-MPJPE (protocol 2)", m => [Mean(m, "similarity", PointAlignment.Similarity)]) { AppliesTo = HasPoints3, Short = "PA-MPJPE", InGroups = true },
        new("meanSquaredError", "mean squared error", m => [m.Distances.Average(d => d * d)]) { AppliesTo = HasPlainTargets, Short = "MSE", HasUnit = false, InTraining = true, InGroups = true },
        new("mpsse", "MPSSE, mean |C|", m => [m.Violations.Average()]) { AppliesTo = p => p.IsPose },
        new("meanViolation", "mean |C|", m => [m.Violations.Average()]) { AppliesTo = p => !p.IsPose, InTraining = true },
        new("medianViolation", "median |C|", m => [Quantile(m.Violations, 0.5)]) { InTraining = true, InGroups = true },
        new("p95Violation", "95 % of |C| below", m => [Quantile(m.Violations, 0.95)]) { InTraining = true },
        new("maxViolation", "largest |C|", m => [m.Violations.Max()]),
        new("projectedError", "error, outputs projected", m => Error(m.Projected!)) { Short = "error, projected", IsProjected = true, AppliesTo = CanProject, InTraining = true },
        new("projectedMedianViolation", "median |C|, outputs projected", m => [Quantile(OfSingleSamples(m.Projected!), 0.5)]) { IsProjected = true, AppliesTo = CanProject },
        new("projectedMaxViolation", "largest |C|, outputs projected", m => [OfSingleSamples(m.Projected!).Max()]) { Short = "largest |C|, projected", IsProjected = true, AppliesTo = CanProject, InTraining = true },
        new("notProjected", "samples that were not projected", m => [m.Projected is null ? double.NaN : m.Projection.Failed]) { Short = "not projected", IsProjected = true, IsFault = true, AppliesTo = CanProject, HasUnit = false, InTraining = true },
        new("perConstraintMedian", "median |C| of each constraint", m => PerConstraint(m, v => Quantile(v, 0.5))) { Parts = MetricParts.Constraints, Short = "median", InTraining = true },
        new("perConstraintP95", "95 % of |C| of each constraint below", m => PerConstraint(m, v => Quantile(v, 0.95))) { Parts = MetricParts.Constraints, Short = "95 %" },
        new("perConstraintMax", "largest |C| of each constraint", m => PerConstraint(m, v => v.Max())) { Parts = MetricParts.Constraints, Short = "largest" },
        new("withinSpread", "spread within groups", m => [RootMeanSquare(Enumerable.Range(0, m.Constraints).SelectMany(m.DeviationsOf))]) { AppliesTo = BindsSamples, Short = "within", InTraining = true },
        new("perConstraintWithinSpread", "spread of each value within its group", m => PerGrouped(m, RootMeanSquare)) { Parts = MetricParts.Constraints, AppliesTo = BindsSamples, Short = "spread within", InTraining = true },
        new("perConstraintWithinMedian", "median spread of each value within its group", m => PerGrouped(m, s => Quantile([.. s], 0.5))) { Parts = MetricParts.Constraints, AppliesTo = BindsSamples, Short = "median within" },
        new("perJointError", "error of each point", m => PerPoint(m, m.Distances)) { Parts = MetricParts.Outputs, Short = "error", AppliesTo = HasPoints },
        new("perJointPaError", "error of each point after PA", m => PerPoint(m, m.AlignedDistances("similarity", PointAlignment.Similarity))) { Parts = MetricParts.Outputs, Short = "after PA", AppliesTo = HasPoints3 },
        new("perOutputRmse", "root mean square error of each output", PerOutputRmse) { Parts = MetricParts.Outputs, Short = "RMSE", AppliesTo = HasPlainTargets },
        new("projectedPerOutputRmse", "root mean square error of each output, projected", m => PerOutputRmse(m.Projected!)) { Parts = MetricParts.Outputs, Short = "RMSE, projected", IsProjected = true, AppliesTo = p => HasPlainTargets(p) && CanProject(p) },
    ];

    public static IReadOnlyList<Metric> All => Rows;

    public static IEnumerable<Metric> Of(Problem problem) => All.Where(metric => metric.AppliesTo(problem));

    public static Metric Get(string key) => Rows.First(metric => metric.Key == key);

    /// <summary>Makes a metric known until the result is disposed of.</summary>
    public static IDisposable Register(Metric metric)
    {
        Rows.Add(metric);
        return new Registration(metric);
    }

    /// <summary>The error that training minimizes: the mean distance of points, the root mean square of other targets, the mean of an
    /// objective.</summary>
    private static IEnumerable<double> Error(Measured m)
        => [m.Targets.Length == 0 ? m.Objectives.Average() : HasPoints(m.Problem) ? PerPoint(m, m.Distances).Average() : Math.Sqrt(m.Distances.Average(d => d * d))];

    /// <summary>The mean over samples of each point.</summary>
    private static double[] PerPoint(Measured m, double[] values)
    {
        var means = new double[m.Points];
        for (var place = 0; place < values.Length; place++) means[place % means.Length] += values[place] / m.Samples;
        return means;
    }

    private static IEnumerable<double> PerOutputRmse(Measured m) => PerPoint(m, [.. m.Distances.Select(d => d * d)]).Select(Math.Sqrt);

    private static double Mean(Measured m, string name, Measured.Alignment align) => PerPoint(m, m.AlignedDistances(name, align)).Average();

    private static IEnumerable<double> PerConstraint(Measured m, Func<double[], double> of)
        => Enumerable.Range(0, m.Constraints).Select(j => of(m.ViolationsOf(j)));

    /// <summary>A figure of the standard deviations s_g of the groups of each constraint: their root mean square over groups, sqrt(mean s_g^2),
    /// with s_g = sqrt(mean over the group of (value - its mean)^2), or another; NaN where a constraint is on one sample.</summary>
    private static IEnumerable<double> PerGrouped(Measured m, Func<IEnumerable<double>, double> of)
        => Enumerable.Range(0, m.Constraints).Select(m.DeviationsOf).Select(deviations => deviations.Length == 0 ? double.NaN : of(deviations));

    private static double RootMeanSquare(IEnumerable<double> values) => Math.Sqrt(values.Select(v => v * v).DefaultIfEmpty(double.NaN).Average());

    /// <summary>The values come in any order and are left so.</summary>
    private static double Quantile(double[] values, double share) => Statistics.QuantileOrNaN([.. values], share);

    /// <summary>|C| of the rows that a projection of one sample can meet.</summary>
    private static double[] OfSingleSamples(Measured m)
        => [.. m.Problem.Measured.Rows.Index().Where(row => row.Item.Group is null).SelectMany(row => m.ViolationsOf(row.Index))];

    private static bool CanProject(Problem problem) => problem.Constraints.IsProjectable;

    private static bool HasTargets(Problem problem) => problem.Spec.Objective is null;

    private static bool HasPlainTargets(Problem problem) => HasTargets(problem) && !HasPoints(problem);

    private static bool BindsSamples(Problem problem) => problem.Measured.Groups.Count > 0;

    private static bool HasPoints(Problem problem) => problem.Spec.Points.Count > 0;

    private static bool HasPoints3(Problem problem) => HasPoints(problem) && problem.Outputs == 3 * problem.Spec.Points.Count;

    private sealed class Registration(Metric metric) : IDisposable
    {
        public void Dispose() => Rows.Remove(metric);
    }
}
