namespace PoseEngine.Experiments.Commands;

/// <summary><c>--memory-limit</c>: how much memory a training step may take.</summary>
internal static class MemoryOption
{
    public static Option<string?> Create() => Options.Check(
        new Option<string?>("--memory-limit") { Description = "Stop before the first step where a step is predicted to take more, such as 500MB or 2GB [default: no limit]" },
        text => text is null || Parse(text) is not null, "give a number above 0 with MB or GB, such as 500MB or 2GB");

    /// <summary>Bytes; null where the text is no amount of memory.</summary>
    public static long? Parse(string? text)
    {
        var trimmed = text?.Trim() ?? "";
        foreach (var (unit, bytes) in new[] { ("GB", 1e9), ("MB", 1e6) })
        {
            if (!trimmed.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            var number = trimmed.AsSpan(0, trimmed.Length - unit.Length);
            var isNumber = double.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value);
            if (isNumber && value > 0 && value * bytes < long.MaxValue) return (long)(value * bytes);
        }
        return null;
    }

    /// <summary>Predicts the memory of the steps to come, says so, and stops where it is too much.</summary>
    /// <param name="limit">Bytes, or null for no limit.</param>
    /// <param name="workers">How many train on the device at once.</param>
    /// <param name="name">The device's name where there are several, else null.</param>
    public static void Check<T>(ComputeDevice<T> device, Problem problem, IReadOnlyList<ModelPlan> plans, int batch, long? limit, int workers = 1, string? name = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var largest = plans.Select(plan => StepMemory.Predict(device, problem, plan.Settings, batch)).MaxBy(memory => memory.Total);
        if (largest is null) return;
        if (limit is { } most) largest.Check(most, batch, workers);
        Console.WriteLine($"memory{(name is null ? "" : $" on {name}")}: a step of {largest.Of(workers)}");
    }
}
