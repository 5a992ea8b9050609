using System.Numerics;
using PoseEngine.Experiments.Reports;
using PoseEngine.Models;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Runs;

/// <summary>What a trainer keeps beside the method so that a resumed run reports as one that was never interrupted.</summary>
/// <param name="Seconds">Training time so far.</param>
/// <param name="KrylovIterations">Their sum over all steps.</param>
/// <param name="Solves">Steps that solved a system.</param>
/// <param name="BestIteration">Where the saved model comes from.</param>
/// <param name="BestErrorMm">Its validation error.</param>
internal sealed record TrainerNotes(
    double Seconds, double SolvedSeconds, double KrylovIterations, double Solves, long BestIteration, double BestErrorMm)
{
    public IReadOnlyDictionary<string, double> ToDictionary() => new Dictionary<string, double>
    {
        ["seconds"] = Seconds,
        ["solved_seconds"] = SolvedSeconds,
        ["krylov_iterations"] = KrylovIterations,
        ["solves"] = Solves,
        ["best_iteration"] = BestIteration,
        ["best_error_mm"] = BestErrorMm,
    };

    public static TrainerNotes From(IReadOnlyDictionary<string, double> notes) => new(
        notes.GetValueOrDefault("seconds"), notes.GetValueOrDefault("solved_seconds"),
        notes.GetValueOrDefault("krylov_iterations"), notes.GetValueOrDefault("solves"),
        (long)notes.GetValueOrDefault("best_iteration"), notes.GetValueOrDefault("best_error_mm", double.PositiveInfinity));
}

/// <summary>None of a model's checkpoints can be read.</summary>
/// <param name="message">Which file, why and what to do.</param>
/// <param name="inner">What the last one tried threw.</param>
public sealed class DamagedCheckpointException(string message, Exception inner) : ModelFileException(message, inner);

/// <summary>Writes the checkpoints of one model and finds the one to go on from.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="checkpoint">What is saved and restored.</param>
/// <param name="files">Where.</param>
/// <param name="unitMm">Millimetres of one output unit.</param>
/// <param name="settings">All settings that the run depends on.</param>
/// <param name="observer">Hears of damaged files.</param>
internal sealed class RunCheckpoints<T>(
    Checkpoint<T> checkpoint, CheckpointFiles files, double unitMm, IReadOnlyDictionary<string, string> settings, IRunObserver observer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private long _saved = -1;

    /// <summary>The last checkpoint, or null.</summary>
    public string? Newest => files.NewestFirst().FirstOrDefault();

    /// <summary>Writes the present state, unless it was written already.</summary>
    public void Save(TrainerNotes notes)
    {
        var iteration = checkpoint.Method.Iteration;
        if (iteration == _saved) return;
        var path = files.PathAt(iteration);
        OutputFile.Guard(path, () =>
        {
            checkpoint.Save(path, unitMm, settings, notes.ToDictionary());
            files.DropOld();
        });
        _saved = iteration;
    }

    /// <summary>
    /// Restores the last checkpoint, or the one before where that one is damaged, and gives its notes; null where there is
    /// none.
    /// </summary>
    /// <exception cref="OtherRunException">A checkpoint is of another run.</exception>
    /// <exception cref="DamagedCheckpointException">There are checkpoints, and all are damaged.</exception>
    public TrainerNotes? Resume()
    {
        var paths = files.NewestFirst();
        for (var i = 0; i < paths.Count; i++)
        {
            try
            {
                var notes = TrainerNotes.From(checkpoint.Restore(paths[i], settings));
                DeleteDamaged(paths.Take(i));
                _saved = checkpoint.Method.Iteration;
                return notes;
            }
            catch (ModelFileException e) when (e is not OtherRunException)
            {
                if (i == paths.Count - 1)
                {
                    throw new DamagedCheckpointException($"{e.Message}; there is no earlier checkpoint: delete it to train this model anew", e);
                }
                observer.Note($"{e.Message}; going on from the checkpoint before, {Path.GetFileName(paths[i + 1])}");
            }
        }
        return null;
    }

    /// <summary>Only once another one has been read: until then they are all that there is.</summary>
    private static void DeleteDamaged(IEnumerable<string> paths)
    {
        foreach (var path in paths) OutputFile.Guard(path, () => File.Delete(path));
    }
}
