namespace PoseEngine.Experiments.Commands;

/// <summary><c>--memory-limit</c>: how much memory a training step may take.</summary>
internal static class MemoryOption
{
    public static Option<string?> Create() => new("--memory-limit")
    {
        Description = "Stop before the first step where a step is predicted to take more, such as 500MB or 2GB [default: no limit]",
    };

    /// <summary>Bytes; null for no limit.</summary>
    /// <exception cref="UserErrorException">The text is no amount of memory.</exception>
    public static long? Parse(string? text)
    {
        if (text is null) return null;
        var trimmed = text.Trim();
        foreach (var (unit, bytes) in new[] { ("GB", 1e9), ("MB", 1e6) })
        {
            if (!trimmed.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            var number = trimmed.AsSpan(0, trimmed.Length - unit.Length);
            if (double.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value)
                && value > 0 && value * bytes < long.MaxValue)
            {
                return (long)(value * bytes);
            }
        }
        throw new UserErrorException($"--memory-limit {text}: give a number above 0 with MB or GB, such as 500MB or 2GB");
    }

    /// <summary>Predicts the memory of the steps to come, says so, and stops where it is too much.</summary>
    /// <param name="device">Where.</param>
    /// <param name="problem">On what.</param>
    /// <param name="plans">What will be trained.</param>
    /// <param name="batch">Samples of a minibatch.</param>
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
