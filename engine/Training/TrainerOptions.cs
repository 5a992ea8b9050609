using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>What a <see cref="Trainer{T}"/> does beside stepping.</summary>
/// <param name="Iterations">The number of steps, those before a resume included.</param>
public sealed record TrainerOptions(long Iterations)
{
    /// <summary>Steps between evaluations; there is one before the first step and one behind the last as well.</summary>
    public long EvaluateEvery { get; init; } = long.MaxValue;

    /// <summary>Where checkpoints go, or null for none.</summary>
    public CheckpointFiles? Checkpoints { get; init; }

    /// <summary>Steps between checkpoints; there is one at the start, at the end and on cancellation as well.</summary>
    public long CheckpointEvery { get; init; } = 100;

    /// <summary>All settings that the run depends on, by name; a checkpoint of others is refused.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the parameters with the smallest figure are kept; else the last ones count.</summary>
    public bool KeepsBest { get; init; }

    /// <summary>
    /// The decay, such as 0.99, of an exponential average of the parameters over steps, which is the model then:
    /// <see cref="Trainer{T}.Model"/> is evaluated and kept, and training goes on from the parameters themselves. 0 averages nothing.
    /// </summary>
    public double Average { get; init; }
}

/// <summary>The samples of a run and how they are drawn.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Labelled">D.</param>
public sealed record TrainingData<T>(ISampleSource Labelled)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>C of Eq. 2, where it is not D without its targets.</summary>
    public ISampleSource? Unlabelled { get; init; }

    /// <summary>The number of the sources' units in one unit of the network's outputs.</summary>
    public double Unit { get; init; } = 1;

    /// <summary>What all draws derive from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Makes what chooses active sets out of C from a generator; unless set random ones, by groups where C has groupings.</summary>
    public Func<RandomGenerator, Sampler<T>>? ActiveSampler { get; init; }

    /// <summary>The images of D, and of C where it is D, on the device, or null where it does not keep them.</summary>
    public ResidentImages<T>? Images { get; init; }
}

/// <summary>A look at the model between two steps.</summary>
/// <param name="Iteration">Steps taken.</param>
/// <param name="Step">The last one; null before the first.</param>
/// <param name="Figure">What the evaluation returned.</param>
/// <param name="IsKept">Whether these parameters are the best so far, or the last ones where those count.</param>
public sealed record TrainingEvaluation(long Iteration, StepReport? Step, double Figure, bool IsKept);
