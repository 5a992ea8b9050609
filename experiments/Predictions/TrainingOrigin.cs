namespace PoseEngine.Experiments.Predictions;

/// <summary>What a model was trained on, as far as that can be told, and what follows for photographs.</summary>
internal static class TrainingOrigin
{
    /// <summary>Two sentences for page, console and JSON.</summary>
    public static string Describe(IReadOnlyDictionary<string, string> metadata)
    {
        if (DataSettings.FromModel(metadata) is not { } data)
        {
            return "The model file does not say what the model was trained on. Unless that was pictures like these, what it makes of them is a smoke test, no benchmark.";
        }
        if (data.Pack is null || IsDrawn(data.Pack))
        {
            return "This model was trained on drawn people. Photographs are shown to it as a smoke test, no benchmark: the poses show that the whole chain works, not how well a model does that was trained on photographs.";
        }
        return $"This model was trained on the pack {Path.GetFileName(Path.TrimEndingDirectorySeparator(data.Pack))}. Pictures of another kind are a smoke test for it, no benchmark.";
    }

    private static bool IsDrawn(string pack)
    {
        try
        {
            return PackFiles.ReadDescription(Path.Combine(pack, PackFiles.Description))?.Generator is "walker" or "motion" or "mixed";
        }
        catch (Exception e) when (e is UserErrorException or IOException or UnauthorizedAccessException)
        {
            // The pack may be gone or on another machine; the other sentence is true of every pack.
            return false;
        }
    }
}
