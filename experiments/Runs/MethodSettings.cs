using System.Collections.ObjectModel;

namespace PoseEngine.Experiments.Runs;

/// <summary>The settings of one training method, as the command line gives them and reports show them.</summary>
public sealed record MethodSettings
{
    /// <summary>The methods that can be named.</summary>
    public static IReadOnlyList<string> Methods { get; } =
        ["unconstrained", "soft-sgd", "soft-adam", "hard-sgd", "hard-adam", "hard-gn", "hard-lm"];

    /// <summary>How active sets are chosen.</summary>
    public static IReadOnlyList<string> ActiveSets { get; } = ["random", "mined"];

    /// <summary>The KKT solvers by name.</summary>
    public static IReadOnlyDictionary<KktSolver, string> SolverNames { get; } = new Dictionary<KktSolver, string>
    {
        [KktSolver.Auto] = "auto",
        [KktSolver.Gram] = "gram",
        [KktSolver.MinresQlp] = "minres-qlp",
        [KktSolver.ProjectedMinresQlp] = "minres-qlp-projected",
    };

    /// <summary>What becomes of steps whose solve did not converge, by name.</summary>
    public static IReadOnlyDictionary<UnconvergedPolicy, string> PolicyNames { get; } = new Dictionary<UnconvergedPolicy, string>
    {
        [UnconvergedPolicy.Take] = "take",
        [UnconvergedPolicy.Shorten] = "shorten",
        [UnconvergedPolicy.Stop] = "stop",
    };

    /// <summary>Samples of one batch at the most: the first convolution's output must fit into one tensor.</summary>
    public const int MostSamples = 16_384;

    /// <summary>eta, rate and tolerance beyond these have no sense, and their inverse none in float32.</summary>
    private const double Smallest = 1e-30;
    private const double Largest = 1e30;

    private readonly double? _eta;
    private readonly int? _activeSamples;

    /// <summary>One of <see cref="Methods"/>.</summary>
    public required string Method { get; init; }

    /// <summary>
    /// eta of Eq. 5, 6 and 12: the weight of the identity, or of Adam's metric. Without constraints an SGD step is -g / eta,
    /// and Hard-Adam's tends to Adam's with the learning rate 1 / eta. Hard-LM begins with it.
    /// </summary>
    public double Eta
    {
        get => _eta ?? DefaultEta(Method);
        init => _eta = value;
    }

    /// <summary>The learning rate of Adam methods.</summary>
    public double Rate { get; init; } = 1e-3;

    /// <summary>How the learning rate, 1 / eta of methods that have an eta, changes from step to step; hard-lm takes none.</summary>
    public RateSchedule RateSchedule { get; init; } = RateSchedule.Constant;

    /// <summary>lambda of Eq. 3, soft methods only; outputs in their own unit.</summary>
    public double Lambda
    {
        get => Lambdas[0];
        init => Lambdas = [value];
    }

    /// <summary>lambda_j for each of the six constraints, or one for all.</summary>
    public IReadOnlyList<double> Lambdas
    {
        get;
        init => field = new EqualList([.. value]);
    } = new EqualList([1e-3]);

    /// <summary>How the lambdas grow.</summary>
    public LambdaSchedule Schedule { get; init; } = LambdaSchedule.Constant;

    /// <summary>Momentum of Soft-SGD, 0 for none.</summary>
    public double Momentum { get; init; }

    /// <summary>epsilon of Adam and of Eq. 12.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Steps that move the moments of Hard-Adam before any moves w.</summary>
    public int Warmup { get; init; } = 200;

    /// <summary>How the squares of the penalty are put together.</summary>
    public PenaltyForm Penalty { get; init; } = PenaltyForm.Sum;

    /// <summary>One of <see cref="ActiveSets"/>.</summary>
    public string ActiveSet { get; init; } = "random";

    /// <summary>Samples of an active set; as in the paper 128 random or 16 mined ones unless set.</summary>
    public int ActiveSamples
    {
        get => _activeSamples ?? (IsMined ? 16 : 128);
        init => _activeSamples = value;
    }

    /// <summary>Samples among which the mined ones are looked for; <see cref="int.MaxValue"/> for all.</summary>
    public int MiningPool { get; init; } = 1024;

    /// <summary>How the KKT system of a hard step is solved.</summary>
    public KktSolver Solver { get; init; } = KktSolver.Auto;

    /// <summary>Relative tolerance of the Krylov solver, hard methods only.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>Krylov iterations of a step at the most, hard methods only.</summary>
    public int MaxKrylovIterations { get; init; } = 200;

