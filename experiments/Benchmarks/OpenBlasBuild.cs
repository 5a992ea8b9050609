namespace PoseEngine.Experiments.Benchmarks;

/// <summary>What the library says of itself; the names are those of the JSON.</summary>
/// <param name="Core">The processor whose code it took, such as "Haswell".</param>
internal sealed record OpenBlasBuild(string Version, string Core)
{
    /// <summary>What it takes where it does not recognize the processor: the least that any 64-bit one has, or a name for none.</summary>
    private static readonly string[] Unknown = ["PRESCOTT", "GENERIC", "UNKNOWN", "ARMV8", ""];

    /// <summary>Whether it took code for a processor that it knows; if not, it is no measure of what it could do.</summary>
    internal bool KnowsProcessor => !Unknown.Contains(Core, StringComparer.OrdinalIgnoreCase);

    /// <summary>Of the text of openblas_get_config, such as "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...", and of openblas_get_corename.</summary>
    public static OpenBlasBuild Of(string config, string core)
    {
        var words = config.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new OpenBlasBuild(words is ["OpenBLAS", var version, ..] ? version : "of unknown version", core.Trim());
    }

    public override string ToString()
        => $"OpenBLAS {Version}, core {(Core.Length == 0 ? "unknown" : Core)}{(KnowsProcessor ? "" : ": OpenBLAS does not know this processor, its times are no measure of what it could do")}";
}
