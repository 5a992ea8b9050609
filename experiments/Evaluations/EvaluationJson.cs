namespace PoseEngine.Experiments.Evaluations;

/// <summary>The JSON of an evaluation: the metrics of the main subset at the top, under the names of the table.</summary>
internal static class EvaluationJson
{
    /// <summary>The text of the file.</summary>
    public static string Of(ModelEvaluation evaluation)
    {
        var (main, problem) = (evaluation.Main, evaluation.Problem);
        var json = new JsonObject
        {
            ["command"] = "evaluate",
            ["model"] = evaluation.Model,
            ["data"] = evaluation.Data,
            ["device"] = evaluation.Device,
            ["precision"] = evaluation.Precision,
            ["subset"] = main.Name,
            ["samples"] = main.Model.Samples,
        };
        if (problem.Spec.Name != BuiltInProblems.Pose) json["problem"] = problem.Spec.Name;
        json["constraints"] = Names(problem.Spec.ConstraintNames);
        json[problem.Spec.Points.Count > 0 ? "joints" : "outputs"] = Names(problem.IsPose ? Enum.GetNames<Joint>() : problem.OutputNames);
        AddSubset(json, main, evaluation.Projects);
        if (main.Mean is { } mean) json["meanPose"] = Metrics(mean, metric => !metric.IsProjected);
        json["train"] = null;
        if (evaluation.Train is { } train)
        {
            var half = new JsonObject { ["samples"] = train.Model.Samples, ["available"] = train.Available };
            AddSubset(half, train, evaluation.Projects);
            json["train"] = half;
        }
        json["gates"] = JsonSerializer.SerializeToNode(evaluation.Gates, RunJson.Indented);
        return json.ToJsonString(RunJson.Indented);
    }

    private static void AddSubset(JsonObject json, SubsetEvaluation subset, bool projects)
    {
        foreach (var (name, value) in Metrics(subset.Model, metric => projects || !metric.IsProjected)) json[name] = value?.DeepClone();
        if (subset.Mean is { } mean) json[MeanErrorName(subset.Model.Problem)] = Error(mean);
        json["shareMet"] = JsonSerializer.SerializeToNode(subset.Model.ShareCurve(), RunJson.Indented);
        foreach (var (kind, groups) in subset.Breakdowns)
        {
            json[$"by{char.ToUpperInvariant(kind[0])}{kind[1..]}"] = new JsonArray([.. groups.Select(group =>
            {
                var part = new JsonObject { ["name"] = group.Name, ["samples"] = group.Model.Samples };
                foreach (var (name, value) in Metrics(group.Model, metric => metric is { Parts: MetricParts.One, IsProjected: false })) part[name] = value?.DeepClone();
                part[MeanErrorName(group.Model.Problem)] = Error(group.Mean);
                return part;
            })]);
        }
    }

    private static JsonObject Metrics(Measured measured, Func<Metric, bool> which)
        => new(MetricTable.Of(measured.Problem).Where(which).Select(metric => KeyValuePair.Create(
            metric.NameOn(measured.Problem), JsonSerializer.SerializeToNode(MetricFigures.Element(metric, measured), RunJson.Indented))));

    private static string MeanErrorName(Problem problem) => (MetricTable.Get("error") with { Key = "meanPoseError" }).NameOn(problem);

    private static JsonNode? Error(Measured mean) => JsonSerializer.SerializeToNode(mean.Value("error"), RunJson.Indented);

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(name => (JsonNode?)name)];
}
