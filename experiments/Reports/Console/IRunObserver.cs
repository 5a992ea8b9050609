namespace PoseEngine.Experiments.Reports;

/// <summary>Hears of everything that a run does, to show it: the training loop itself prints nothing. All calls come from one
/// thread.</summary>
public interface IRunObserver : IDisposable
{
    /// <summary>Something other than training has progressed, such as the making of data.</summary>
    /// <param name="name">What is being done.</param>
    /// <param name="total">How much there is; 0 if unknown. The phase ends when <paramref name="done"/> reaches it.</param>
    void PhaseProgress(string name, long done, long total)
    {
    }

    /// <summary>A model starts to train.</summary>
    /// <param name="totalIterations">The iteration at which it will end.</param>
    /// <param name="startIteration">Where it starts: above 0 when resumed.</param>
    void Begin(string model, int totalIterations, int startIteration = 0)
    {
    }

    /// <summary>An iteration is done.</summary>
    /// <param name="iteration">Iterations done so far.</param>
    /// <param name="loss">The training loss of this iteration.</param>
    /// <param name="krylovIterations">Krylov iterations of this step; null where no Krylov solver ran.</param>
    void Step(int iteration, double loss, double? krylovIterations = null)
    {
    }

    /// <summary>The model has been evaluated on the validation data.</summary>
    void Evaluated(MetricLine line)
    {
    }

    /// <summary>The model has trained to its end, or diverged before.</summary>
    void End(ModelSummary summary)
    {
    }

    /// <summary>Something that the user should know, such as a damaged file that was passed over; one line.</summary>
    void Note(string text)
    {
    }
}
