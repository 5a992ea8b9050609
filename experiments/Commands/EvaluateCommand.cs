using PoseEngine.Experiments.Evaluations;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine evaluate</c>: measures a saved model.</summary>
internal static class EvaluateCommand
{
    private static readonly Option<string> Model = new("--model") { Description = "The model file", Required = true };

    private static readonly Option<string> Subset = Options.Word(
        "--subset", "validation, train or all; auto takes the validation half of the model's own data and all of any other", "auto", "auto", "validation", "train", "all");

    private static readonly Option<string?> Projects = Options.Switch(
        "--project", "on or off: figures of outputs moved to the nearest points at which the constraints hold [default: auto, on where they can be]");

    private static readonly Option<string?> Json = new("--json") { Description = "Write the metrics to this file" };
    private static readonly Option<string?> Out = new("--out") { Description = "Folder for evaluation.json, plots as PNG and SVG, and report.html" };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace an earlier evaluation in --out" };
    private const string JsonName = "evaluation.json", PageName = "report.html", FiguresName = "figures";

    public static Command Create()
    {
        var (device, options) = (new DeviceOptions(), new ProblemOptions());
        return Options.Build(
            "evaluate",
            """
            Measures a model by every metric of its problem: error and violations, per constraint and per output, beside the
            mean of the training targets; of people's poses root-aligned MPJPE, PA-MPJPE, N-MPJPE and MPSSE as well, by
            subject, camera and source. Without --data it finds the validation samples of the model's own training run again,
            and measures as many of the training samples beside them. Figures of projected outputs stand beside the raw ones.

            Examples:
              poseengine evaluate --model runs/pose-quick/models/unconstrained.safetensors
              poseengine evaluate --model model.safetensors --data my-pack --json metrics.json
              poseengine evaluate --model model.safetensors --out evaluation --project
            """,
            parsed => device.With(parsed, new Action(options, parsed, device.Threads(parsed))),
            [Model, Subset, Projects, Json, Out, Overwrite, .. options.NameAndData, .. device.All]);
    }

    private sealed class Action(ProblemOptions options, ParseResult parsed, int threads) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var path = parsed.GetValue(Model)!;
            using var folder = parsed.GetValue(Out) is { } wanted
                ? ResultFolder.Begin(wanted, parsed.GetValue(Overwrite), IsOwn) : null;
            using var interruption = new Interruption();
            using var observer = RunConsole.ForConsole();
            using var saved = SavedModel<T>.Open(path, $"--model {path}", device, options, parsed, threads, observer, interruption.Token);
            var (model, data, isOwn) = saved;
            var (name, samples) = Choose(data.Data, isOwn);
            var evaluator = new ModelEvaluator<T>(model, data, observer, interruption.Token);
            var main = evaluator.Measure(name, samples);
            // Overfitting shows in the comparison; as many images as were held back are enough to see it.
            var train = isOwn && name == "validation" ? evaluator.Measure("train", data.Data.Labelled, most: samples.Count) : null;
            var projects = IsProjected(data);
            var evaluation = new ModelEvaluation(path, data.Data.Place, device.Name, device.Precision, main, train, evaluator.Gates(main, projects)) { Projects = projects };
            if (OtherConstraints(model, data) is { } note) Console.WriteLine(note);
            Print(evaluation);
            if (parsed.GetValue(Json) is { } json) OutputFile.WriteText(json, EvaluationJson.Of(evaluation));
            if (folder is not null)
            {
                Write(folder.Path, evaluation, RunOptions.Typed(parsed));
                folder.Commit();
                Console.WriteLine($"report: {Path.Combine(parsed.GetValue(Out)!, PageName)}");
            }
            return CommandLine.Done;
        }

        private bool IsProjected(Problem problem) => Options.Of(parsed, Projects) switch
        {
            "off" => false,
            "on" when !problem.Constraints.IsProjectable => throw new UserErrorException($"--project on: {problem.Spec.Name} has no constraints of one sample's outputs that could be projected onto; leave it out"),
            _ => problem.Constraints.IsProjectable,
        };

        /// <summary>A line on a model that was trained under other constraints than those it is measured by, or null.</summary>
        private static string? OtherConstraints<T>(ModelFile<T> model, Problem problem)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (model.Constraints is not { } json) return null;
            var own = ConstraintTexts.FromJson(json).Texts;
            return own.Select(row => row.Text).SequenceEqual(problem.Constraints.Texts.Select(row => row.Text)) ? null
                : $"note: the model was trained under other constraints ({string.Join(", ", own.Select(row => row.Name))}) than those of {problem.Spec.Name}, by which it is measured and projected here";
        }

        private (string Name, SampleSet Samples) Choose(ProblemData data, bool isOwn) => parsed.GetValue(Subset) switch
        {
            "all" => ("all", data.All),
            "train" => ("train", data.Labelled),
            "validation" => ("validation", data.Validation),
            _ when isOwn => ("validation", data.Validation),
            _ => ("all", data.All),
        };
    }

    private static bool IsOwn(string file) => file is JsonName or PageName || file.StartsWith($"{FiguresName}/", StringComparison.Ordinal);

    private static void Print(ModelEvaluation evaluation)
    {
        Console.WriteLine($"{evaluation.Main.Model.Samples} {evaluation.Word} ({evaluation.Main.Name}) of {evaluation.Data}");
        if (evaluation.Train is { } train) Console.WriteLine($"{train.Model.Samples} of its {train.Available} training {evaluation.Word} beside them");
        foreach (var table in EvaluationTables.All(evaluation))
        {
            Console.WriteLine();
            foreach (var line in EvaluationTables.Lines(table)) Console.WriteLine(line);
        }
        if (evaluation.Projects && evaluation.Main.Model is { Projected: not null, Projection.Failures: { Length: > 0 } failures }) Console.WriteLine($"\n  {failures}");
        Console.WriteLine();
        foreach (var gate in evaluation.Gates) Console.WriteLine($"  {(gate.Passed ? "ok     " : "NOT MET")}  {gate.Text}");
    }

    private static void Write(string folder, ModelEvaluation evaluation, string commandLine)
    {
        var figures = Path.Combine(folder, FiguresName);
        OutputFile.Guard(figures, () => Directory.CreateDirectory(figures));
        OutputFile.WriteText(Path.Combine(folder, JsonName), EvaluationJson.Of(evaluation));
        var extremes = evaluation.Problem.IsPose ? ExtremesSheet.Draw(evaluation.Main) : null;
        if (extremes is not null) OutputFile.WriteBytes(Path.Combine(figures, "predictions.png"), extremes);
        OutputFile.WriteText(Path.Combine(folder, PageName), EvaluationPage.Build(evaluation, figures, extremes, commandLine, RunOptions.Version));
    }
}