    /// <summary>What becomes of a hard step whose solve did not converge.</summary>
    public UnconvergedPolicy OnUnconverged { get; init; } = UnconvergedPolicy.Take;

    /// <summary>Whether the method trains by Adam.</summary>
    public bool IsAdam => Method is "unconstrained" or "soft-adam";

    /// <summary>Whether active sets are mined by Eq. 9.</summary>
    public bool IsMined => ActiveSet == "mined";

    /// <summary>Whether the method imposes its constraints by a KKT system.</summary>
    public bool IsHard => Method.StartsWith("hard", StringComparison.Ordinal);

    /// <summary>How its KKT system is solved, <see cref="KktSolver.Auto"/> decided; null where it has none.</summary>
    public KktSolver? UsedSolver => !IsHard ? null
        : Method == "hard-sgd" ? Solver.For(ActiveSamples * LimbSymmetry.PaperNames.Count) : KktSolver.MinresQlp;

    /// <summary>Whether its steps take Krylov iterations.</summary>
    public bool UsesKrylov => UsedSolver is KktSolver.MinresQlp or KktSolver.ProjectedMinresQlp;

    /// <summary>Whether the Gram matrix could solve its systems.</summary>
    public bool CouldTakeGram => Method == "hard-sgd" && ActiveSamples * LimbSymmetry.PaperNames.Count <= KktSolvers.MostGramRows;

    /// <summary>A name that tells the settings that differ between runs, such as "soft-adam lambda=0.001".</summary>
    public string Label => Method switch
    {
        "unconstrained" => Method,
        "soft-adam" => $"{Method} lambda={LambdaText}{SoftText}",
        "soft-sgd" => $"{Method} lambda={LambdaText} eta={Number(Eta)}{(Momentum > 0 ? $" momentum={Number(Momentum)}" : "")}{SoftText}",
        "hard-adam" => $"{Method} eta={Number(Eta)} {ActiveText} warmup={Warmup}{(Epsilon == 1e-8 ? "" : $" epsilon={Number(Epsilon)}")}",
        _ => $"{Method} eta={Number(Eta)} {ActiveText}",
    } + (HasRateSchedule ? $" rate={RateSchedule}" : "");

    // hard-lm has no schedule; that it was asked for one is for Checked to say.
    private bool HasRateSchedule => Method != "hard-lm" && RateSchedule != RateSchedule.Constant;

    private string ActiveText => $"{(IsMined ? "mined" : "active")}={ActiveSamples}";

    private string SoftText => (Schedule == LambdaSchedule.Constant ? "" : $" {Schedule}") + (IsMined ? $" {ActiveText}" : "");

    private string LambdaText => string.Join(',', Lambdas.Select(Number));

    /// <summary>The settings that this method uses, for summary.json and the checkpoint.</summary>
    public IReadOnlyDictionary<string, object?> ToDictionary()
    {
        var settings = new Dictionary<string, object?>();
        if (IsAdam) settings["rate"] = Rate;
        else settings["eta"] = Eta;
        // Checkpoints of before the choice are those of a constant rate.
        if (HasRateSchedule) settings["rateSchedule"] = RateSchedule.ToString();
        if (IsAdam || Method == "hard-adam") settings["epsilon"] = Epsilon;
        if (Method == "unconstrained") return settings;
        if (Method == "soft-sgd") settings["momentum"] = Momentum;
        if (Method == "hard-adam") settings["warmup"] = Warmup;
        if (!IsHard)
        {
            settings["lambda"] = Lambdas.Count == 1 ? Lambda : string.Join(',', Lambdas.Select(lambda => lambda.ToString("R", CultureInfo.InvariantCulture)));
            settings["penalty"] = Penalty == PenaltyForm.Sum ? "sum" : "mean";
            settings["lambdaSchedule"] = Schedule.ToString();
        }
        settings["activeSet"] = ActiveSet;
        settings["activeSamples"] = ActiveSamples;
        if (IsMined) settings["miningPool"] = MiningPool == int.MaxValue ? "all" : MiningPool;
        if (UsedSolver is { } solver)
        {
            settings["solver"] = SolverNames[solver];
            // Checkpoints of before the choice are those of steps that were taken.
            if (OnUnconverged != UnconvergedPolicy.Take) settings["onUnconverged"] = PolicyNames[OnUnconverged];
            if (!UsesKrylov) return settings;
            settings["tolerance"] = Tolerance;
            settings["maxKrylovIterations"] = MaxKrylovIterations;
        }
        return settings;
    }

