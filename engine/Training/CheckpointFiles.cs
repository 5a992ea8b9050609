using System.Globalization;
using PoseEngine.Models;

namespace PoseEngine.Training;

/// <summary>
/// The checkpoints of one run in a folder: a file for each iteration, of which the last two are kept. The older one is
/// deleted only when the newer one is on the disk, so that there is a whole one at every moment.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="name">The run's name as a file name; it holds no @.</param>
public sealed class CheckpointFiles(string folder, string name)
{
    /// <summary>How many are kept.</summary>
    public const int Kept = 2;

    private const string Extension = ".safetensors";

    /// <summary>The last checkpoint, or null.</summary>
    public string? Newest => NewestFirst().FirstOrDefault();

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

    /// <summary>Writes the checkpoint of an iteration and deletes all but the last two.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public string Save<T>(Checkpoint<T> checkpoint, long iteration, IReadOnlyDictionary<string, double> notes)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        => Write(iteration, path => checkpoint.Save(path, iteration, notes));

    /// <summary>The same by whoever knows the contents.</summary>
    internal string Write(long iteration, Action<string> write)
    {
        var path = PathAt(iteration);
        try
        {
            Directory.CreateDirectory(folder);
            write(path);
            DropOld();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"cannot write {path}: {e.Message.Split('\n')[0].TrimEnd('.', '\r')}; free space there or choose another folder", e);
        }
        return path;
    }

    /// <summary>
    /// Restores the last checkpoint, or the one before where that one is damaged, and gives its iteration and notes; null
    /// where there is none.
    /// </summary>
    /// <param name="checkpoint">What is restored.</param>
    /// <param name="note">Hears of damaged files.</param>
    /// <exception cref="OtherRunException">A checkpoint is of another run.</exception>
    /// <exception cref="DamagedCheckpointException">There are checkpoints, and all are damaged.</exception>
    public (long Iteration, IReadOnlyDictionary<string, double> Notes)? Restore<T>(Checkpoint<T> checkpoint, Action<string>? note = null)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var paths = NewestFirst();
        for (var i = 0; i < paths.Count; i++)
        {
            try
            {
                var restored = checkpoint.Restore(paths[i]);
                // Only now that another one has been read: until then the damaged ones are all that there is.
                foreach (var damaged in paths.Take(i)) File.Delete(damaged);
                return restored;
            }
            catch (ModelFileException e) when (e is not OtherRunException)
            {
                if (i == paths.Count - 1)
                {
                    throw new DamagedCheckpointException($"{e.Message}; there is no earlier checkpoint: delete it to train this model anew", e);
                }
                note?.Invoke($"{e.Message}; going on from the checkpoint before, {Path.GetFileName(paths[i + 1])}");
            }
        }
        return null;
    }

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

/// <summary>None of a run's checkpoints can be read.</summary>
/// <param name="message">Which file, why and what to do.</param>
/// <param name="inner">What the last one tried threw.</param>
public sealed class DamagedCheckpointException(string message, Exception inner) : ModelFileException(message, inner);
