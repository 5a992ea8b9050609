namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>A piece of work for one thread: images of a recording that follow each other, or a video from its beginning.</summary>
/// <param name="First">The first of the recording's picks.</param>
/// <param name="Count">How many of them.</param>
internal readonly record struct ImportUnit(PlannedRecording Recording, int First, int Count)
{
    /// <summary>Images that are written, and marked as done, together.</summary>
    public const int Images = 64;

    /// <summary>What is still to be done of a recording.</summary>
    public static IEnumerable<ImportUnit> Of(PlannedRecording recording, ImageState[] states)
    {
        var length = recording.Picks.Length;
        // A video has to be read from its beginning anyway.
        var chunk = recording.Frames is VideoFile ? length : Images;
        for (var first = 0; first < length; first += chunk)
        {
            var count = Math.Min(chunk, length - first);
            if (states.AsSpan(recording.First + first, count).Contains(ImageState.Open)) yield return new ImportUnit(recording, first, count);
        }
    }
}
