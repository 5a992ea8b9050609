using PoseEngine.Experiments.Predictions;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine predict</c>: poses for pictures of one's own.</summary>
internal static class PredictCommand
{
    private const string JsonName = "predictions.json", PageName = "predict.html", PictureEnd = ".pose.png";

    /// <summary>Pictures that go through the network together, and that the console lists.</summary>
    private const int MostBatch = 32, MostLines = 20;

    private static readonly Option<string> Model = new("--model") { Description = "The model file", Required = true };
    private static readonly Option<string?> Image = new("--image") { Description = "PNG or JPEG file, or a folder of them" };
    private static readonly Option<string?> Inputs = new("--inputs") { Description = "File of inputs instead, for models of problems of numbers: CSV, npy, or npz:MEMBER" };

    private static readonly Option<string?> Csv = new("--csv") { Description = "With --inputs: write outputs and constraints to this CSV file [default: the console]" };
    private static readonly Option<string?> Box = new("--box") { Description = "Box around the person in pixels, x,y,w,h; it is made a square about its middle [default: the whole picture]" };

    private static readonly Option<string?> Out = new("--out") { Description = "Folder for a picture of each prediction, predictions.json and predict.html" };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace earlier predictions in --out" };
    private static readonly Option<string?> Projects = Options.Switch(
        "--project", "on or off: outputs moved to the nearest ones at which the model's constraints hold, beside the raw ones [default: auto, on where the model has any]");

    private static readonly Option<string?> Json = new("--json") { Description = "Write the poses to this file" };

    public static Command Create()
    {
        var device = new DeviceOptions();
        var command = Options.Build(
            "predict",
            """
            Predicts the 3D pose of the person in each picture: 17 joints in millimetres and the six constraint values. Models
            know a square of about two metres around a person with the pelvis a little above its middle; --box names it. Models
            of a problem of numbers take a file of inputs and give a table of outputs and constraints.

            Examples:
              poseengine predict --model runs/pose-quick/models/unconstrained.safetensors --image photo.jpg --out prediction
              poseengine predict --model model.safetensors --image photos/ --box 120,40,400,400 --json poses.json
              poseengine predict --model runs/train-my-quick/models/soft-adam-lambda=0.001.safetensors --inputs more.csv --csv predicted.csv
            """,
            parsed => device.With(parsed, new Action(parsed)), [Model, Image, Inputs, Box, Projects, Out, Overwrite, Json, Csv, .. device.All]);
        command.Validators.Add(result =>
        {
            var isNumbers = result.Has(Inputs);
            if (isNumbers == result.Has(Image)) result.AddError("one of --image and --inputs says what to predict for");
            foreach (var option in (isNumbers ? (Option[])[Box, Out, Overwrite] : [Csv]).Where(result.Has))
            {
                result.AddError($"{option.Name} has no effect {(isNumbers ? "with" : "without")} --inputs; leave it out");
            }
        });
        return command;
    }

