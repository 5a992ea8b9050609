using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Reports;

/// <summary>The content of summary.json: what a finished run found, one entry per trained model.</summary>
/// <param name="Command">The command that ran, such as "pose".</param>
/// <param name="Preset">"smoke", "quick" or "paper".</param>
/// <param name="Seed">The seed that every random choice of the run derives from.</param>
/// <param name="Device">The device that trained, such as "cpu".</param>
/// <param name="Precision">"float32" or "float64", with what is computed in less.</param>
/// <param name="Data">The data the models were trained and judged on.</param>
/// <param name="Models">One entry per configuration; the unconstrained model first.</param>
/// <param name="SecondsTotal">Wall-clock time of the whole run, data generation included.</param>
public sealed record RunSummary(
    string Command, string Preset, long Seed, string Device, string Precision, string Version,
    DataSummary Data, IReadOnlyList<ModelSummary> Models, double SecondsTotal);

/// <summary>The data of a run.</summary>
/// <param name="Source">"walker", or the name of an imported data set.</param>
/// <param name="Train">Number of training samples.</param>
/// <param name="Validation">Number of validation samples.</param>
/// <param name="MeanPoseError">The error of always answering the mean training pose: what learning has to beat.</param>
public sealed record DataSummary(string Source, int Train, int Validation, [property: JsonPropertyName("meanPoseErrorMm")] double MeanPoseError);

/// <summary>One configuration after its last iteration, judged on the validation data.</summary>
/// <param name="Name">Unique in the run, such as "soft-adam lambda=0.001".</param>
/// <param name="Method">The training method, such as "soft-adam"; "unconstrained" for the starting model.</param>
/// <param name="Settings">The method's settings: numbers, strings or booleans.</param>
/// <param name="Iterations">Training iterations done.</param>
/// <param name="SecondsPerIteration">Wall-clock time per iteration, evaluations excluded; NaN for a hard method that solved no system.</param>
/// <param name="KrylovIterationsPerStep">Mean Krylov iterations per step; null where no Krylov solver ran.</param>
/// <param name="Model">The model file, relative to the run directory.</param>
/// <param name="ShareMet">The share of constraints with |C| at or below each threshold (Fig. 2b).</param>
/// <param name="Diverged">Where training met a NaN or an infinity; the figures are then not numbers. Null for all others.</param>
public sealed record ModelSummary(
    string Name, string Method, IReadOnlyDictionary<string, object?> Settings, int Iterations, double SecondsPerIteration,
    double? KrylovIterationsPerStep, string Model, IReadOnlyList<SharePoint> ShareMet, Divergence? Diverged = null) : MetricFigures
{
    /// <summary>Steps that solved a KKT system; null for other methods.</summary>
    public long? Solves { get; init; }

    /// <summary>Those of them whose solve stopped at the iteration limit or failed in another way; null for other methods.</summary>
    public long? UnconvergedSolves { get; init; }

    /// <summary>Steps that solved a system and were taken back; null where --reject is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? RejectedSteps { get; init; }
}

/// <summary>Where a model's training ended early.</summary>
/// <param name="Iteration">The step that met a number that is not finite, from 1.</param>
/// <param name="Reason">A sentence such as "iteration 12: the loss is not finite".</param>
public sealed record Divergence(int Iteration, string Reason);
