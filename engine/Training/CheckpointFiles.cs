using System.Globalization;

namespace PoseEngine.Training;

/// <summary>
/// The checkpoints of one model in a folder: a file for each iteration, of which the last two are kept. The older one is
/// deleted only when the newer one is on the disk, so that there is a whole one at every moment.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="name">The model's name as a file name; it holds no @.</param>
public sealed class CheckpointFiles(string folder, string name)
{
    /// <summary>How many are kept.</summary>
    public const int Kept = 2;

    private const string Extension = ".safetensors";

    /// <summary>The checkpoints that are there, the newest first.</summary>
    public IReadOnlyList<string> NewestFirst()
    {
        if (!Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateFiles(folder)
            .Select(path => (Path: path, Iteration: IterationOf(Path.GetFileName(path))))
            .Where(file => file.Iteration is not null)
            .OrderByDescending(file => file.Iteration)
            .Select(file => file.Path)];
    }

    /// <summary>The file of a checkpoint.</summary>
    public string PathAt(long iteration) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}@{iteration}{Extension}"));

    /// <summary>Deletes all but the last two.</summary>
    public void DropOld()
    {
        foreach (var path in NewestFirst().Skip(Kept)) File.Delete(path);
    }

    private long? IterationOf(string file)
    {
        if (!file.StartsWith(name + "@", StringComparison.Ordinal) || !file.EndsWith(Extension, StringComparison.Ordinal)) return null;
        var digits = file.AsSpan(name.Length + 1, file.Length - name.Length - 1 - Extension.Length);
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var iteration) ? iteration : null;
    }
}
