using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Spheres;

/// <summary>The settings of <c>poseengine spheres</c>. The paper gives all of them but those marked as ours.</summary>
internal sealed record SpheresSettings
{
    /// <summary>The radius of all spheres (Eq. 16).</summary>
    public const double Radius = 10;

    /// <summary>||x0|| and ||w0||, ours: the paper gives none. Their directions are random.</summary>
    public const double VectorNorm = 14;

    /// <summary>Krylov iterations of a hard step at the most, ours; 2 m + 2 are enough without rounding.</summary>
    public const int MostKrylovIterations = 100;

    public required int Dimension { get; init; }
    public int Spheres { get; init; } = 200;
    public int Active { get; init; } = 20;
    public int Iterations { get; init; } = 500;

    /// <summary>lambda of Eq. 17; the sum runs over the active spheres.</summary>
    public double Lambda { get; init; } = 100;

    /// <summary>eta of Eq. 5, ours.</summary>
    public double Eta { get; init; } = 10;

    /// <summary>delta of the hard runs, ours: their damping, 0 as printed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Delta { get; init; }

    /// <summary>What figures say of the hard runs.</summary>
    [JsonIgnore]
    public string HardText => Delta == 0 ? $"eta = {Eta}" : $"eta = {Eta}, delta = {Delta}";

    /// <summary>The learning rate of the soft runs, ours.</summary>
    public double Rate { get; init; } = 1e-4;

    /// <summary>Seeds of the bands, beside the run in all dimensions.</summary>
    public required int Seeds { get; init; }

    public IReadOnlyList<SphereReading> Readings { get; init; } = SphereReading.All;

    /// <exception cref="UserErrorException">There is no such preset.</exception>
    public static SpheresSettings OfPreset(string name) => name switch
    {
        "smoke" => new() { Dimension = 20_000, Iterations = 200, Seeds = 3 },
        "quick" => new() { Dimension = 1_000_000, Seeds = 10 },
        "paper" => new() { Dimension = 1_000_000, Seeds = 30 },
        _ => throw new UserErrorException($"--preset {name}: no such preset; choose one of {string.Join(", ", Preset.Names)}"),
    };

    /// <summary>These settings, if they go together; the options have been checked one by one.</summary>
    /// <exception cref="UserErrorException">They do not; the message names them.</exception>
    public SpheresSettings Checked()
    {
        if (Active < 0 || Active > Spheres) throw new UserErrorException($"--active {Active}: must be 0 to {Spheres}");
        var elements = (Spheres + 2L) * Dimension;
        if (elements <= int.MaxValue) return this;
        throw new UserErrorException($"--dimension {Dimension} with --spheres {Spheres}: {elements:N0} numbers, a tensor holds {int.MaxValue:N0}; lower one of them");
    }

    /// <summary>So many threads, 0 for all.</summary>
    public static ParallelOptions Parallel(int threads, CancellationToken cancellation)
        => new() { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads, CancellationToken = cancellation };

    public JsonObject ToNode()
    {
        var node = JsonSerializer.SerializeToNode(this, RunJson.Line)!.AsObject();
        (node["radius"], node["vectorNorm"], node["mostKrylovIterations"]) = (Radius, VectorNorm, MostKrylovIterations);
        node["readings"] = new JsonArray([.. Readings.Select(reading => JsonValue.Create(reading.Name))]);
        return node;
    }
}