    private sealed class Action(ParseResult parsed) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (parsed.GetValue(Inputs) is { } inputs) return Numbers(device, inputs);
            var images = ImageList.Find(parsed.GetValue(Image)!);
            var box = CropBox.Parse(parsed.GetValue(Box));
            using var folder = parsed.GetValue(Out) is { } wanted ? ResultFolder.Begin(wanted, parsed.GetValue(Overwrite), IsOwn) : null;
            var path = parsed.GetValue(Model)!;
            var model = PoseModel(path, device);
            using var interruption = new Interruption();
            var names = NamesOf(images.Files);
            var predictions = new List<PosePrediction>();
            using (var observer = RunConsole.ForConsole())
            using (var predictor = new PosePredictor<T>(model, Math.Min(MostBatch, images.Files.Count)))
            {
                var progress = new PhaseReporter("predicting poses", observer);
                foreach (var chunk in images.Files.Chunk(predictor.Batch))
                {
                    var seen = Look(predictor, chunk, box, folder is not null, interruption.Token);
                    var poses = predictor.Predict(chunk.Length);
                    for (var i = 0; i < chunk.Length; i++)
                    {
                        interruption.Token.ThrowIfCancellationRequested();
                        var (image, square, sharp) = seen[i];
                        var prediction = new PosePrediction(chunk[i], image.Width, image.Height, square, poses[i]);
                        if (folder is not null)
                        {
                            var picture = PredictionPicture.Draw(prediction, predictor.Image(i), sharp);
                            OutputFile.WriteBytes(Path.Combine(folder.Path, names[predictions.Count]), picture);
                        }
                        predictions.Add(prediction);
                    }
                    progress.Report((predictions.Count, images.Files.Count));
                }
            }
            var set = Projected(model, path, new PredictionSet(path, device.Name, device.Precision, $"{TrainingOrigin.Describe(model.Metadata)}{LeftOut(model.Constraints)}", images.Skipped, predictions));
            if (parsed.GetValue(Json) is { } json) OutputFile.WriteText(json, PredictionJson.Of(set));
            if (folder is not null)
            {
                OutputFile.WriteText(Path.Combine(folder.Path, JsonName), PredictionJson.Of(set));
                OutputFile.WriteText(Path.Combine(folder.Path, PageName), PredictionPage.Build(set, names, folder.Path, RunOptions.Typed(parsed), RunOptions.Version));
                folder.Commit();
            }
            Print(set);
            if (folder is not null) Console.WriteLine($"page: {Path.Combine(parsed.GetValue(Out)!, PageName)}");
            return CommandLine.Done;
        }

        /// <summary>What outputs are projected onto; null where they are not.</summary>
        private ConstraintTexts? Constraints<T>(ModelFile<T> model, string path)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var wanted = Options.Of(parsed, Projects);
            var texts = wanted == "off" || model.Constraints is not { } json ? null : ConstraintTexts.FromJson(json);
            if (texts is { IsProjectable: true }) return texts;
            return wanted != "on" ? null : throw new UserErrorException($"--project on: the model {path} carries no constraints of one sample's outputs; train it on a problem that has some, or leave --project out");
        }

        private PredictionSet Projected<T>(ModelFile<T> model, string path, PredictionSet set)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (Constraints(model, path) is not { } texts) return set;
            var projected = OutputProjection.Of(texts, [.. set.Images.SelectMany(image => image.Pose)], []);
            var width = texts.Variables.Outputs;
            return set with { Images = [.. set.Images.Select((image, i) => image with { Projected = projected.Outputs[(i * width)..((i + 1) * width)] })], Projection = projected, LargestProjected = OutputProjection.Largest(texts, projected.Outputs, []) };
        }

        private int Numbers<T>(ComputeDevice<T> device, string inputs)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            using var interruption = new Interruption();
            var path = parsed.GetValue(Model)!;
            var model = ModelFile<T>.Load(path, device);
            NumberPredictions.Write(model, path, inputs, Constraints(model, path) is not null, parsed.GetValue(Csv), parsed.GetValue(Json), interruption.Token);
            return CommandLine.Done;
        }
    }

    private static ModelFile<T> PoseModel<T>(string path, ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var model = ModelFile<T>.Load(path, device);
        return model.Network.Output.Count == 3 * Skeleton.JointCount && model.Network.Input.ToString() == "3x128x128"
            ? model
            : throw new UserErrorException($"--model {path}: its network maps {model.Network.Input} to {model.Network.Output}, poses need 3x128x128 to {3 * Skeleton.JointCount}");
    }

    /// <summary>Says of constraints across samples that pictures give them nothing to compare; nothing where there are none.</summary>
    private static string LeftOut(string? constraints)
    {
        if (constraints is null) return "";
        var rows = ConstraintTexts.FromJson(constraints).Rows.Where(row => row.Group is not null).ToList();
        return rows.Count == 0 ? ""
            : $" Left out, since pictures are in no groups: {string.Join(", ", rows.Select(row => $"{row.Name} (same within {row.Group})"))}.";
    }

    private static bool IsOwn(string name) => name is JsonName or PageName || name.EndsWith(PictureEnd, StringComparison.Ordinal);

    /// <summary>Reads some pictures and puts their crops before the network; pixels are kept only as far as they are drawn.</summary>
    private static ((int Width, int Height) Size, PixelBox Square, byte[] Sharp)[] Look<T>(
        PosePredictor<T> predictor, string[] files, CropBox box, bool draws, CancellationToken token)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var seen = new ((int, int), PixelBox, byte[])[files.Length];
        for (var i = 0; i < files.Length; i++)
        {
            token.ThrowIfCancellationRequested();
            var image = ImageFile.Load(files[i]);
            var square = box.SquareOf(image, files[i]);
            AreaResampler.Crop(image, square, predictor.Image(i));
            seen[i] = ((image.Width, image.Height), square, draws ? PredictionPicture.Sharp(image, square) : []);
        }
        return seen;
    }

    /// <summary>"photo.jpg" becomes "photo.pose.png", or "photo.jpg.pose.png" where there is a "photo.png" too.</summary>
    private static string[] NamesOf(IReadOnlyList<string> files)
    {
        var stems = files.CountBy(file => Path.GetFileNameWithoutExtension(file), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(p => p.Key, p => p.Value, StringComparer.OrdinalIgnoreCase);
        return [.. files.Select(file => (stems[Path.GetFileNameWithoutExtension(file)] == 1 ? Path.GetFileNameWithoutExtension(file) : Path.GetFileName(file)) + PictureEnd)];
    }

    private static void Print(PredictionSet set)
    {
        Console.WriteLine($"{set.Images.Count} pictures{PredictionPage.Skipped(set.Skipped)}. {set.Origin}");
        Console.WriteLine($"  {"left minus right, mm",-28} {string.Join(' ', LimbSymmetry.PaperNames.Select(name => $"{name,10}"))}");
        foreach (var image in set.Images.Take(MostLines))
        {
            Console.WriteLine($"  {Path.GetFileName(image.File),-28} {string.Join(' ', image.Constraints.Select(c => $"{c,10:0.0}"))}");
        }
        if (set.Images.Count > MostLines) Console.WriteLine($"  and {set.Images.Count - MostLines} more");
        if (set.Projected is { } projected) Console.WriteLine(projected);
    }
}
