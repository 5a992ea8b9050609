namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine train</c>: one model with one method.</summary>
internal static class TrainCommand
{
    private static readonly MethodSettings Defaults = new() { Method = "" };

    private static readonly Option<string> Method = new("--method")
    {
        Description = "unconstrained, soft-sgd, soft-adam, hard-sgd (Eq. 5), hard-adam (Eq. 12), hard-gn or hard-lm (Eq. 6)",
        Required = true,
    };

    private static readonly Option<string?> Start = new("--start") { Description = "Model to start from [default: He-initialised weights]" };

    private static readonly Option<int?> Iterations = new("--iterations") { Description = "Steps to take [default: by the preset]" };

    private static readonly Option<int?> EvaluateEvery = new("--evaluate-every") { Description = "Steps between evaluations [default: a tenth of the iterations]" };

    private static readonly Option<double?> Eta = new("--eta") { Description = "eta of Eq. 5, 6 and 12: without constraints an SGD step is -g / eta, and that of hard-adam tends to the learning rate 1 / eta; hard-lm begins with it [default: 300, hard-adam 10000, hard-gn and hard-lm 10]" };

    private static readonly Option<double> Rate = new("--rate") { Description = "Learning rate of Adam", DefaultValueFactory = _ => Defaults.Rate };

    private static readonly Option<string> RateSchedule = new("--rate-schedule") { Description = $"How the learning rate, 1 / eta of methods that have an eta, changes; not for hard-lm: {Training.RateSchedule.Forms}", DefaultValueFactory = _ => "constant" };

    private static readonly Option<string> Lambda = new("--lambda") { Description = "lambda of Eq. 3, soft methods: one number, or one for each constraint with commas between; outputs in units of 100 mm", DefaultValueFactory = _ => "0.001" };

    private static readonly Option<string> Schedule = new("--lambda-schedule") { Description = "Growth of lambda: constant, linear:STEPS, or geometric:START:STEPS from START times lambda", DefaultValueFactory = _ => "constant" };

    private static readonly Option<double> Momentum = new("--momentum") { Description = "Momentum of soft-sgd, 0 to below 1", DefaultValueFactory = _ => Defaults.Momentum };

    private static readonly Option<double> Epsilon = new("--epsilon") { Description = "epsilon of Adam and of Eq. 12", DefaultValueFactory = _ => Defaults.Epsilon };

    private static readonly Option<int> Warmup = new("--warmup") { Description = "First steps of hard-adam that move its moments only; 0 is the method as printed, which diverges from zero moments", DefaultValueFactory = _ => Defaults.Warmup };

    private static readonly Option<string> Penalty = new("--penalty") { Description = "Penalty of Eq. 3: sum over active samples and constraints, or their mean", DefaultValueFactory = _ => "sum" };

    private static readonly Option<string> ActiveSet = new("--active-set") { Description = "Active sets: random, or mined, those with the largest violation (Eq. 9)", DefaultValueFactory = _ => Defaults.ActiveSet };

    private static readonly Option<int?> Active = new("--active") { Description = "Samples of an active set [default: 128 random or 16 mined]" };

    private static readonly Option<string> MiningPool = new("--mining-pool") { Description = "Samples, drawn at random, among which the mined ones are looked for, or all", DefaultValueFactory = _ => $"{Defaults.MiningPool}" };

    private static readonly Option<double> Tolerance = new("--tolerance") { Description = "Relative tolerance of MINRES-QLP, hard methods that use it", DefaultValueFactory = _ => Defaults.Tolerance };

    private static readonly Option<int> MaxKrylov = new("--max-krylov") { Description = "Krylov iterations of a step at the most, hard methods that use MINRES-QLP", DefaultValueFactory = _ => Defaults.MaxKrylovIterations };

    private static readonly Option<string> Solver = SolverOption.Create();

    private static readonly Option<string> OnUnconverged = new("--on-unconverged")
    {
        Description = "What becomes of a hard step whose solve did not converge: take it, shorten it by its residual, or stop the run",
        DefaultValueFactory = _ => MethodSettings.PolicyNames[Defaults.OnUnconverged],
    };

    public static Command Create()
    {
        var options = new RunOptions("train");
        var command = new Command(
            "train",
            """
            Trains one model and writes it with its learning curve and report.

            Examples:
              poseengine train --method unconstrained
              poseengine train --method soft-adam --lambda 0.001 --start runs/pose-quick/models/unconstrained.safetensors
              poseengine train --method hard-sgd --eta 1000 --active 16 --iterations 40 --start model.safetensors
              poseengine train --method soft-sgd --lambda 1e-3,1e-3,1e-3,1e-3,0,0 --lambda-schedule geometric:0.01:100 --momentum 0.9 --eta 3000
              poseengine train --method unconstrained --rate-schedule warmup:100,cosine:1900 --iterations 2000
              poseengine train --method hard-sgd --active-set mined --mining-pool all --start model.safetensors
              poseengine train --method hard-adam --eta 10000 --epsilon 0.01 --active 16 --start model.safetensors
              poseengine train --method hard-lm --active 16 --start model.safetensors
              poseengine train --method hard-sgd --solver gram --memory-limit 500MB --start model.safetensors
              poseengine train --method hard-sgd --solver minres-qlp-projected --tolerance 1e-6 --start model.safetensors
            """)
        {
            Method, Start, Iterations, EvaluateEvery, Eta, Rate, RateSchedule, Lambda, Schedule, Penalty, Momentum, Epsilon, Warmup,
            ActiveSet, Active, MiningPool, Solver, Tolerance, MaxKrylov, OnUnconverged,
        };
        options.AddTo(command);
        command.SetAction(parsed => options.Device.With(parsed, new Action(options, parsed)));
        return command;
    }

