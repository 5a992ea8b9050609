using System.Globalization;

namespace PoseEngine.Training;

/// <summary>
/// How a learning rate changes from iteration to iteration: by a factor, which depends on the iteration alone, so that a
/// resumed run goes on as if it had not stopped. A warm-up may stand in front: the schedule behind it begins when it ends.
/// <code>
/// constant            1
/// cosine:N[:f]        f + (1 - f) (1 + cos(pi (i - 1) / N)) / 2, f from iteration N + 1 on, 0 unless given
/// steps:f:K           f^((i - 1) / K rounded down): times f behind every K iterations
/// milestones:f:A:B:.. times f behind iteration A, again behind iteration B, ...
/// warmup:K            i / (K + 1) for K iterations, as in "warmup:100,cosine:1000"
/// </code>
/// Cosine: Loshchilov and Hutter 2017, without restarts.
/// </summary>
public abstract record RateSchedule
{
    /// <summary>The known forms, for error texts and help.</summary>
    public const string Forms = "constant, cosine:STEPS, cosine:STEPS:SHARE, steps:FACTOR:STEPS, milestones:FACTOR:STEP:STEP..., with warmup:STEPS, in front";

    /// <summary>A factor that is above 0 stays at least this, so that its inverse is a number in float32 too.</summary>
    private const double Smallest = 1e-30;

    private RateSchedule()
    {
    }

    /// <summary>The rate as given in every iteration.</summary>
    public static RateSchedule Constant { get; } = new ConstantRate();

    /// <summary>Whether the factor is above 0 in every iteration.</summary>
    public abstract bool IsPositive { get; }

    /// <summary>Half a period of a cosine, from the whole rate to a share of it.</summary>
    /// <param name="steps">N, iterations until the share is reached, 1 or more.</param>
    /// <param name="share">f, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
    public static RateSchedule Cosine(long steps, double share = 0) => new CosineRate(Positive(steps), Factor(share));

    /// <summary>A factor behind every so many iterations.</summary>
    /// <param name="factor">f, 0 to 1.</param>
    /// <param name="every">K, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
    public static RateSchedule Steps(double factor, long every) => new StepRate(Factor(factor), Positive(every));

    /// <summary>A factor behind each of some iterations.</summary>
    /// <param name="factor">f, 0 to 1.</param>
    /// <param name="iterations">The last iterations with the larger rate, from 1, in growing order.</param>
    /// <exception cref="ArgumentException">A number is not in its range, or the iterations are none or do not grow.</exception>
    public static RateSchedule Milestones(double factor, params IReadOnlyList<long> iterations)
    {
        if (iterations.Count == 0 || iterations[0] < 1 || iterations.Zip(iterations.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            throw new ArgumentException($"milestones of a rate are one or more growing iterations from 1, got {string.Join(", ", iterations)}", nameof(iterations));
        }
        return new MilestoneRate(Factor(factor), [.. iterations]);
    }

    /// <summary>Reads the text of a schedule.</summary>
    /// <exception cref="FormatException">It is none; the message names it and the known forms.</exception>
    public static RateSchedule Parse(string text)
    {
        try
        {
            var words = text.Split(',', StringSplitOptions.TrimEntries);
            if (words.Length == 1) return ParseWord(words[0]) ?? throw Unknown(text);
            return words.Length == 2 && ParseWord(words[0]) is WarmUpRate { Then: ConstantRate } warmUp && ParseWord(words[1]) is { } then and not WarmUpRate
                ? then.After(warmUp.Length)
                : throw Unknown(text);
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"the schedule \"{text}\": {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>The factor of an iteration.</summary>
    /// <param name="iteration">From 1.</param>
    public double FactorAt(long iteration) => IsPositive ? Math.Max(At(iteration), Smallest) : At(iteration);

    /// <summary>This schedule behind a warm-up, whose rate grows from 1 / (steps + 1) in equal steps.</summary>
    /// <param name="warmUp">Iterations with a smaller rate, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are none.</exception>
    /// <exception cref="InvalidOperationException">It has a warm-up already.</exception>
    public RateSchedule After(long warmUp) => this is WarmUpRate
        ? throw new InvalidOperationException($"the schedule {this} has a warm-up already")
        : new WarmUpRate(Positive(warmUp), this);

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public abstract override string ToString();

    private static RateSchedule? ParseWord(string word) => word.Split(':') switch
    {
        ["constant"] => Constant,
        ["cosine", var steps] when Count(steps) is { } n => Cosine(n),
        ["cosine", var steps, var share] when Count(steps) is { } n && Number(share) is { } f => Cosine(n, f),
        ["steps", var factor, var every] when Number(factor) is { } f && Count(every) is { } k => Steps(f, k),
        ["milestones", var factor, .. var at] when Number(factor) is { } f && at.All(word => Count(word) is not null) => Milestones(f, [.. at.Select(word => Count(word)!.Value)]),
        ["warmup", var steps] when Count(steps) is { } k => Constant.After(k),
        _ => null,
    };

    /// <summary>The factor before it is held above 0.</summary>
    protected abstract double At(long iteration);

    private static FormatException Unknown(string text) => new($"a rate has no schedule \"{text}\", take one of: {Forms}");

    private static long? Count(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long Positive(long steps) => steps >= 1
        ? steps
        : throw new ArgumentOutOfRangeException(nameof(steps), steps, $"the steps of a schedule are 1 or more, got {steps}");

    private static double Factor(double factor) => factor is >= 0 and <= 1
        ? factor
        : throw new ArgumentOutOfRangeException(nameof(factor), factor, string.Create(CultureInfo.InvariantCulture, $"the factor of a schedule is 0 to 1, got {factor}"));

    private sealed record ConstantRate : RateSchedule
    {
        public override bool IsPositive => true;

        protected override double At(long iteration) => 1;

        public override string ToString() => "constant";
    }

    private sealed record CosineRate(long Period, double Share) : RateSchedule
    {
        public override bool IsPositive => Share > 0;

        protected override double At(long iteration)
            => iteration > Period ? Share : Share + ((1 - Share) * (1 + Math.Cos(Math.PI * (iteration - 1) / Period)) / 2);

        public override string ToString()
            => string.Create(CultureInfo.InvariantCulture, $"cosine:{Period}{(Share == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $":{Share:R}"))}");
    }

    private sealed record StepRate(double Times, long Every) : RateSchedule
    {
        public override bool IsPositive => Times > 0;

        protected override double At(long iteration) => Math.Pow(Times, (iteration - 1) / Every);

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"steps:{Times:R}:{Every}");
    }

    private sealed record MilestoneRate(double Times, long[] Iterations) : RateSchedule
    {
        public override bool IsPositive => Times > 0;

        protected override double At(long iteration) => Math.Pow(Times, Iterations.Count(last => iteration > last));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"milestones:{Times:R}:{string.Join(':', Iterations)}");

        public bool Equals(MilestoneRate? other) => other is not null && Times == other.Times && Iterations.SequenceEqual(other.Iterations);

        public override int GetHashCode() => HashCode.Combine(Times, Iterations.Length, Iterations[0]);
    }

    private sealed record WarmUpRate(long Length, RateSchedule Then) : RateSchedule
    {
        public override bool IsPositive => Then.IsPositive;

        protected override double At(long iteration) => iteration <= Length ? iteration / (Length + 1.0) : Then.At(iteration - Length);

        public override string ToString() => Then is ConstantRate ? $"warmup:{Length}" : $"warmup:{Length},{Then}";
    }
}
