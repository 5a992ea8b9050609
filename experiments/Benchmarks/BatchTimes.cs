namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The median times of one batch size, in milliseconds; the names are those of the JSON.</summary>
internal sealed record BatchTimes
{
    /// <summary>Samples of a training step's minibatch; <see cref="Batch"/> are those of the operators and under constraints.</summary>
    internal const int Minibatch = 128;

    public required int Batch { get; init; }

    /// <summary>At new images.</summary>
    public required double ForwardMs { get; init; }

    /// <summary>Forward and L-op of the loss: a gradient.</summary>
    public required double ForwardLopMs { get; init; }

    /// <summary>Of the constraints, from one linearization; likewise the L-op.</summary>
    public required double RopMs { get; init; }

    public required double LopMs { get; init; }

    /// <summary>The projection of the outputs onto the constraints; 0 where there is nothing to project onto.</summary>
    public double ProjectionMs { get; init; }

    /// <summary>Its product with a direction: the R-op or the L-op.</summary>
    public double ProjectionProductMs { get; init; }

    /// <summary>Operations of the projection of a sample: those of a round, times the rounds that it took.</summary>
    internal double ProjectionFlops { get; init; }

    /// <summary>And of a product.</summary>
    internal double ProductFlops { get; init; }

    public double SoftSgdStepMs { get; init; }

    public double SoftAdamStepMs { get; init; }

    /// <summary>By MINRES-QLP.</summary>
    public double HardSgdStepMs { get; init; }

    public double KrylovIterationsPerStep { get; init; }

    /// <summary>How that step's solve ended where it did not converge; null where it did.</summary>
    public string? HardSgdUnconverged { get; init; }

    /// <summary>The solve divided by its iterations.</summary>
    public double KrylovIterationMs { get; init; }

    /// <summary>By the Gram solver; null where there are more rows than it is meant for.</summary>
    public double? HardSgdGramStepMs { get; init; }

    /// <summary>That step's solve: from the linearization to the step and the multipliers.</summary>
    public double? GramSolveMs { get; init; }

    /// <summary>The most memory that the process held during Hard-SGD steps by the Gram solver, MB of 10^6 bytes; a GPU's is not counted.</summary>
    public double PeakMemoryMb { get; init; }

    /// <summary>The operations of each measurement a second as a share of the peak rate; null where that is unknown.</summary>
    public IReadOnlyDictionary<string, double>? PercentOfPeak { get; init; }

    /// <summary>The same times with their shares of a peak rate in units of 10^9 operations a second.</summary>
    internal BatchTimes AtPeak(NetworkFlops flops, double gigaflops) => this with
    {
        PercentOfPeak = Lines(flops).Where(line => line.Milliseconds > 0)
            .ToDictionary(line => line.Key, line => Math.Round(line.PercentOfPeak(gigaflops), 1)),
    };

    /// <summary>The times with their floors: what the operations take at the peak rate of multiply-adds. A hard step's floor is the
    /// gradient of the minibatch, and forward, one R-op and one L-op of the active set: what no solver does without.</summary>
    internal IReadOnlyList<BenchLine> Lines(NetworkFlops flops)
    {
        var gradient = flops.Gradient * Minibatch;
        var soft = gradient + (flops.Gradient * Batch);
        var hard = gradient + ((flops.Forward + flops.KrylovProduct) * Batch);
        return
        [
            new("forward", "forward", ForwardMs, flops.Forward * Batch),
            new("forward, L-op of the loss", "forwardLop", ForwardLopMs, flops.Gradient * Batch),
            new("R-op of the constraints", "rop", RopMs, flops.Rop * Batch),
            new("L-op of the constraints", "lop", LopMs, flops.Lop * Batch),
            new("projection of the outputs", "projection", ProjectionMs, ProjectionFlops * Batch),
            new("its R-op or L-op", "projectionProduct", ProjectionProductMs, ProductFlops * Batch),
            new("soft-sgd step", "softSgdStep", SoftSgdStepMs, soft),
            new("soft-adam step", "softAdamStep", SoftAdamStepMs, soft),
            new("hard-sgd step, gram", "hardSgdGramStep", HardSgdGramStepMs ?? 0, hard),
            new("its solve", "gramSolve", GramSolveMs ?? 0, flops.KrylovProduct * Batch),
            new("hard-sgd step, minres-qlp", "hardSgdStep", HardSgdStepMs, hard),
            new("its Krylov iteration", "krylovIteration", KrylovIterationMs, flops.KrylovProduct * Batch),
        ];
    }
}

/// <summary>A measured time, 0 where nothing was measured, and the operations behind it that cannot be avoided.</summary>
internal sealed record BenchLine(string Name, string Key, double Milliseconds, double Flops)
{
    public double FloorMs(double gigaflops) => Flops / (1e6 * gigaflops);

    public double PercentOfPeak(double gigaflops) => 100 * FloorMs(gigaflops) / Milliseconds;
}
