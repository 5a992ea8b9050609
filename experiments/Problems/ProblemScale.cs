using PoseEngine.Expressions;

namespace PoseEngine.Experiments.Problems;

/// <summary>How a problem's numbers become the network's: kept in the model, so that others' data are read alike.</summary>
/// <param name="Inputs">Mean and spread of inputs; null leaves them as they are.</param>
/// <param name="Outputs">Mean and spread of targets.</param>
internal sealed record ProblemScale(OutputScale? Inputs, OutputScale Outputs)
{
    private const string Key = "scale";

    public void WriteTo(IDictionary<string, string> metadata)
        => metadata[Key] = JsonSerializer.Serialize(
            new Content(Inputs?.Means, Inputs?.Spreads, Outputs.Means, Outputs.Spreads), RunJson.Line);

    /// <summary>Reads it out of a model's metadata; null where it has none.</summary>
    /// <exception cref="ModelFileException">It is damaged.</exception>
    public static ProblemScale? From(IReadOnlyDictionary<string, string> metadata, string path)
    {
        if (!metadata.TryGetValue(Key, out var text)) return null;
        return Attempt.When(
            () =>
            {
                var content = JsonSerializer.Deserialize<Content>(text, RunJson.Line) ?? throw new JsonException("it is null");
                return new ProblemScale(
                    content.InputMeans is null || content.InputSpreads is null ? null : new OutputScale(content.InputMeans, content.InputSpreads),
                    new OutputScale(content.OutputMeans ?? [], content.OutputSpreads ?? []));
            },
            e => e is JsonException or ArgumentException,
            e => new ModelFileException($"{path}: the metadata \"{Key}\" is damaged: {e.Message.ReplaceLineEndings(" ")}", e));
    }

    private sealed record Content(IReadOnlyList<double>? InputMeans, IReadOnlyList<double>? InputSpreads, IReadOnlyList<double>? OutputMeans, IReadOnlyList<double>? OutputSpreads);
}
