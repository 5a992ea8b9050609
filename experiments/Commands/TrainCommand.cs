using System.CommandLine;
using System.Numerics;
using PoseEngine.Experiments.Runs;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Models;
using PoseEngine.Tensors;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine train</c>: one model with one method.</summary>
internal static class TrainCommand
{
    private static readonly MethodSettings Defaults = new() { Method = "" };

    private static readonly Option<string> Method = new("--method")
    {
        Description = "unconstrained, soft-sgd, soft-adam or hard-sgd",
        Required = true,
    };

    private static readonly Option<string?> Start = new("--start") { Description = "Model to start from [default: He-initialised weights]" };

    private static readonly Option<int?> Iterations = new("--iterations") { Description = "Steps to take [default: by the preset]" };

    private static readonly Option<int?> EvaluateEvery = new("--evaluate-every") { Description = "Steps between evaluations [default: a tenth of the iterations]" };

    private static readonly Option<double> Eta = new("--eta") { Description = "eta of Eq. 5, SGD methods: the step without constraints is -g / eta", DefaultValueFactory = _ => Defaults.Eta };

    private static readonly Option<double> Rate = new("--rate") { Description = "Learning rate of Adam", DefaultValueFactory = _ => Defaults.Rate };

    private static readonly Option<double> Lambda = new("--lambda") { Description = "lambda of Eq. 3, soft methods; outputs in units of 100 mm", DefaultValueFactory = _ => Defaults.Lambda };

    private static readonly Option<string> Penalty = new("--penalty") { Description = "Penalty of Eq. 3: sum over active samples and constraints, or their mean", DefaultValueFactory = _ => "sum" };

    private static readonly Option<int> Active = new("--active") { Description = "Samples of an active set", DefaultValueFactory = _ => Defaults.ActiveSamples };

    private static readonly Option<double> Tolerance = new("--tolerance") { Description = "Relative tolerance of MINRES-QLP, hard methods that use it", DefaultValueFactory = _ => Defaults.Tolerance };

    private static readonly Option<int> MaxKrylov = new("--max-krylov") { Description = "Krylov iterations of a step at the most, hard methods that use MINRES-QLP", DefaultValueFactory = _ => Defaults.MaxKrylovIterations };

    private static readonly Option<string> Solver = SolverOption.Create();

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
              poseengine train --method hard-sgd --solver gram --memory-limit 500MB --start model.safetensors
              poseengine train --method hard-sgd --solver minres-qlp-projected --tolerance 1e-6 --start model.safetensors
            """)
        {
            Method, Start, Iterations, EvaluateEvery, Eta, Rate, Lambda, Penalty, Active, Solver, Tolerance, MaxKrylov,
        };
        options.AddTo(command);
        command.SetAction(parsed => options.Device.With(parsed, new Action(options, parsed)));
        return command;
    }

    private static MethodSettings Settings(ParseResult parsed) => new MethodSettings
    {
        Method = parsed.GetValue(Method)!,
        Eta = parsed.GetValue(Eta),
        Rate = parsed.GetValue(Rate),
        Lambda = parsed.GetValue(Lambda),
        Penalty = parsed.GetValue(Penalty) switch
        {
            "sum" => PenaltyForm.Sum,
            "mean" => PenaltyForm.Mean,
            var other => throw new UserErrorException($"--penalty {other}: choose sum or mean"),
        },
        ActiveSamples = parsed.GetValue(Active),
        Solver = SolverOption.Parse(parsed.GetValue(Solver)!),
        Tolerance = parsed.GetValue(Tolerance),
        MaxKrylovIterations = parsed.GetValue(MaxKrylov),
    }.Checked();

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
            var usual = preset.Constrained.Prepend(preset.Unconstrained).First(plan => plan.Settings.Method == settings.Method);
            var iterations = parsed.GetValue(Iterations) ?? usual.Iterations;
            if (iterations < 1) throw new UserErrorException($"--iterations {iterations}: must be at least 1");
            var every = parsed.GetValue(EvaluateEvery) ?? Math.Max(iterations / 10, 1);
            if (every < 1) throw new UserErrorException($"--evaluate-every {every}: must be at least 1");
            return new ModelPlan(settings, iterations, every);
        }

        private static Tensor<T> StartModel<T>(string path, ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var model = ModelFile<T>.Load(path, device);
            if (model.Network.Text != Layers.LayerSpec.PaperNetwork || model.OutputScaleMm != PoseRun<T>.UnitMm)
            {
                throw new UserErrorException(
                    $"--start {path}: its network is {model.Network.Text} in units of {model.OutputScaleMm} mm, training needs {Layers.LayerSpec.PaperNetwork} in units of {PoseRun<T>.UnitMm} mm");
            }
            return model.Parameters;
        }
    }
}
