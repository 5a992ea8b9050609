namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine pose</c>: the experiment of section 5 with all methods, Fig. 2 and the report.</summary>
internal static class PoseCommand
{
    public static Command Create()
    {
        var options = new RunOptions("pose");
        var solver = SolverOption.Create();
        var command = new Command(
            "pose",
            """
            Trains the unconstrained pose network, then each constrained method from it, and writes Fig. 2, learning curves,
            predictions and report.html. Generated walkers are the default data. Ctrl-C leaves a run that --resume continues.

            Examples:
              poseengine pose
              poseengine pose --preset smoke --out /tmp/smoke
              poseengine pose --data my-pack --split subject --seed 2
              poseengine pose --preset paper --solver minres-qlp --memory-limit 2GB
              poseengine pose --resume
            """)
        {
            solver,
        };
        options.AddTo(command);
        command.SetAction(parsed => options.Device.With(parsed, new Action(options, parsed, SolverOption.Parse(parsed.GetValue(solver)!))));
        return command;
    }

    private sealed class Action(RunOptions options, ParseResult parsed, KktSolver solver) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var plan = options.Plan(parsed);
            var data = options.Data(parsed, plan);
            var batch = options.Batch(parsed, plan);
            ModelPlan[] constrained = [.. plan.Constrained.Select(model => model with { Settings = model.Settings with { Solver = solver } })];
            ModelPlan[] plans = [plan.Unconstrained, .. constrained];
            var settings = TrainingCommand.Settings<T>(data, batch, plans);
            return TrainingCommand.Run(
                device, options, parsed, data, batch, plans, options.Config(parsed, plan, settings),
                (run, cancellation) => run.Run(plan.Unconstrained, constrained, null, cancellation));
        }
    }
}
