using PoseEngine.Expressions;

namespace PoseEngine.Experiments.Problems;

/// <summary>An open problem: its data, and its constraints with the names that they use.</summary>
internal sealed class Problem : IDisposable
{
    private const string NameKey = "problem_name", TextKey = "problem", FolderKey = "problem_folder";
    private double[]? _mean;

    private readonly ProblemData? _data;

    private Problem(ProblemSpec spec, ProblemData? data, ConstraintTexts constraints, ConstraintTexts measured)
        => (Spec, _data, Constraints, Measured) = (spec, data, constraints, measured);

    public ProblemSpec Spec { get; }
    public ProblemData Data => _data ?? throw new InvalidOperationException($"the data of {Spec.Name} are not open");

    /// <summary>The constraints on what the network computes, in its own units.</summary>
    public ConstraintTexts Constraints { get; }

    /// <summary>The same on outputs in the unit of the targets, as reports give them.</summary>
    public ConstraintTexts Measured { get; }

    /// <summary>The names that constraints and objective use.</summary>
    public ExpressionVariables Variables => Constraints.Variables;

    public int Outputs => Variables.Outputs;
    public string Input => Spec.Input ?? Data.Input;

    /// <summary>How numbers become the network's.</summary>
    public ProblemScale Scale => _data?.Scale ?? new ProblemScale(null, Variables.Scale!);

    /// <summary>Whether it is about the 17 joints of a person, whose pictures reports can draw.</summary>
    public bool IsPose => Spec.IsPose;

    /// <summary>Names of outputs, or of points where there are some, for tables.</summary>
    public IReadOnlyList<string> OutputNames => Spec.Points.Count > 0 ? Spec.Points
        : Variables.OutputNames.Count > 0 ? Variables.OutputNames
        : [.. Enumerable.Range(1, Outputs).Select(i => $"y{i}")];

    /// <summary>The mean of all training targets: what a model that sees nothing should answer.</summary>
    public double[] MeanTarget => _mean ??= Mean();

