namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine pose</c>: the experiment of section 5 with all methods, Fig. 2 and the report, on any problem.</summary>
internal static class PoseCommand
{
    public static Command Create()
    {
        var options = new RunOptions("pose");
        var solver = new Option<string?>($"--{Setting.Solver.Name}") { Description = $"{Setting.Solver.Help}; for the methods that have the choice" };
        return Options.Build(
            "pose",
            """
            Trains the unconstrained network, then each constrained method from it, and writes Fig. 2, learning curves,
            predictions and report.html. Pose from generated walkers is the problem unless --problem names another. Ctrl-C
            leaves a run that --resume continues.

            Examples:
              poseengine pose
              poseengine pose --preset smoke --out /tmp/smoke
              poseengine pose --data my-pack --split subject --seed 2
              poseengine pose --labelled 0.05                   few labels, constraints on all images
              poseengine pose --problem my.toml                 every method on a problem of your own
              poseengine pose --preset paper --solver minres-qlp --memory-limit 2GB
              poseengine pose --resume
            """,
            parsed => options.Device.With(parsed, new Action(options, parsed, parsed.GetValue(solver))), [solver, .. options.All]);
    }

    private sealed class Action(RunOptions options, ParseResult parsed, string? solver) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var spec = options.Problem.Spec(parsed);
            var preset = options.PresetOf(parsed, spec);
            return TrainingCommand.Run(device, options, parsed, spec, preset, new(preset.Start, [.. preset.Constrained.Select(Solved)]));
        }

        private ModelPlan Solved(ModelPlan model)
        {
            if (solver is null) return model;
            var source = ValueSource.Option(Setting.Solver.Name, solver);
            var chosen = Setting.Solver.Parse(solver, source);
            return model.Settings.Method.CouldTakeGram(model.Settings) ? model with { Settings = model.Settings.With(Setting.Solver, chosen, source) } : model;
        }
    }
}
