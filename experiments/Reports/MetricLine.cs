using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Reports;

/// <summary>One line of metrics.jsonl: a model evaluated on the validation data during training.</summary>
/// <param name="Model">The name of the configuration, as in <see cref="ModelSummary.Name"/>.</param>
/// <param name="Iteration">Iterations done when the model was evaluated; 0 is the starting model.</param>
/// <param name="Seconds">Training time of this model so far.</param>
/// <param name="Loss">The training loss of Eq. 14 on the last batch.</param>
/// <param name="KrylovIterations">Krylov iterations of the last step; null where no Krylov solver ran.</param>
/// <param name="MultiplierNorm">Norm of the Lagrange multipliers; null for soft methods.</param>
/// <param name="StepNorm">Norm of the last change of the parameters.</param>
/// <param name="GramRows">Constraint rows of the last step's Gram matrix; null where none was formed.</param>
/// <param name="GramGap">Its smallest kept over its largest dropped eigenvalue; null where nothing was dropped.</param>
/// <param name="RemovedNorm">Norm of the part of the constraints that no step could meet, in the network's unit.</param>
/// <param name="Eta">eta of the last step; null where the method keeps it.</param>
/// <param name="LowMomentShare">Of Hard-Adam: the share of ||dw||^2 in the tenth of the parameters with the smallest v.</param>
public sealed record MetricLine(
    string Model, string Method, int Iteration, double Seconds, double Loss, double? KrylovIterations, double? MultiplierNorm, double StepNorm,
    int? GramRows = null, int? GramRank = null, double? GramGap = null, double? RemovedNorm = null, double? Eta = null, double? LowMomentShare = null) : MetricFigures
{
    /// <summary>delta of the last step; null where the method does not damp.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Delta { get; init; }
}