    /// <summary>Opens a problem on its data, with what the command line says of them.</summary>
    /// <param name="scale">The scale of a model that is to be measured; null finds it out.</param>
    /// <exception cref="UserErrorException">Data or texts are wrong.</exception>
    public static Problem Open(ProblemSpec spec, DataSettings settings, DataAccess access, ProblemScale? scale = null)
    {
        var outputs = OutputsOf(spec);
        var data = ProblemData.Open(spec, settings, outputs, scale, access);
        try
        {
            if (data.Outputs > 0 && data.Outputs != outputs)
            {
                throw spec.Error("layers", $"the network ends with {outputs} outputs, the targets have {data.Outputs} numbers; let layers end with dense{data.Outputs}");
            }
            if (spec.Input is { } input && input != data.Input) throw spec.Error("input", $"inputs are {data.Input}, not {input}; leave it out, or give the shape of the data");
            var problem = Of(spec, data, outputs, data.Scale.Outputs);
            CheckGroups(spec, problem.Constraints, data.Constrained);
            return problem;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>A problem whose data stay closed, for what needs network and constraints alone; null where inputs or scale follow from the
    /// data.</summary>
    public static Problem? WithoutData(ProblemSpec spec)
        => spec is { Input: not null, OutputScale: { } unit, Data.Inputs: null } ? Of(spec, null, OutputsOf(spec), OutputScale.Uniform(OutputsOf(spec), unit)) : null;

    /// <summary>The problem that a model was trained on, about inputs alone.</summary>
    /// <exception cref="UserErrorException">The inputs are others than the model's.</exception>
    public static Problem OfInputs<T>(ModelFile<T> model, string path, string inputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var scale = ProblemScale.From(model.Metadata, path);
        if (scale is null || !model.Metadata.ContainsKey(TextKey)) throw new UserErrorException($"--model {path}: the model is of no problem of files of numbers; give pictures by --image");
        var names = model.Constraints is { } texts ? ConstraintTexts.FromJson(texts).Variables.OutputNames : [];
        var data = ProblemData.OfInputs(inputs, scale, names);
        return data.Input == model.Network.Input.ToString()
            ? Of(SpecOf(model.Metadata), data, model.Network.Output.Count, scale.Outputs)
            : throw new UserErrorException($"--inputs {inputs}: inputs are {data.Input}, the model takes {model.Network.Input}");
    }

    /// <summary>The problem that a model was trained on, as far as its file says; else the built-in one.</summary>
    public static ProblemSpec SpecOf(IReadOnlyDictionary<string, string> metadata)
        => metadata.TryGetValue(TextKey, out var text)
            ? ProblemFile.Parse($"{metadata.GetValueOrDefault(NameKey, "problem")}.toml", text, metadata.GetValueOrDefault(FolderKey, Environment.CurrentDirectory))
            : ProblemFile.Read(metadata.GetValueOrDefault(NameKey, BuiltInProblems.Pose));

    /// <summary>What model files say of the problem.</summary>
    public Dictionary<string, string> Metadata()
    {
        var metadata = new Dictionary<string, string> { [DataSettings.ModelKey] = Data.Settings.ToJson(), [NameKey] = Spec.Name };
        if (Spec.Folder is { } folder) (metadata[TextKey], metadata[FolderKey]) = (Spec.Text, folder);
        if (IsPose) metadata["joints"] = "human36m-17, camera space minus pelvis";
        Scale.WriteTo(metadata);
        return metadata;
    }

    public void Dispose() => _data?.Dispose();

    private static Problem Of(ProblemSpec spec, ProblemData? data, int outputs, OutputScale scale)
    {
        var columns = data?.Numbers?.ColumnNames ?? [];
        IReadOnlyList<string> names = spec.Points.Count > 0 ? [] : spec.Outputs.Count > 0 ? spec.Outputs : data?.OutputNames ?? [];
        try
        {
            ExpressionVariables Variables(OutputScale? units) => new(outputs, spec.Points, names, columns) { Scale = units };
            IReadOnlyList<ConstraintText> rows = [.. spec.Constraints.Select(row => row with { Unit = row.Unit ?? (spec.Unit.Length > 0 ? spec.Unit : null) })];
            var problem = new Problem(spec, data, new ConstraintTexts(Variables(scale), rows), new ConstraintTexts(Variables(null), rows));
            var objective = spec.Objective is null ? null : ExpressionPrograms.Scalar(problem.Variables, "objective", spec.Objective);
            if (problem.Constraints.Value.Reads(ExpressionVariables.ColumnArray) || objective?.Reads(ExpressionVariables.ColumnArray) == true) data?.KeepColumns();
            if (data is not null && problem.Constraints.Groups.Count > 0) Group(spec, problem.Constraints, data);
            data?.OpenUnlabelled();
            return problem;
        }
        catch (ExpressionException e)
        {
            throw spec.Error(e.What, $"{(e.Line > 1 ? $"line {e.Line} of it, " : "")}column {e.Column}: {e.Reason}", e);
        }
        catch (ArgumentException e)
        {
            throw spec.Error("", $"{e.Message.Split('\n')[0].Split(" (Parameter")[0]}; names of inputs and outputs come from the headers of CSV files and from [targets]", e);
        }
    }

    /// <summary>Groups the samples by the columns that rows are the same within.</summary>
    private static void Group(ProblemSpec spec, ConstraintTexts constraints, ProblemData data)
    {
        var columns = data.GroupColumns;
        if (constraints.Rows.FirstOrDefault(row => row.Group is { } group && !columns.Contains(group)) is { } row)
        {
            throw spec.Error($"constraint {row.Name}", $"the samples of {data.Place} have no column \"{row.Group}\" to be the same within; {(columns.Count == 0 ? "they have none" : $"choose one of {string.Join(", ", columns)}")}");
        }
        data.GroupBy(constraints.Groups);
    }

    /// <summary>Refuses constraints across samples where active sets would find nothing to compare.</summary>
    private static void CheckGroups(ProblemSpec spec, ConstraintTexts constraints, SampleSet samples)
    {
        for (var grouping = 0; grouping < constraints.Groups.Count; grouping++)
        {
            if (samples.GroupsOf(grouping).Distinct().Count() < samples.Count) continue;
            var row = constraints.Rows.First(row => row.Group == constraints.Groups[grouping]);
            throw spec.Error($"constraint {row.Name}", $"each of the {samples.Count:N0} samples is a group of its own by \"{row.Group}\", so that there is nothing to compare; take a column that several samples share");
        }
    }

    /// <summary>What the network's text ends with, which the constraints are about.</summary>
    private static int OutputsOf(ProblemSpec spec)
    {
        // The shape of inputs is not known yet and matters to convolutions alone.
        var layers = Attempt.Of(() => LayerSpec.ParseNetwork(spec.Layers), (FormatException e) => spec.Error("layers", e.Message, e));
        return layers.OfType<DenseSpec>().LastOrDefault()?.Outputs
            ?? throw spec.Error("layers", $"the network {spec.Layers} has no dense layer, which says how many outputs there are; let layers end with denseN");
    }

    private double[] Mean()
    {
        var (targets, mean) = (Data.Labelled.Targets, new double[Outputs]);
        for (var i = 0; i < targets.Length; i++) mean[i % mean.Length] += targets[i] / Data.Labelled.Count;
        return mean;
    }
}

/// <summary>What the opening of data needs beside their settings.</summary>
/// <param name="Progress">Makes what hears of the progress of a phase, by its name.</param>
internal sealed record DataAccess(string? Cache, int Threads, Func<string, IProgress<(long Done, long Total)>> Progress, CancellationToken Token);
