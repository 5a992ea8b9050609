namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine train</c>: one model with one method.</summary>
internal static class TrainCommand
{
    private static readonly Option<string?> Start = new("--start") { Description = "Model to start from [default: He-initialised weights]" };
    private static readonly Option<int?> Iterations = Options.CountOrNone("--iterations", "Steps to take [default: by problem and preset]", 1);
    private static readonly Option<int?> EvaluateEvery = Options.CountOrNone("--evaluate-every", "Steps between evaluations [default: a tenth of the iterations]", 1);

    public static Command Create()
    {
        var (options, methods) = (new RunOptions("train"), new MethodOptions());
        return Options.Build(
            "train",
            """
            Trains one model and writes it with its learning curve and report.

            Examples:
              poseengine train --method unconstrained
              poseengine train --method soft-adam --lambda 0.001 --start runs/pose-quick/models/unconstrained.safetensors
              poseengine train --problem my.toml --method soft-adam
              poseengine train --method hard-sgd --eta 1000 --active 16 --iterations 40 --start model.safetensors
              poseengine train --method hard-sgd --eta 100 --delta 1 --iterations 200 --average 0.97 --start model.safetensors
              poseengine train --method lagrangian --tau 3 --start model.safetensors
              poseengine train --method soft-sgd --lambda 1e-3,1e-3,1e-3,1e-3,0,0 --lambda-schedule geometric:0.01:100 --momentum 0.9 --eta 3000
              poseengine train --method unconstrained --rate-schedule warmup:100,cosine:1900 --iterations 2000
              poseengine train --method hard-sgd --active-set mined --mining-pool all --start model.safetensors
              poseengine train --method hard-adam --eta 10000 --epsilon 0.01 --active 16 --start model.safetensors
              poseengine train --method hard-lm --active 16 --start model.safetensors
              poseengine train --method hard-sgd --solver gram --memory-limit 500MB --start model.safetensors
              poseengine train --method soft-adam --device cuda --tf32 --start model.safetensors
              poseengine train --method hard-sgd --solver minres-qlp-projected --tolerance 1e-6 --start model.safetensors
            """,
            parsed => options.Device.With(parsed, new Action(options, methods, parsed)),
            [.. methods.All, Start, Iterations, EvaluateEvery, .. options.All, options.Device.Tf32]);
    }

    private sealed class Action(RunOptions options, MethodOptions methods, ParseResult parsed) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var spec = options.Problem.Spec(parsed);
            var preset = options.PresetOf(parsed, spec);
            var settings = methods.Settings(parsed, spec.ConstraintNames);
            if (settings.IsHard && device.RoundsProducts)
            {
                throw new UserErrorException($"--tf32: {settings.Method} solves a system for each step, which needs products in float32; leave --tf32 out, or take a method that solves none");
            }
            var plan = options.Checkpointed(parsed, Plan(preset, settings));
            return TrainingCommand.Run(device, options, parsed, spec, preset, new(null, [plan], parsed.GetValue(Start)));
        }

        /// <summary>As long as the preset trains the method, or its like.</summary>
        private ModelPlan Plan(Preset preset, MethodSettings settings)
        {
            var usual = preset.All.FirstOrDefault(plan => plan.Settings.Method == settings.Method)
                ?? preset.All.FirstOrDefault(plan => plan.Settings.Method.Class == settings.Method.Class);
            var warmup = settings.Method.WarmupOf(settings) - (usual?.Settings.Method.WarmupOf(usual.Settings) ?? 0);
            var iterations = parsed.GetValue(Iterations) ?? (usual is null ? settings.Method.UsualIterations : usual.Iterations + warmup);
            return new ModelPlan(settings, iterations, parsed.GetValue(EvaluateEvery) ?? Math.Max(iterations / 10, 1)).Checked();
        }
    }
}
