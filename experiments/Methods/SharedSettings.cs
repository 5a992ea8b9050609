namespace PoseEngine.Experiments.Methods;

/// <summary>How active sets are chosen: at random, or those samples that violate the constraints most (Eq. 9).</summary>
internal enum ActiveSetKind
{
    Random, Mined,
}

/// <summary>Which steps are taken back.</summary>
internal enum Rejection
{
    None, Merit,
}

/// <content>The settings that several methods share. What only one method has stands in its own file.</content>
internal abstract partial class Setting
{
    /// <summary>Samples of one batch at the most: the first convolution's output must fit into one tensor.</summary>
    public const int MostSamples = 16_384;

    public static PerConstraintSetting Lambda { get; } = new(
        "lambda", "lambda", "lambda of Eq. 3: one number, or one for each constraint with commas between; in units of the network's outputs",
        "a number of 0 or more", "0 or more", 1e-3, x => x >= 0)
    {
        Symbol = "λ",
    };

    public static NumberSetting Eta { get; } = new(
        "eta", "eta", "eta of Eq. 5, 6 and 12: without constraints an SGD step is -g / eta, and that of Eq. 12 tends to the learning rate 1 / eta", "a number above 0", 300, x => x > 0)
    {
        Symbol = "η",
    };

    public static NumberSetting Rate { get; } = NumberSetting.Positive("rate", "rate", "Learning rate of Adam", 1e-3);
    public static NumberSetting Epsilon { get; } = new("epsilon", "epsilon", "epsilon of Adam and of Eq. 12", "a number above 0", 1e-8, x => x > 0) { Symbol = "ε" };

    public static TextSetting<RateSchedule> RateSchedule { get; } = new(
        "rate-schedule", "rateSchedule", "How the learning rate, 1 / eta where there is an eta, changes", Training.RateSchedule.Forms, Training.RateSchedule.Constant,
        Training.RateSchedule.Parse)
    {
        LabelName = _ => "rate",
        IsToldWhereChanged = true,
    };

    public static TextSetting<LambdaSchedule> LambdaSchedule { get; } = new(
        "lambda-schedule", "lambdaSchedule", "Growth of lambda", "constant, linear:STEPS or geometric:START:STEPS with STEPS above 0 and START between 0 and 1",
        Training.LambdaSchedule.Constant, Training.LambdaSchedule.Parse)
    {
        LabelName = _ => "",
    };

    public static ChoiceSetting<PenaltyForm> Penalty { get; } = new(
        "penalty", "penalty", "Penalty of Eq. 3: sum over active samples and constraints, or their mean", PenaltyForm.Sum, ("sum", PenaltyForm.Sum), ("mean", PenaltyForm.Mean));

    public static ChoiceSetting<ActiveSetKind> ActiveSet { get; } = new(
        "active-set", "activeSet", "Active sets: random, or mined, those with the largest violation (Eq. 9)", ActiveSetKind.Random,
        ("random", ActiveSetKind.Random), ("mined", ActiveSetKind.Mined));

    public static CountSetting Active { get; } = new(
        "active", "activeSamples", "Samples of an active set", 128, 1, MostSamples)
    {
        LabelName = s => s.IsMined ? "mined" : "active",
    };

    public static CountSetting MiningPool { get; } = new(
        "mining-pool", "miningPool", "Samples, drawn at random, among which the mined ones are looked for", 1024, 1, all: "all")
    {
        Applies = s => s.IsMined,
    };

    public static CountSetting PerGroup { get; } = new(
        "per-group", "perGroup", "Samples that an active set takes of each group it draws, where constraints are the same within groups", GroupedActiveSet.UsualPerGroup, 2, MostSamples)
    {
        LabelName = _ => "per-group",
        IsToldWhereChanged = true,
    };

    public static ChoiceSetting<KktSolver> Solver { get; } = new(
        "solver", "solver",
        $"KKT solver: gram (factors the Gram matrix of the constraint rows), lsqr (iterations on the constraint rows), minres-qlp (on the whole system, as in the paper), minres-qlp-projected (with contradictions taken out by the Gram matrix, and refined), or auto: gram up to {KktSolvers.AutoGramRows} constraint rows ({KktSolvers.AutoGramRowsOnDevice} on CUDA with cuSOLVER), else lsqr; Eq. 6 and 12 take minres-qlp",
        KktSolver.Auto, ("auto", KktSolver.Auto), ("gram", KktSolver.Gram), ("lsqr", KktSolver.Lsqr), ("minres-qlp", KktSolver.MinresQlp), ("minres-qlp-projected", KktSolver.ProjectedMinresQlp));

    public static ChoiceSetting<UnconvergedPolicy> OnUnconverged { get; } = new(
        "on-unconverged", "onUnconverged", "What becomes of a step whose solve did not converge: take it, shorten it by its residual, or stop the run", UnconvergedPolicy.Take,
        ("take", UnconvergedPolicy.Take), ("shorten", UnconvergedPolicy.Shorten), ("stop", UnconvergedPolicy.Stop))
    {
        IsToldWhereChanged = true,
    };

    public static DeltaSetting Delta { get; } = new()
    {
        Symbol = "δ",
        LabelName = _ => "delta",
        IsToldWhereChanged = true,
    };

    public static ChoiceSetting<Rejection> Reject { get; } = new(
        "reject", "reject",
        "Steps that are taken back: none, or those behind which a merit is worse on their own samples, R + 2 max|Lambda| |C|_1, damped R + ||C||^2 / (2 d), or with delta = auto ||C||",
        Rejection.None, ("none", Rejection.None), ("merit", Rejection.Merit))
    {
        LabelName = _ => "reject",
        IsToldWhereChanged = true,
    };

    public static NumberSetting Average { get; } = new(
        "average", "average",
        "Decay of an average of the weights over steps, such as 0.99, which is the model that is evaluated and saved; training goes on from the weights themselves; 0: no average",
        "at least 0 and below 1", 0, x => x is >= 0 and < 1)
    {
        LabelName = _ => "average",
        IsToldWhereChanged = true,
    };

    public static NumberSetting Tolerance { get; } = new(
        "tolerance", "tolerance", "Relative tolerance of LSQR and MINRES-QLP", "a number above 0", 1e-5, x => x > 0)
    {
        Applies = s => s.UsesKrylov,
    };

    public static CountSetting MaxKrylov { get; } = new(
        "max-krylov", "maxKrylovIterations", "Krylov iterations of a step at the most", 200, 1)
    {
        Applies = s => s.UsesKrylov,
    };

    /// <summary>The settings of active sets: random ones have 128 samples, mined ones 16, as in the paper.</summary>
    public static IEnumerable<MethodSetting> ActiveSets(Func<MethodSettings, bool> namesSamples) =>
    [
        new(ActiveSet), new(Active) { Default = s => s.IsMined ? 16 : 128, IsNamed = namesSamples }, new(MiningPool), new(PerGroup),
    ];
}
