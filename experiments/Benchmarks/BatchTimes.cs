using System.Text.Json.Serialization;

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

    /// <summary>Operations of the projection of a sample, in float64: those of a round, times the rounds that it took.</summary>
    internal double ProjectionFlops { get; init; }

    /// <summary>And of a product.</summary>
    internal double ProductFlops { get; init; }

    public double SoftSgdStepMs { get; init; }

    public double SoftAdamStepMs { get; init; }

    /// <summary>By LSQR, with the iterations of its solve.</summary>
    public double HardSgdLsqrStepMs { get; init; }

    public double LsqrIterationsPerStep { get; init; }

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

    /// <summary>The operations of that solve; null where there is none.</summary>
    internal GramFlops? GramFlops { get; init; }

    /// <summary>The most memory that the process held during Hard-SGD steps by the Gram solver, MB of 10^6 bytes; a GPU's is not counted.</summary>
    public double PeakMemoryMb { get; init; }

    /// <summary>The spread of each measurement (<see cref="Timing.Spread"/>), in percent of its median; without those of a single run, null in files of earlier versions.</summary>
    public IReadOnlyDictionary<string, double>? SpreadPercent { get; init; }

    /// <summary>The floor of each measurement as a share of its time; null where the peak rate is unknown.</summary>
    public IReadOnlyDictionary<string, double>? PercentOfPeak { get; init; }

    /// <summary>Launches, waits, bytes and graph nodes of one run of each measurement, once it is recorded; null where the device does not
    /// count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, DeviceCounters>? Counters { get; init; }

    /// <summary>The floor of each measurement by a GPU's data sheet, in milliseconds; null elsewhere, and for a card that is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? FloorMs { get; init; }

    /// <summary>The bytes of weights and inputs, whose traffic is part of a GPU's floors.</summary>
    internal NetworkBytes Bytes { get; init; }

    /// <summary>The same times with their shares of peak rates.</summary>
    internal BatchTimes AtPeak(NetworkFlops flops, Peaks peaks) => this with
    {
        PercentOfPeak = Measured(flops).ToDictionary(line => line.Key, line => Math.Round(line.PercentOfPeak(peaks), 1)),
    };

    /// <summary>The same times with a GPU's floors.</summary>
    internal BatchTimes AtFloor(NetworkFlops flops, Peaks peaks) => this with
    {
        FloorMs = Measured(flops).ToDictionary(line => line.Key, line => peaks.FloorMs(line.Work)),
    };

    private IEnumerable<BenchLine> Measured(NetworkFlops flops) => Lines(flops).Where(line => line.IsMeasured);

    /// <summary>
    /// The times with what cannot be avoided: a soft step's is the gradient of the minibatch and that of the samples under
    /// constraints; a hard step's the gradient of the minibatch, forward of the active set and the solve, which is that of
    /// <see cref="Layers.GramFlops"/> or an R-op and an L-op for each iteration that it took.
    /// </summary>
    internal IReadOnlyList<BenchLine> Lines(NetworkFlops flops)
    {
        var forward = new Work(flops.Forward * Batch, 0, Bytes.Forward(Batch));
        var gradient = new Work(flops.Gradient * Minibatch, 0, Bytes.Gradient(Minibatch));
        var soft = gradient + new Work(flops.Gradient * Batch, 0, Bytes.Gradient(Batch));
        var hard = gradient + forward + new Work(0, 0, Bytes.SgdUpdate);
        var gram = GramFlops is { } solve ? new Work(solve.Own, solve.Float64, 2 * Bytes.Product(Batch)) : default;
        var product = new Work(flops.KrylovProduct * Batch, 0, 2 * Bytes.Product(Batch));
        var iteration = product + new Work(0, 0, Bytes.Vectors);
        return
        [
            Line("forward", BatchKey.Forward, ForwardMs, forward),
            Line("forward, L-op of the loss", BatchKey.ForwardLop, ForwardLopMs, new(flops.Gradient * Batch, 0, Bytes.Gradient(Batch))),
            Line("R-op of the constraints", BatchKey.Rop, RopMs, new(flops.Rop * Batch, 0, Bytes.Product(Batch))),
            Line("L-op of the constraints", BatchKey.Lop, LopMs, new(flops.Lop * Batch, 0, Bytes.Product(Batch))),
            Line("projection of the outputs", BatchKey.Projection, ProjectionMs, new(0, ProjectionFlops * Batch)),
            Line("its R-op or L-op", BatchKey.ProjectionProduct, ProjectionProductMs, new(0, ProductFlops * Batch)),
            Line("soft-sgd step", BatchKey.SoftSgdStep, SoftSgdStepMs, soft + new Work(0, 0, Bytes.SgdUpdate)),
            Line("soft-adam step", BatchKey.SoftAdamStep, SoftAdamStepMs, soft + new Work(0, 0, Bytes.AdamUpdate)),
            Line("hard-sgd step, gram", BatchKey.HardSgdGramStep, HardSgdGramStepMs ?? 0, hard + gram),
            Line("its solve", BatchKey.GramSolve, GramSolveMs ?? 0, gram),
            Line("hard-sgd step, lsqr", BatchKey.HardSgdLsqrStep, HardSgdLsqrStepMs, hard + (LsqrIterationsPerStep * product)),
            Line("hard-sgd step, minres-qlp", BatchKey.HardSgdStep, HardSgdStepMs, hard + (KrylovIterationsPerStep * iteration)),
            Line("its Krylov iteration", BatchKey.KrylovIteration, KrylovIterationMs, iteration),
        ];
    }

    private BenchLine Line(string name, string key, double milliseconds, Work work)
        => new(name, key, milliseconds, SpreadPercent is not null && SpreadPercent.TryGetValue(key, out var percent) ? percent / 100 : null, work)
        {
            Counters = Counters is not null && Counters.TryGetValue(key, out var counters) ? counters : null,
        };
}

/// <summary>The measurements of a batch size as the JSON names them.</summary>
internal static class BatchKey
{
    public const string Forward = "forward", ForwardLop = "forwardLop", Rop = "rop", Lop = "lop";
    public const string Projection = "projection", ProjectionProduct = "projectionProduct";
    public const string SoftSgdStep = "softSgdStep", SoftAdamStep = "softAdamStep";
    public const string HardSgdGramStep = "hardSgdGramStep", GramSolve = "gramSolve";
    public const string HardSgdLsqrStep = "hardSgdLsqrStep";
    public const string HardSgdStep = "hardSgdStep", KrylovIteration = "krylovIteration";
}
