namespace PoseEngine.Experiments.Predictions;

/// <summary>Predictions for a file of inputs: outputs and constraints of each row, as a table.</summary>
internal static class NumberPredictions
{
    /// <summary>Predicts, and writes what was asked for; without a file the table goes to the console.</summary>
    /// <param name="projects">Whether the nearest outputs at which the constraints hold stand beside the raw ones.</param>
    /// <param name="csv">A CSV file to write, or null.</param>
    /// <param name="json">A JSON file to write, or null.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static void Write<T>(ModelFile<T> model, string path, string inputs, bool projects, string? csv, string? json, CancellationToken cancellation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var problem = Problem.OfInputs(model, path, inputs);
        using var evaluator = new Evaluator<T>(model.Network, problem.Data.All.Source);
        var predictions = ProblemParts<T>.Predict(problem, evaluator, model.Parameters, null, cancellation);
        var residuals = Measured.ResidualsOf(problem, predictions, problem.Data.All.Columns, problem.Data.All.Groups);
        var projected = projects ? OutputProjection.Of(problem.Constraints, predictions, problem.Data.All.Columns) : null;
        var (names, constraints) = (NamesOf(problem), problem.Spec.ConstraintNames);
        if (json is not null) OutputFile.WriteText(json, Json(path, inputs, names, constraints, predictions, residuals, projected));
        if (csv is not null) OutputFile.WriteText(csv, Table(names, constraints, predictions, residuals, projected));
        if (json is null && csv is null) Console.Write(Table(names, constraints, predictions, residuals, projected));
        else Console.WriteLine($"{predictions.Length / names.Count:N0} samples: {string.Join(" and ", new[] { csv, json }.OfType<string>())}");
        if (projected is { Report.Failed: > 0 }) Console.Error.WriteLine($"{projected.Report.Failures}; their projected outputs are the best that were found");
    }

    private static IReadOnlyList<string> NamesOf(Problem problem)
        => problem.Outputs == problem.OutputNames.Count ? problem.OutputNames : [.. problem.OutputNames.SelectMany(name => Enumerable.Range(0, problem.Outputs / problem.OutputNames.Count).Select(d => $"{name}[{d}]"))];

    /// <summary>A row a sample: outputs, the value of each constraint, which is 0 where it holds, and the projected outputs.</summary>
    private static string Table(IReadOnlyList<string> names, IReadOnlyList<string> constraints, double[] predictions, double[] residuals, ProjectedOutputs? projected)
    {
        var heads = names.Concat(constraints.Select(name => $"C {name}")).Concat(projected is null ? [] : names.Select(name => $"projected {name}"));
        var text = new StringBuilder().AppendJoin(',', heads.Select(Quoted)).Append('\n');
        for (var k = 0; k < predictions.Length / names.Count; k++)
        {
            var row = predictions.Skip(k * names.Count).Take(names.Count).Concat(residuals.Skip(k * constraints.Count).Take(constraints.Count));
            // All digits of what holds to the last of them.
            var nearest = projected is null ? [] : projected.Outputs.Skip(k * names.Count).Take(names.Count).Select(value => value.ToString("R", CultureInfo.InvariantCulture));
            text.AppendJoin(',', row.Select(value => value.ToString("G9", CultureInfo.InvariantCulture)).Concat(nearest)).Append('\n');
        }
        return text.ToString();
    }

    private static string Quoted(string name) => name.AsSpan().IndexOfAny(",\"") < 0 ? name : $"\"{name.Replace("\"", "\"\"")}\"";

    private static string Json(string model, string inputs, IReadOnlyList<string> names, IReadOnlyList<string> constraints, double[] predictions, double[] residuals, ProjectedOutputs? projected)
        => JsonSerializer.Serialize(
            new
            {
                command = "predict",
                model,
                inputs,
                outputs = names,
                constraints,
                notProjected = projected?.Report.Failed,
                samples = Enumerable.Range(0, predictions.Length / names.Count).Select(k => new
                {
                    outputs = predictions.Skip(k * names.Count).Take(names.Count),
                    constraints = residuals.Skip(k * constraints.Count).Take(constraints.Count),
                    projected = projected?.Outputs.Skip(k * names.Count).Take(names.Count),
                }),
            },
            RunJson.Indented) + "\n";
}
