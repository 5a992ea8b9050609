using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Experiments.Spheres;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine spheres</c>: the synthetic experiment of section 6.2, Fig. 3 and 4.</summary>
internal static class SpheresCommand
{
    private const string Name = "spheres";

    // First: the options take their defaults from it.
    private static readonly SpheresSettings Defaults = SpheresSettings.OfPreset("quick");
    private static readonly Option<string> Preset = Options.Of("--preset", "Sizes of the run: smoke (seconds), quick (all of the paper's sizes, 10 seeds) or paper (30 seeds)", "quick");

    private static readonly Option<string> Reading = Options.Of(
        "--reading", "How the variance 0.01 of the centres is read: literal (each coordinate), similar (||c|| about 0.1) or both", "both");

    private static readonly Option<long> Seed = Options.Seed("Seed of everything random: same seed and device, same bits. Bands take the seeds behind it");
    private static readonly Option<int?> Seeds = Options.CountOrNone("--seeds", "Other seeds for the bands [default: by the preset]", 0, 1000);

    private static readonly Option<int?> Dimension = Options.CountOrNone(
        "--dimension", "Dimension d of Fig. 4 [default: by the preset, 1000000 in the paper]", 2, 100_000_000);

    private static readonly Option<int> Spheres = Options.Count("--spheres", "Spheres", Defaults.Spheres, 2, 10_000);
    private static readonly Option<int> Active = Options.Of("--active", "Spheres of an active set", Defaults.Active);
    private static readonly Option<int?> Iterations = Options.CountOrNone("--iterations", "Steps [default: by the preset, 500 in the paper]", 1, 1_000_000);

    private static readonly Option<double> Lambda = Options.Number(
        "--lambda", "lambda of Eq. 17; its sum runs over the active spheres", Defaults.Lambda, lambda => lambda is >= 0 and <= 1e30, "0 or more, at most 1E+30");

    private static readonly Option<double> Eta = Positive("--eta", "eta of Eq. 5 (not given in the paper)", Defaults.Eta);
    private static readonly Option<double> Delta = Options.Number(
        "--delta", "Damping of the hard runs, relative to the mean diagonal of A H^-1 A^T: 0 as printed, 0.3 to 1 keeps a step near", Defaults.Delta, delta => delta is >= 0 and <= DeltaSetting.Largest, $"0 or more, at most {DeltaSetting.Largest.ToString("0E+00", CultureInfo.InvariantCulture)}");

    private static readonly Option<double> Rate = Positive("--rate", "Learning rate of the soft runs (not given in the paper)", Defaults.Rate);
    private static readonly Option<string?> Out = Options.Out();
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on with an interrupted run, to the same bits as without the interruption" };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace a run that --out holds" };

    public static Command Create()
    {
        var device = new DeviceOptions();
        return Options.Build(
            Name,
            """
            Soft and hard constraints on a problem with many slightly incompatible spheres (section 6.2 of the paper): single
            steps and paths in the plane (Fig. 3), and 500 steps in a million dimensions (Fig. 4), for both readings of the
            paper's variance. Bands of other seeds are run in the span of the vectors, which gives the same courses.

            Examples:
              poseengine spheres                              Fig. 3 and 4 at full size, in minutes on 2 cores
              poseengine spheres --preset smoke               the same in 20,000 dimensions, in seconds
              poseengine spheres --reading literal --eta 100 --out runs/spheres-eta100
              poseengine spheres --dimension 300 --seeds 30 --out runs/spheres-300
            """,
            parsed => device.With(parsed, new Action(device, parsed)),
            [Preset, Reading, Dimension, Spheres, Active, Iterations, Lambda, Eta, Delta, Rate, Seed, Seeds, Out, Resume, Overwrite, .. device.All]);
    }

    private static Option<double> Positive(string name, string description, double usual)
        => Options.Number(name, description, usual, value => value is >= 1e-30 and <= 1e30, "a number above 0, between 1E-30 and 1E+30");

    private static SpheresSettings Settings(ParseResult parsed)
    {
        var preset = SpheresSettings.OfPreset(parsed.GetValue(Preset)!);
        return (preset with
        {
            Dimension = parsed.GetValue(Dimension) ?? preset.Dimension,
            Spheres = parsed.GetValue(Spheres),
            Active = parsed.GetValue(Active),
            Iterations = parsed.GetValue(Iterations) ?? preset.Iterations,
            Lambda = parsed.GetValue(Lambda),
            Eta = parsed.GetValue(Eta),
            Delta = parsed.GetValue(Delta),
            Rate = parsed.GetValue(Rate),
            Seeds = parsed.GetValue(Seeds) ?? preset.Seeds,
            Readings = SphereReading.Parse(parsed.GetValue(Reading)!),
        }).Checked();
    }

    private sealed class Action(DeviceOptions options, ParseResult parsed) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (settings, seed) = (Settings(parsed), parsed.GetValue(Seed));
            SpheresMemory.Check(device, settings);
            using var interruption = new Interruption();
            var config = new RunConfig(
                Name, RunOptions.Typed(parsed), parsed.GetValue(Preset)!, seed, options.Name(parsed), options.Precision(parsed), RunOptions.Version, DateTimeOffset.Now,
                settings.ToNode());
            var existing = RunOptions.ExistingOf(parsed.GetValue(Resume), parsed.GetValue(Overwrite));
            var folder = RunDirectory.Create(parsed.GetValue(Out) ?? RunOptions.DefaultFolder(Name, config.Preset, existing != ExistingRun.Refuse), config, existing);
            var progress = BenchProgress.ForConsole();
            var results = new SpheresRun<T>(device, settings, (ulong)seed, options.Threads(parsed), folder, progress.Say).Run(interruption.Token);
            progress.Clear();
            var claims = SpheresClaims.Of(results, settings);
            SpheresReport.Write(folder, config, settings, results, claims);
            foreach (var line in claims.Select(claim => claim.Sentence).Concat(results.LostSeeds)) Console.WriteLine(line);
            Console.WriteLine($"report: {folder.ReportPath}");
            return CommandLine.Done;
        }
    }
}