    /// <summary>Checks the values that the user may give.</summary>
    /// <exception cref="UserErrorException">One is out of its range.</exception>
    public MethodSettings Checked()
    {
        if (!Methods.Contains(Method))
        {
            throw new UserErrorException($"--method {Method}: no such method; choose one of {string.Join(", ", Methods)}");
        }
        RequirePositive(Eta, "--eta");
        RequirePositive(Rate, "--rate");
        RequireRateSchedule();
        RequirePositive(Tolerance, "--tolerance");
        RequirePositive(Epsilon, "--epsilon");
        RequireLambdas();
        if (!(Momentum is >= 0 and < 1)) throw new UserErrorException($"--momentum {Number(Momentum)}: must be at least 0 and below 1");
        if (Warmup < 0) throw new UserErrorException($"--warmup {Warmup}: must be 0 or more");
        if (!ActiveSets.Contains(ActiveSet)) throw new UserErrorException($"--active-set {ActiveSet}: choose one of {string.Join(", ", ActiveSets)}");
        if (ActiveSamples is < 1 or > MostSamples) throw new UserErrorException($"--active {ActiveSamples}: must be 1 to {MostSamples}");
        if (IsMined && MiningPool < ActiveSamples)
        {
            throw new UserErrorException($"--mining-pool {MiningPool}: must be at least the {ActiveSamples} samples of an active set, or all");
        }
        RequireSolver();
        if (MaxKrylovIterations < 1) throw new UserErrorException($"--max-krylov {MaxKrylovIterations}: must be at least 1");
        return this;
    }

    /// <summary>Reads a schedule of the learning rate.</summary>
    /// <exception cref="UserErrorException">It is none.</exception>
    public static RateSchedule ParseRateSchedule(string text)
    {
        try
        {
            return RateSchedule.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UserErrorException($"--rate-schedule {text}: {e.Message}", e);
        }
    }

    private void RequireRateSchedule()
    {
        if (RateSchedule == RateSchedule.Constant) return;
        if (Method == "hard-lm") throw new UserErrorException($"--rate-schedule {RateSchedule}: hard-lm finds its eta by itself; leave the schedule out, or take hard-gn");
        if (IsHard && !RateSchedule.IsPositive) throw new UserErrorException($"--rate-schedule {RateSchedule}: it comes to 0, and {Method} divides eta by it; take one that ends above, such as cosine:1000:0.01");
    }

    private void RequireLambdas()
    {
        var count = LimbSymmetry.PaperNames.Count;
        if (Lambdas.Count != 1 && Lambdas.Count != count)
        {
            throw new UserErrorException($"--lambda {LambdaText}: give one number, or {count} for the constraints {string.Join(", ", LimbSymmetry.PaperNames)}; got {Lambdas.Count}");
        }
        foreach (var lambda in Lambdas)
        {
            if (!(lambda >= 0) || double.IsInfinity(lambda)) throw new UserErrorException($"--lambda {Number(lambda)}: must be 0 or more");
        }
    }

    private void RequireSolver()
    {
        if (IsHard && Method != "hard-sgd" && Solver is not (KktSolver.Auto or KktSolver.MinresQlp))
        {
            throw new UserErrorException($"--solver {SolverNames[Solver]}: the Gram matrix serves the identity of Eq. 5 only; {Method} takes --solver minres-qlp or auto");
        }
        var rows = ActiveSamples * LimbSymmetry.PaperNames.Count;
        if (!IsHard || Solver is KktSolver.Auto or KktSolver.MinresQlp || rows <= KktSolvers.MostGramRows) return;
        throw new UserErrorException(
            $"--solver {SolverNames[Solver]}: an active set of {ActiveSamples} samples has {rows} constraint rows, a Gram matrix at most {KktSolvers.MostGramRows}; take --active {KktSolvers.MostGramRows / LimbSymmetry.PaperNames.Count} or fewer, or --solver minres-qlp");
    }

    private static double DefaultEta(string method) => method switch
    {
        "hard-adam" => 10_000,
        "hard-gn" or "hard-lm" => 10,
        _ => 300,
    };

    private static void RequirePositive(double value, string option)
    {
        if (value is >= Smallest and <= Largest) return;
        throw new UserErrorException(
            value > 0
                ? $"{option} {Number(value)}: must be between {Smallest:G3} and {Largest:G3}"
                : $"{option} {Number(value)}: must be a number above 0");
    }

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>Numbers that are equal where all of them are, so that settings are.</summary>
    private sealed class EqualList(double[] numbers) : ReadOnlyCollection<double>(numbers)
    {
        public override bool Equals(object? other) => other is EqualList list && list.SequenceEqual(this);

        public override int GetHashCode() => HashCode.Combine(Count, this[0]);
    }
}
