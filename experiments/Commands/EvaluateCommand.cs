using PoseEngine.Experiments.Evaluations;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine evaluate</c>: measures a saved model.</summary>
internal static class EvaluateCommand
{
    private static readonly Option<string> Model = new("--model") { Description = "The model file", Required = true };

    private static readonly Option<string?> Pack = new("--data") { Description = "Pack to evaluate on [default: the data that the model was trained on]" };

    private static readonly Option<string> Subset = new("--subset")
    {
        Description = "validation, train or all; auto takes the validation half of the model's own data and all of any other pack",
        DefaultValueFactory = _ => "auto",
    };

    private static readonly Option<string?> Cache = new("--cache") { Description = "Folder that keeps generated walkers [default: the user's cache folder]" };

    private static readonly Option<string?> Json = new("--json") { Description = "Write the metrics to this file" };

    private static readonly Option<string?> Out = new("--out") { Description = "Folder for evaluation.json, plots as PNG and SVG, and report.html" };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace an earlier evaluation in --out" };

    private const string JsonName = "evaluation.json", PageName = "report.html", FiguresName = "figures";

    public static Command Create()
    {
        var device = new DeviceOptions();
        var command = new Command(
            "evaluate",
            """
            Measures a model in millimetres: the paper's error, root-aligned MPJPE, PA-MPJPE, N-MPJPE, MPSSE, per joint, per
            constraint, by subject, camera and source, beside the mean training pose. Without --data it finds the validation
            images of the model's own training run again, and measures as many of the training images beside them.

            Examples:
              poseengine evaluate --model runs/pose-quick/models/unconstrained.safetensors
              poseengine evaluate --model model.safetensors --data my-pack --json metrics.json
              poseengine evaluate --model model.safetensors --out evaluation
            """)
        {
            Model, Pack, Subset, Cache, Json, Out, Overwrite,
        };
        device.AddTo(command);
        command.SetAction(parsed => device.With(parsed, new Action(parsed, device.Threads(parsed))));
        return command;
    }

    private sealed class Action(ParseResult parsed, int threads) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var path = parsed.GetValue(Model)!;
            using var folder = parsed.GetValue(Out) is { } wanted
                ? ResultFolder.Begin(wanted, parsed.GetValue(Overwrite), name => name is JsonName or PageName or FiguresName) : null;
            var model = PoseModel.Load(path, device);
            using var interruption = new Interruption();
            using var observer = LiveTable.ForConsole();
            var trainedOn = DataSettings.FromModel(model.Metadata);
            using var data = DataSet.Open(Settings(trainedOn, path), parsed.GetValue(Cache), threads, observer, interruption.Token);
            var isOwn = trainedOn is not null && trainedOn.Fingerprint == data.Settings.Fingerprint;
            var (name, source) = Choose(data, isOwn);
            var evaluator = new ModelEvaluator<T>(model, observer, interruption.Token);
            var meanPose = data.Poses.MeanTrainingPose;
            var main = evaluator.Measure(name, source, meanPose);
            // Overfitting shows in the comparison; as many images as were held back are enough to see it.
            var train = isOwn && name == "validation" ? evaluator.Measure("train", data.Poses.Train, meanPose, most: source.Count) : null;
            var evaluation = new ModelEvaluation(path, data.Folder, device.Name, device.Precision, main, train, evaluator.Gates(main));
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

        private DataSettings Settings(DataSettings? trainedOn, string path)
        {
            if (parsed.GetValue(Pack) is { } pack)
            {
                var settings = (trainedOn ?? new DataSettings()) with { Pack = Path.GetFullPath(pack) };
                // The model's split by subject means nothing to a pack of other people.
                return settings.Split == "subject" && !HasSubjects(settings.Pack) ? settings with { Split = "random" } : settings;
            }
            return trainedOn ?? throw new UserErrorException($"--model {path}: the file does not say what it was trained on; give --data PACK");
        }

        private static bool HasSubjects(string folder)
        {
            using var pack = Data.Pack.Open(folder);
            return PackSplit.UsualValidationSubjects.All(pack.Subjects.Contains);
        }

        private (string Name, PackSource Source) Choose(DataSet data, bool isOwn) => parsed.GetValue(Subset) switch
        {
            "all" => ("all", data.All),
            "train" => ("train", data.Poses.Train),
            "validation" => ("validation", data.Poses.Validation),
            "auto" when isOwn => ("validation", data.Poses.Validation),
            "auto" => ("all", data.All),
            var other => throw new UserErrorException($"--subset {other}: choose auto, validation, train or all"),
        };
    }

    private static void Print(ModelEvaluation evaluation)
    {
        Console.WriteLine($"{evaluation.Main.Paper.Samples} images ({evaluation.Main.Name}) of {evaluation.Data}");
        if (evaluation.Train is { } train) Console.WriteLine($"{train.Paper.Samples} of its {train.Available} training images beside them");
        foreach (var table in EvaluationTables.All(evaluation))
        {
            Console.WriteLine();
            foreach (var line in EvaluationTables.Lines(table)) Console.WriteLine(line);
        }
        Console.WriteLine();
        foreach (var gate in evaluation.Gates) Console.WriteLine($"  {(gate.Passed ? "ok     " : "NOT MET")}  {gate.Text}");
    }

    /// <summary>Writes the whole folder.</summary>
    private static void Write(string folder, ModelEvaluation evaluation, string commandLine)
    {
        var figures = Path.Combine(folder, FiguresName);
        OutputFile.Guard(figures, () => Directory.CreateDirectory(figures));
        OutputFile.WriteText(Path.Combine(folder, JsonName), EvaluationJson.Of(evaluation));
        var extremes = ExtremesSheet.Draw(evaluation.Main);
        OutputFile.WriteBytes(Path.Combine(figures, "predictions.png"), extremes);
        OutputFile.WriteText(Path.Combine(folder, PageName), EvaluationPage.Build(evaluation, figures, extremes, commandLine, RunOptions.Version));
    }
}
