using PoseEngine.Experiments.Doctor;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine doctor</c>: why constraints do not hold.</summary>
internal static class DoctorCommand
{
    private const string Name = "doctor";

    private static readonly Argument<string> Target = new("model") { Description = "A model file, or the folder of a run: then all its models, or that of --model" };
    private static readonly Option<string?> Model = new("--model") { Description = "Of a run this model alone, by its name or that of its file" };

    private static readonly Option<int?> Active = Options.CountOrNone(
        "--active", $"Samples of an active set [default: 128, fewer where those have more than {DoctorPlan.UsualRows} constraint rows or the data are few]", 1, DoctorPlan.MostRows);

    private static readonly Option<int> Steps = Options.Count("--steps", "Steps of the forgetting matrix, each on an active set of its own", 8, 1, 64);
    private static readonly Option<double> Eta = Options.Number("--eta", "eta of Eq. 5: without constraints a step is -g / eta", Setting.Eta.Usual, eta => eta is >= 1e-30 and <= 1e30, "a number above 0, between 1E-30 and 1E+30");

    private static readonly Option<double> Delta = Options.Number(
        "--delta", "Damping of the step beside Eq. 5, relative to the mean diagonal of S = A A^T; 0 leaves it out", 1, delta => delta is 0 or (>= 1e-30 and <= 1e30), "0, or a number between 1E-30 and 1E+30");

    private static readonly Option<int> Batch = Options.Count("--batch", "Samples of the gradient's minibatch, at the most as many as there are", 128, 1, Setting.MostSamples);
    private static readonly Option<int> Pairs = Options.Count("--pairs", "Row pairs to name, the most parallel first", 10, 1, 1000);
    private static readonly Option<long> Seed = Options.Seed("Seed of active sets and minibatches: same seed and device, same bits");
    private static readonly Option<string?> Out = new("--out") { Description = "Folder for doctor.json, figures as PNG and SVG, and report.html [default: a new folder under runs/]" };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace an earlier diagnosis in --out" };

    public static Command Create()
    {
        var (device, options) = (new DeviceOptions(), new ProblemOptions());
        return Options.Build(
            Name,
            """
            Tells why the constraints of a model do not hold, by measuring what the paper supposes in section 6. Of an active set:
            the spectrum of S = A A^T, how many directions its rows ask for, rows that are parallel, have no gradient or
            contradict each other. Of single steps from the model (the gradient alone, a soft step, Eq. 5, Eq. 5 damped, the
            shortest correction): |C| as the linearization promises it and as it is, and what held-back samples have of it. Of
            steps one after the other, each on samples of its own: the forgetting matrix, which says what a step does to the
            constraints of earlier sets and of those to come. The model's file stays as it is.

            Examples:
              poseengine doctor runs/pose-quick/models/unconstrained.safetensors
              poseengine doctor runs/pose-quick --model hard-sgd
              poseengine doctor model.safetensors --active 16 --steps 16 --out doctor-16
              poseengine doctor model.safetensors --eta 100 --delta 0.3 --precision float64
              poseengine doctor model.safetensors --problem my.toml
            """,
            parsed => device.With(parsed, new Action(options, parsed, device)),
            [Target, Model, Active, Steps, Eta, Delta, Batch, Pairs, Seed, Out, Overwrite, .. options.NameAndData, .. device.All]);
    }

    private sealed class Action(ProblemOptions options, ParseResult parsed, DeviceOptions deviceOptions) : IDeviceAction
    {
        private string _data = "";

        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (started, clock) = (DateTimeOffset.Now, Stopwatch.StartNew());
            var plan = new DoctorPlan(
                parsed.GetValue(Active), parsed.GetValue(Steps), parsed.GetValue(Eta), parsed.GetValue(Delta), parsed.GetValue(Batch), parsed.GetValue(Pairs), parsed.GetValue(Seed));
            var paths = DoctorTargets.Of(parsed.GetValue(Target)!, parsed.GetValue(Model));
            var wanted = parsed.GetValue(Out) ?? RunOptions.DefaultFolder(Name, Path.GetFileNameWithoutExtension(paths.Count == 1 ? paths[0] : Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetValue(Target)!))), takesLast: false);
            using var folder = ResultFolder.Begin(wanted, parsed.GetValue(Overwrite), DoctorFiles.IsOwn);
            using var interruption = new Interruption();
            List<ModelDiagnosis> models = [];
            foreach (var path in paths)
            {
                using (var observer = RunConsole.ForConsole()) models.Add(Diagnose(device, path, plan, observer, interruption.Token));
                DoctorText.Write(Console.Out, models[^1]);
            }
            DoctorFiles.Write(folder.Path, new DoctorHeader(RunOptions.Typed(parsed), _data, device.Name, device.Precision, RunOptions.Version, started, clock.Elapsed.TotalSeconds, plan), models);
            folder.Commit();
            Console.WriteLine($"\nreport: {Path.Combine(wanted, DoctorFiles.PageName)}");
            return CommandLine.Done;
        }

        private ModelDiagnosis Diagnose<T>(ComputeDevice<T> device, string path, DoctorPlan plan, IRunObserver observer, CancellationToken token)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var clock = Stopwatch.StartNew();
            using var saved = SavedModel<T>.Open(path, path, device, options, parsed, deviceOptions.Threads(parsed), observer, token);
            var name = Path.GetFileNameWithoutExtension(path);
            _data = saved.Problem.Data.Place;
            try
            {
                using var study = new DoctorStudy<T>(saved.Model.Network, saved.Model.Parameters, saved.Problem, plan, observer.Phase($"diagnosing {name}"), token);
                var (rows, start, projected, trials, forgetting) = study.Run();
                var trained = saved.Model.Metadata.GetValueOrDefault("label", "");
                return new ModelDiagnosis(name, path, trained, [.. DoctorTargets.NotesOn(saved.Model, saved.Problem, path)], rows, start, projected, trials, forgetting, clock.Elapsed.TotalSeconds);
            }
            catch (ArithmeticException e)
            {
                throw new UserErrorException($"{path}: {e.Message}; take an earlier model, or --precision float64", e);
            }
        }
    }
}