    private static MethodSettings Settings(ParseResult parsed)
    {
        var settings = new MethodSettings
        {
            Method = parsed.GetValue(Method)!,
            Rate = parsed.GetValue(Rate),
            RateSchedule = MethodSettings.ParseRateSchedule(parsed.GetValue(RateSchedule)!),
            Lambdas = [.. parsed.GetValue(Lambda)!.Split(',').Select(ParseLambda)],
            Schedule = LambdaSchedule.Parse(parsed.GetValue(Schedule)!)
                ?? throw new UserErrorException($"--lambda-schedule {parsed.GetValue(Schedule)}: choose constant, linear:STEPS or geometric:START:STEPS with STEPS above 0 and START between 0 and 1"),
            Penalty = ParsePenalty(parsed.GetValue(Penalty)!),
            Momentum = parsed.GetValue(Momentum),
            Epsilon = parsed.GetValue(Epsilon),
            Warmup = parsed.GetValue(Warmup),
            ActiveSet = parsed.GetValue(ActiveSet)!,
            MiningPool = ParsePool(parsed.GetValue(MiningPool)!),
            Solver = SolverOption.Parse(parsed.GetValue(Solver)!),
            Tolerance = parsed.GetValue(Tolerance),
            MaxKrylovIterations = parsed.GetValue(MaxKrylov),
            OnUnconverged = ParsePolicy(parsed.GetValue(OnUnconverged)!),
        };
        if (parsed.GetValue(Eta) is { } eta) settings = settings with { Eta = eta };
        if (parsed.GetValue(Active) is { } active) settings = settings with { ActiveSamples = active };
        return settings.Checked();
    }

    private static double ParseLambda(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var lambda)
            ? lambda
            : throw new UserErrorException($"--lambda: \"{text}\" is not a number; give one, or six with commas between");

    private static PenaltyForm ParsePenalty(string text) => text switch
    {
        "sum" => PenaltyForm.Sum,
        "mean" => PenaltyForm.Mean,
        _ => throw new UserErrorException($"--penalty {text}: choose sum or mean"),
    };

    private static UnconvergedPolicy ParsePolicy(string text)
        => MethodSettings.PolicyNames.Where(policy => policy.Value == text).Select(policy => (UnconvergedPolicy?)policy.Key).FirstOrDefault()
            ?? throw new UserErrorException($"--on-unconverged {text}: choose one of {string.Join(", ", MethodSettings.PolicyNames.Values)}");

    private static int ParsePool(string text)
        => text == "all" ? int.MaxValue
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pool) ? pool
            : throw new UserErrorException($"--mining-pool {text}: give a number of samples, or all");

    private sealed class Action(RunOptions options, ParseResult parsed) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var preset = options.Plan(parsed);
            var settings = Settings(parsed);
            var plan = options.Checkpointed(parsed, Plan(parsed, preset, settings));
            var data = options.Data(parsed, preset);
            var batch = options.Batch(parsed, preset);
            var start = parsed.GetValue(Start) is { } path ? StartModel(path, device) : (Tensor<T>?)null;
            var config = TrainingCommand.Settings<T>(data, batch, [plan]);
            config["start"] = parsed.GetValue(Start);
            return TrainingCommand.Run(
                device, options, parsed, data, batch, [plan], options.Config(parsed, preset, config),
                (run, cancellation) => run.Run(null, [plan], start, cancellation));
        }

        private static ModelPlan Plan(ParseResult parsed, RunPlan preset, MethodSettings settings)
        {
            ModelPlan[] plans = [preset.Unconstrained, .. preset.Constrained];
            var usual = plans.FirstOrDefault(plan => plan.Settings.Method == settings.Method) ?? plans.First(plan => plan.Settings.IsHard);
            var warmup = settings.Method == "hard-adam" ? settings.Warmup - usual.Settings.Warmup : 0;
            var iterations = parsed.GetValue(Iterations) ?? usual.Iterations + warmup;
            if (iterations < 1) throw new UserErrorException($"--iterations {iterations}: must be at least 1");
            var every = parsed.GetValue(EvaluateEvery) ?? Math.Max(iterations / 10, 1);
            if (every < 1) throw new UserErrorException($"--evaluate-every {every}: must be at least 1");
            return new ModelPlan(settings, iterations, every).Checked();
        }

        private static Tensor<T> StartModel<T>(string path, ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var model = ModelFile<T>.Load(path, device);
            if (model.Network.Text != Layers.LayerSpec.PaperNetwork || model.OutputScale != PoseRun<T>.UnitMm)
            {
                throw new UserErrorException(
                    $"--start {path}: its network is {model.Network.Text} in units of {model.OutputScale} mm, training needs {Layers.LayerSpec.PaperNetwork} in units of {PoseRun<T>.UnitMm} mm");
            }
            return model.Parameters;
        }
    }
}
