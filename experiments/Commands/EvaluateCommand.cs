using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using PoseEngine.Constraints;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Runs;
using PoseEngine.Kernels;
using PoseEngine.Models;

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

    public static Command Create()
    {
        var device = new DeviceOptions();
        var command = new Command(
            "evaluate",
            """
            Measures a model: prediction error, constraint violation, per joint and per constraint, in millimetres. Without
            --data it finds the validation images of the model's own training run again.

            Examples:
              poseengine evaluate --model runs/pose-quick/models/unconstrained.safetensors
              poseengine evaluate --model model.safetensors --data my-pack --json metrics.json
            """)
        {
            Model, Pack, Subset, Cache, Json,
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
            var model = ModelFile<T>.Load(path, device);
            if (model.Network.Output.Count != 3 * Skeleton.JointCount || model.Network.Input.ToString() != "3x128x128")
            {
                throw new UserErrorException(
                    $"--model {path}: its network maps {model.Network.Input} to {model.Network.Output}, poses need 3x128x128 to {3 * Skeleton.JointCount}");
            }
            using var interruption = new Interruption();
            using var observer = LiveTable.ForConsole();
            var trainedOn = DataSettings.FromModel(model.Metadata);
            using var data = DataSet.Open(Settings(trainedOn, path), parsed.GetValue(Cache), threads, observer, interruption.Token);
            var (name, source) = Choose(data, trainedOn);
            var evaluator = new Evaluator<T>(model.Network, source, model.OutputScaleMm);
            var evaluation = evaluator.Evaluate(model.Parameters, interruption.Token, new PhaseReporter("evaluating images", observer));
            var meanPose = evaluator.ErrorOfConstant(data.Poses.MeanTrainingPose);
            Print(name, data, evaluation, meanPose);
            if (parsed.GetValue(Json) is { } json) AtomicFile.WriteText(json, ToJson(path, name, data, evaluation, meanPose));
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

        private (string Name, PackSource Source) Choose(DataSet data, DataSettings? trainedOn)
        {
            var own = trainedOn is not null && trainedOn.Fingerprint == data.Settings.Fingerprint;
            return parsed.GetValue(Subset) switch
            {
                "all" => ("all", data.All),
                "train" => ("train", data.Poses.Train),
                "validation" => ("validation", data.Poses.Validation),
                "auto" when own => ("validation", data.Poses.Validation),
                "auto" => ("all", data.All),
                var other => throw new UserErrorException($"--subset {other}: choose auto, validation, train or all"),
            };
        }
    }

    private static void Print(string subset, DataSet data, Evaluation e, double meanPose)
    {
        Console.WriteLine($"{e.Samples} images ({subset}) of {data.Folder}");
        Line("error, 17 joints", e.ErrorMm);
        Line("error, 16 joints without the pelvis", e.ErrorWithoutPelvisMm);
        Line("error of the mean training pose", meanPose);
        Line("median |C|", e.MedianViolationMm);
        Line("95 % of |C| below", e.P95ViolationMm);
        for (var j = 0; j < e.PerConstraintMedianMm.Length; j++)
        {
            Line($"median |C{j + 1}|, {LimbSymmetry.PaperNames[j]}", e.PerConstraintMedianMm[j]);
        }
        for (var joint = 0; joint < e.PerJointErrorMm.Length; joint++) Line($"error of {(Joint)joint}", e.PerJointErrorMm[joint]);

        static void Line(string what, double millimetres)
            => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-38} {millimetres,8:0.00} mm"));
    }

    private static string ToJson(string model, string subset, DataSet data, Evaluation e, double meanPose)
        => JsonSerializer.Serialize(
            new
            {
                command = "evaluate",
                model,
                data = data.Folder,
                subset,
                samples = e.Samples,
                errorMm = e.ErrorMm,
                errorWithoutPelvisMm = e.ErrorWithoutPelvisMm,
                meanPoseErrorMm = meanPose,
                medianViolationMm = e.MedianViolationMm,
                p95ViolationMm = e.P95ViolationMm,
                perConstraintMedianMm = e.PerConstraintMedianMm,
                perJointErrorMm = e.PerJointErrorMm,
                shareMet = e.ShareCurve(),
            },
            RunJson.Indented);
}
