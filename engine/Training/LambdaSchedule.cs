using System.Globalization;

namespace PoseEngine.Training;

/// <summary>
/// How the lambdas of Eq. 3 grow from iteration to iteration: by a factor that begins at <paramref name="Start"/> and is 1
/// from iteration <paramref name="Steps"/> + 1 on, in equal ratios, or in equal steps where it begins at 0.
/// </summary>
/// <param name="Start">The factor of the first step, 0 to 1; with 0 that is 1 / (<paramref name="Steps"/> + 1).</param>
/// <param name="Steps">Steps with a smaller factor.</param>
/// <exception cref="ArgumentOutOfRangeException">The start is not 0 to 1, or the steps are negative.</exception>
public sealed record LambdaSchedule(double Start, long Steps)
{
    /// <summary>The factor of the first step, 0 to 1.</summary>
    public double Start { get; } = Start is >= 0 and <= 1
        ? Start
        : throw new ArgumentOutOfRangeException(nameof(Start), Start, $"a schedule of lambda starts with a factor of 0 to 1, got {Start}");

    /// <summary>Steps with a smaller factor.</summary>
    public long Steps { get; } = Steps >= 0
        ? Steps
        : throw new ArgumentOutOfRangeException(nameof(Steps), Steps, $"a schedule of lambda has 0 steps or more, got {Steps}");

    /// <summary>The lambdas as given, from the first step on.</summary>
    public static LambdaSchedule Constant { get; } = new(1, 0);

    /// <summary>Reads "constant", "linear:STEPS" or "geometric:START:STEPS"; null where it is none of these.</summary>
    public static LambdaSchedule? Parse(string text) => text.Split(':') switch
    {
        ["constant"] => Constant,
        ["linear", var steps] when Count(steps) is { } count => new LambdaSchedule(0, count),
        ["geometric", var start, var steps] when Share(start) is { } share && Count(steps) is { } count => new LambdaSchedule(share, count),
        _ => null,
    };

    /// <summary>The factor of a step, from 1.</summary>
    public double FactorAt(long iteration)
    {
        if (iteration > Steps) return 1;
        return Start > 0 ? Math.Pow(Start, 1 - ((iteration - 1.0) / Steps)) : iteration / (Steps + 1.0);
    }

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Steps == 0 || Start == 1 ? "constant"
        : Start > 0 ? string.Create(CultureInfo.InvariantCulture, $"geometric:{Start:R}:{Steps}")
        : string.Create(CultureInfo.InvariantCulture, $"linear:{Steps}");

    private static long? Count(string text)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : null;

    private static double? Share(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is > 0 and < 1 ? share : null;
}
