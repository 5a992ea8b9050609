using PoseEngine.Experiments.Checks;
using PoseEngine.Expressions;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine problem</c>: shows the built-in problems, and looks at one before anything is trained.</summary>
internal static class ProblemCommand
{
    public static Command Create() => new(
        "problem",
        """
        A problem file says what is trained: data, network, constraints as text. show prints a built-in one, which is a good
        start for one of your own; check reads one, opens its data and proves the derivatives of its constraints.

        Examples:
          poseengine problem show pose
          poseengine problem check my.toml
        """)
    {
        Show(), Check(),
    };

    private static Command Show()
    {
        var name = new Argument<string?>("name") { Description = $"One of {string.Join(", ", BuiltInProblems.Names)}", Arity = ArgumentArity.ZeroOrOne };
        return Options.Build(
            "show",
            """
            Prints the file of a built-in problem; without a name, which there are.

            Examples:
              poseengine problem show
              poseengine problem show pose > my.toml
            """,
            Print, name);

        int Print(ParseResult parsed)
        {
            Console.Write(parsed.GetValue(name) is { } wanted
                ? BuiltInProblems.Find(wanted) ?? throw new UserErrorException($"problem show {wanted}: no such problem; choose one of {string.Join(", ", BuiltInProblems.Names)}")
                : string.Concat(BuiltInProblems.Names.Select(known => $"{known,-12} {BuiltInProblems.Find(known)!.Split('\n')[0].TrimStart('#', ' ')}{Environment.NewLine}")));
            return CommandLine.Done;
        }
    }

    private static Command Check()
    {
        var device = new DeviceOptions();
        var file = new Argument<string>("file") { Description = "The problem file, or the name of a built-in problem" };
        var cache = Options.Cache();
        var seed = Options.Seed("Seed of the random weights and directions of the proofs");
        return Options.Build(
            "check",
            """
            Reads a problem file, opens its data and reports shapes, constraint rows, parameters and the memory of a step of
            each method, then proves the derivatives of network and constraints on samples of the problem. Of constraints that
            are "same within" a column it says how many groups there are, and of how many samples.

            Examples:
              poseengine problem check my.toml
              poseengine problem check subjects
              poseengine problem check my.toml --precision float64
            """,
            parsed => device.With(parsed, new CheckAction(parsed.GetValue(file)!, parsed.GetValue(cache), (ulong)parsed.GetValue(seed), device.Threads(parsed))),
            [file, cache, seed, .. device.All]);
    }

    private sealed class CheckAction(string file, string? cache, ulong seed, int threads) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var spec = ProblemFile.Read(file);
            MetricColumns.Use(ProblemWords.Of(spec));
            using var interruption = new Interruption();
            using var observer = RunConsole.ForConsole();
            // Walkers that nobody trains on yet need not be drawn by the thousand.
            var settings = spec.Data.Images > 0 ? spec.Data with { Images = spec.PresetOf("smoke").Images } : spec.Data;
            using var problem = Problem.Open(spec, settings, new DataAccess(cache, threads, observer.Phase, interruption.Token));
            var parts = new ProblemParts<T>(device, problem);
            Describe(problem, parts.Network);
            var preset = spec.PresetOf("quick");
            var (batch, plan) = TrainingCommand.Fitted(problem, Math.Min(preset.Batch, problem.Data.Labelled.Count), isAsked: false, new(null, [.. preset.All]));
            Console.WriteLine("memory of a step");
            foreach (var model in plan.Others.DistinctBy(model => model.Settings.Method)) Console.WriteLine($"  {StepMemory.Predict(device, problem, model.Settings, batch)}");
            Console.WriteLine("derivatives");
            return new CheckCommand.Action([CheckCase.Of(problem)], null, seed).Run(device);
        }

        /// <summary>"7 groups of 60 to 81 samples, 70 at the median", and how many are alone.</summary>
        private static string Groups(SampleSet samples, int grouping)
        {
            int[] sizes = [.. SampleGroups.Members(samples.GroupsOf(grouping)).Select(members => members.Length).Order()];
            var alone = sizes.Count(size => size == 1);
            return $"{sizes.Length:N0} groups of {sizes[0]:N0} to {sizes[^1]:N0} samples, {sizes[sizes.Length / 2]:N0} at the median{(alone > 0 ? $", {alone:N0} of one alone, which is compared with nothing" : "")}";
        }

        private static void Describe<T>(Problem problem, Network<T> network)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (spec, data) = (problem.Spec, problem.Data);
            Console.WriteLine($"{spec.Name}: {data.Name}, {data.Labelled.Count:N0} training and {data.Validation.Count:N0} validation samples; C has {data.Constrained.Count:N0}");
            Console.WriteLine($"  inputs   {network.Input}{(problem.Scale.Inputs is null ? "" : ", scaled by mean and spread")}");
            Console.WriteLine($"  network  {network.Text}: {network.ParameterCount:N0} parameters");
            var unit = spec.Unit.Length > 0 ? $" {spec.Unit}" : "";
            var scale = problem.Scale.Outputs.Unit is { } one ? $"in units of {one}{unit}" : "scaled by mean and spread";
            Console.WriteLine($"  outputs  {network.Output}{(spec.Points.Count > 0 ? $", {spec.Points.Count} points" : "")}{unit}, {scale}");
            if (spec.Objective is not null) Console.WriteLine($"  objective {spec.Objective}");
            Console.WriteLine("constraints, and how the targets meet them");
            Measured? truth = data.Labelled.Targets.Length > 0 ? Measured.Of(problem, data.Labelled, data.Labelled.Targets) : null;
            foreach (var (j, row) in problem.Measured.Rows.Index())
            {
                var largest = truth is null ? "" : $"; largest |C| of the targets {truth.ViolationsOf(j).Max():0.0e+0} {row.Unit}".TrimEnd();
                Console.WriteLine($"  {row.Name}: {problem.Measured.Texts[j].Text}{(row.Kind == ConstraintKind.AtMost ? " (counts where violated)" : "")}{largest}");
            }
            if (truth is { Projected: { } projected })
            {
                var report = truth.Projection;
                Console.WriteLine(report.Failed == report.Samples
                    ? "  no target can be moved to where all constraints hold: they contradict each other, or have no slope at the targets"
                    : $"  the targets moved to where all constraints hold: {report.Samples - report.Failed:N0} of {report.Samples:N0}, {Num.Short(projected.Value("error"))}{unit} off, {Num.Short(report.MeanRounds)} rounds a sample");
            }
            foreach (var (grouping, column) in problem.Constraints.Groups.Index())
            {
                Console.WriteLine($"  within {column}: {Groups(data.Constrained, grouping)} in C; {Groups(data.Validation, grouping)} in the validation data");
            }
            if (problem.Constraints.Value.Reads(ExpressionVariables.ColumnArray)) Console.WriteLine($"  they read the inputs {string.Join(", ", problem.Variables.Columns)}");
        }
    }
}
