namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Peak rates of GPUs by their makers' data sheets, for matrices that are not sparse. bench measures the processor's, not a card's.</summary>
internal static class CardPeaks
{
    /// <summary>TFLOP/s in float32 outside the tensor cores and in float64, in these where a card has them for it, and TB/s of memory. A
    /// name that holds another one comes before it.</summary>
    private static readonly (string Card, double Float32, double Float64, double Memory)[] Known =
    [
        ("H200", 66.9, 66.9, 4.8),
        ("H100 PCIe", 51.2, 51.2, 2.04),
        ("H100", 66.9, 66.9, 3.35),
        ("A100-SXM4-80GB", 19.5, 19.5, 2.04),
        ("A100", 19.5, 19.5, 1.56),
        ("L40S", 91.6, 1.43, 0.864),
        ("RTX 5090", 104.8, 1.64, 1.79),
        ("RTX 4090", 82.6, 1.29, 1.01),
        ("RTX 3090", 35.6, 0.56, 0.936),
        ("RTX 3060", 12.7, 0.2, 0.36),
    ];

    /// <summary>The peaks of a card, or null where it is not known here.</summary>
    public static Peaks? Of(string? card, string precision)
    {
        if (card is null || Known.FirstOrDefault(known => card.Contains(known.Card, StringComparison.Ordinal)) is not { Card: not null } found) return null;
        var own = precision.StartsWith("float64", StringComparison.Ordinal) ? found.Float64 : found.Float32;
        return new Peaks(1000 * own, 1000 * found.Float64, 1000 * found.Memory);
    }
}
