using System.Globalization;
using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kkt;

namespace PoseEngine.Experiments.Runs;

/// <summary>The settings of one training method, as the command line gives them and reports show them.</summary>
public sealed record MethodSettings
{
    /// <summary>The methods that can be named.</summary>
    public static IReadOnlyList<string> Methods { get; } = ["unconstrained", "soft-sgd", "soft-adam", "hard-sgd"];

    /// <summary>The KKT solvers by name.</summary>
    public static IReadOnlyDictionary<KktSolver, string> SolverNames { get; } = new Dictionary<KktSolver, string>
    {
        [KktSolver.Auto] = "auto",
        [KktSolver.Gram] = "gram",
        [KktSolver.MinresQlp] = "minres-qlp",
        [KktSolver.ProjectedMinresQlp] = "minres-qlp-projected",
    };

    /// <summary>Samples of one batch at the most: the first convolution's output must fit into one tensor.</summary>
    public const int MostSamples = 16_384;

    /// <summary>eta, rate and tolerance beyond these have no sense, and their inverse none in float32.</summary>
    private const double Smallest = 1e-30;
    private const double Largest = 1e30;

    /// <summary>One of <see cref="Methods"/>.</summary>
    public required string Method { get; init; }

    /// <summary>eta on the identity of Eq. 5; the step without constraints is -g / eta. SGD methods only.</summary>
    public double Eta { get; init; } = 300;

    /// <summary>The learning rate of Adam methods.</summary>
    public double Rate { get; init; } = 1e-3;

    /// <summary>lambda of Eq. 3, soft methods only; outputs in their own unit.</summary>
    public double Lambda { get; init; } = 1e-3;

    /// <summary>How the squares of the penalty are put together.</summary>
    public PenaltyForm Penalty { get; init; } = PenaltyForm.Sum;

    /// <summary>Samples of an active set.</summary>
    public int ActiveSamples { get; init; } = 128;

    /// <summary>How the KKT system of a hard step is solved.</summary>
    public KktSolver Solver { get; init; } = KktSolver.Auto;

    /// <summary>Relative tolerance of the Krylov solver, hard methods only.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>Krylov iterations of a step at the most, hard methods only.</summary>
    public int MaxKrylovIterations { get; init; } = 200;

    /// <summary>Whether the method trains by Adam.</summary>
    public bool IsAdam => Method is "unconstrained" or "soft-adam";

    /// <summary>Whether the method imposes its constraints by a KKT system.</summary>
    public bool IsHard => Method.StartsWith("hard", StringComparison.Ordinal);

    /// <summary>How its KKT system is solved, <see cref="KktSolver.Auto"/> decided; null where it has none.</summary>
    public KktSolver? UsedSolver => IsHard ? Solver.For(ActiveSamples * LimbSymmetry.PaperNames.Count) : null;

    /// <summary>Whether its steps take Krylov iterations.</summary>
    public bool UsesKrylov => UsedSolver is KktSolver.MinresQlp or KktSolver.ProjectedMinresQlp;

    /// <summary>A name that tells the settings that differ between runs, such as "soft-adam lambda=0.001".</summary>
    public string Label => Method switch
    {
        "unconstrained" => Method,
        "soft-adam" => $"{Method} lambda={Number(Lambda)}",
        "soft-sgd" => $"{Method} lambda={Number(Lambda)} eta={Number(Eta)}",
        _ => $"{Method} eta={Number(Eta)} active={ActiveSamples}",
    };

    /// <summary>The settings that this method uses, for summary.json and the checkpoint.</summary>
    public IReadOnlyDictionary<string, object?> ToDictionary()
    {
        var settings = new Dictionary<string, object?>();
        if (IsAdam) settings["rate"] = Rate;
        else settings["eta"] = Eta;
        if (Method == "unconstrained") return settings;
        if (!IsHard)
        {
            settings["lambda"] = Lambda;
            settings["penalty"] = Penalty == PenaltyForm.Sum ? "sum" : "mean";
        }
        settings["activeSet"] = "random";
        settings["activeSamples"] = ActiveSamples;
        if (UsedSolver is { } solver)
        {
            settings["solver"] = SolverNames[solver];
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
        RequirePositive(Tolerance, "--tolerance");
        if (!(Lambda >= 0) || double.IsInfinity(Lambda)) throw new UserErrorException($"--lambda {Number(Lambda)}: must be 0 or more");
        if (ActiveSamples is < 1 or > MostSamples) throw new UserErrorException($"--active {ActiveSamples}: must be 1 to {MostSamples}");
        RequireGramFits();
        if (MaxKrylovIterations < 1) throw new UserErrorException($"--max-krylov {MaxKrylovIterations}: must be at least 1");
        return this;
    }

    private void RequireGramFits()
    {
        var rows = ActiveSamples * LimbSymmetry.PaperNames.Count;
        if (!IsHard || Solver is KktSolver.Auto or KktSolver.MinresQlp || rows <= KktSolvers.MostGramRows) return;
        throw new UserErrorException(
            $"--solver {SolverNames[Solver]}: an active set of {ActiveSamples} samples has {rows} constraint rows, a Gram matrix at most {KktSolvers.MostGramRows}; take --active {KktSolvers.MostGramRows / LimbSymmetry.PaperNames.Count} or fewer, or --solver minres-qlp");
    }

    private static void RequirePositive(double value, string option)
    {
        if (value is >= Smallest and <= Largest) return;
        throw new UserErrorException(
            value > 0
                ? $"{option} {Number(value)}: must be between {Smallest:G3} and {Largest:G3}"
                : $"{option} {Number(value)}: must be a number above 0");
    }

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
