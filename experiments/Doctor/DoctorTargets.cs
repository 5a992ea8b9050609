namespace PoseEngine.Experiments.Doctor;

/// <summary>Which models are looked at, and what has to be said of them first.</summary>
internal static class DoctorTargets
{
    private const string Ending = ".safetensors";

    /// <summary>The model files that a path stands for: itself, or the models of a run.</summary>
    /// <param name="path">A model file or the folder of a run.</param>
    /// <param name="model">Of a run this one alone, or null.</param>
    /// <exception cref="UserErrorException">There is no such file, run or model.</exception>
    public static IReadOnlyList<string> Of(string path, string? model)
    {
        if (!Directory.Exists(path))
        {
            if (model is not null) throw new UserErrorException($"--model {model}: {path} is no folder of a run, of which one model could be chosen; leave --model out");
            return File.Exists(path) ? [path] : throw new UserErrorException($"{path}: there is no such file or folder; give a model file, or the --out folder of a run");
        }
        var run = RunDirectory.Open(path);
        IReadOnlyList<string> trained = [.. run.ReadSummary()?.Models.Where(m => m.Diverged is null).Select(m => Path.Combine(run.Path, m.Model)) ?? Saved(run)];
        trained = [.. trained.Where(File.Exists)];
        if (trained.Count == 0) throw new UserErrorException($"{path}: the run has saved no model that did not diverge; let it go on with --resume");
        if (model is null) return trained;
        var name = RunDirectory.FileName(model.EndsWith(Ending, StringComparison.Ordinal) ? model[..^Ending.Length] : model);
        string NameOf(string file) => Path.GetFileNameWithoutExtension(file);
        IReadOnlyList<string> found = [.. trained.Where(file => NameOf(file) == name)];
        if (found.Count == 0) found = [.. trained.Where(file => NameOf(file).StartsWith($"{name}-", StringComparison.Ordinal))];
        return found.Count > 0 ? found : throw new UserErrorException($"--model {model}: {path} has no such model; it has {string.Join(", ", trained.Select(NameOf))}");
    }

    /// <summary>One line where the model's constraints are not those that are looked at.</summary>
    public static IEnumerable<string> NotesOn<T>(ModelFile<T> model, Problem problem, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var method = model.Metadata.GetValueOrDefault("method", "");
        if (model.Constraints is not { } texts) yield return "The model's file names no constraints: those of the problem are looked at.";
        else if (Text(Attempt.Of(() => ConstraintTexts.FromJson(texts), (FormatException e) => new UserErrorException($"{path}: {e.Message.ReplaceLineEndings(" ")}", e))) is var own && own != Text(problem.Constraints)) yield return $"The model was trained under other constraints than those that are looked at: {own}; not {Text(problem.Constraints)}.";
        else if (method.Length > 0 && MethodClasses.Of(method) == MethodClass.Unconstrained) yield return "The model was trained without constraints: the problem's are looked at, as at the start of a constrained training.";
    }

    private static IEnumerable<string> Saved(RunDirectory run)
        => Directory.Exists(run.ModelsPath) ? Directory.EnumerateFiles(run.ModelsPath, $"*{Ending}").Order(StringComparer.Ordinal) : [];

    private static string Text(ConstraintTexts texts) => string.Join(", ", texts.Texts.Select(row => row.Text));
}
