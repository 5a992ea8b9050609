namespace PoseEngine.Experiments.Commands;

/// <summary>A saved model with the problem and the data that it is looked at on: those that it was trained on, unless others are
/// named.</summary>
/// <param name="Model">The model, which fits the problem.</param>
/// <param name="Problem">Open.</param>
/// <param name="IsOwn">Whether the data are those of the model's own training run.</param>
internal sealed record SavedModel<T>(ModelFile<T> Model, Problem Problem, bool IsOwn) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Loads a model, and opens its problem with what was typed of problem and data.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="named">How messages call it: the option's name and the path.</param>
    /// <exception cref="UserErrorException">The file says nothing of its data and none were named, or its network does not fit them.</exception>
    /// <exception cref="ModelFileException">It is no model, or damaged.</exception>
    public static SavedModel<T> Open(
        string path, string named, ComputeDevice<T> device, ProblemOptions options, ParseResult parsed, int threads, IRunObserver observer, CancellationToken token)
    {
        var model = ModelFile<T>.Load(path, device);
        var trainedOn = DataSettings.FromModel(model.Metadata);
        var spec = options.IsNamed(parsed) ? options.Spec(parsed) : Problem.SpecOf(model.Metadata);
        MetricColumns.Use(ProblemWords.Of(spec));
        var access = new DataAccess(options.Cache(parsed), threads, observer.Phase, token);
        var problem = Problem.Open(spec, Settings(spec, trainedOn, named, options, parsed), access, ProblemScale.From(model.Metadata, path));
        try
        {
            Fit(model, problem, named);
            return new SavedModel<T>(model, problem, trainedOn is not null && trainedOn.Fingerprint == problem.Data.Settings.Fingerprint);
        }
        catch
        {
            problem.Dispose();
            throw;
        }
    }

    /// <summary>Closes the data and frees the parameters.</summary>
    public void Dispose()
    {
        Problem.Dispose();
        Model.Parameters.Storage.Dispose();
    }

    private static DataSettings Settings(ProblemSpec spec, DataSettings? trainedOn, string named, ProblemOptions options, ParseResult parsed)
    {
        var settings = trainedOn ?? spec.Data;
        if (options.Pack(parsed) is { } pack)
        {
            // The model's split by subject means nothing to a pack of other people.
            settings = settings.On(pack);
            return settings.Split == DataSettings.SubjectSplit && !HasSubjects(pack) ? settings with { Split = DataSettings.RandomSplit } : settings;
        }
        if (options.IsNamed(parsed) && spec.Data.Inputs is not null) return spec.Data with { Seed = settings.Seed, Split = spec.Data.Split };
        return trainedOn ?? throw new UserErrorException($"{named}: the file does not say what it was trained on; give --data PACK");
    }

    private static bool HasSubjects(string folder)
    {
        using var pack = Pack.Open(folder);
        return PackSplit.UsualValidationSubjects.All(pack.Subjects.Contains);
    }

    private static void Fit(ModelFile<T> model, Problem problem, string named)
    {
        if (model.Network.Output.Count == problem.Outputs && model.Network.Input.ToString() == problem.Input) return;
        throw new UserErrorException($"{named}: its network maps {model.Network.Input} to {model.Network.Output}, {problem.Spec.Name} needs {problem.Input} to {problem.Outputs}");
    }
}
