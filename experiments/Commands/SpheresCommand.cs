using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Experiments.Spheres;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine spheres</c>: the synthetic experiment of section 6.2, Fig. 3 and 4.</summary>
internal static class SpheresCommand
{
    private const string Name = "spheres";

    // First: the options take their defaults from it.
    private static readonly SpheresSettings Defaults = SpheresSettings.OfPreset("quick");

    private static readonly Option<string> Preset = new("--preset")
    {
        Description = "Sizes of the run: smoke (seconds), quick (all of the paper's sizes, 10 seeds) or paper (30 seeds)",
        DefaultValueFactory = _ => "quick",
    };

    private static readonly Option<string> Reading = new("--reading")
    {
        Description = "How the variance 0.01 of the centres is read: literal (each coordinate), similar (||c|| about 0.1) or both",
        DefaultValueFactory = _ => "both",
    };

    private static readonly Option<long> Seed = new("--seed")
    {
        Description = "Seed of everything random: same seed and device, same bits. Bands take the seeds behind it",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int?> Seeds = new("--seeds") { Description = "Other seeds for the bands [default: by the preset]" };

    private static readonly Option<int?> Dimension = new("--dimension") { Description = "Dimension d of Fig. 4 [default: by the preset, 1000000 in the paper]" };

    private static readonly Option<int> Spheres = new("--spheres") { Description = "Spheres", DefaultValueFactory = _ => Defaults.Spheres };

    private static readonly Option<int> Active = new("--active") { Description = "Spheres of an active set", DefaultValueFactory = _ => Defaults.Active };

    private static readonly Option<int?> Iterations = new("--iterations") { Description = "Steps [default: by the preset, 500 in the paper]" };

    private static readonly Option<double> Lambda = new("--lambda") { Description = "lambda of Eq. 17; its sum runs over the active spheres", DefaultValueFactory = _ => Defaults.Lambda };

    private static readonly Option<double> Eta = new("--eta") { Description = "eta of Eq. 5 (not given in the paper)", DefaultValueFactory = _ => Defaults.Eta };

    private static readonly Option<double> Rate = new("--rate") { Description = "Learning rate of the soft runs (not given in the paper)", DefaultValueFactory = _ => Defaults.Rate };

    private static readonly Option<string?> Out = new("--out") { Description = "Folder for results [default: a new folder under runs/]" };

    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on with an interrupted run, to the same bits as without the interruption" };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace a run that --out holds" };

    public static Command Create()
    {
        var device = new DeviceOptions();
        var command = new Command(
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
            """)
        {
            Preset, Reading, Dimension, Spheres, Active, Iterations, Lambda, Eta, Rate, Seed, Seeds, Out, Resume, Overwrite,
        };
        device.AddTo(command);
        command.SetAction(parsed => device.With(parsed, new Action(device, parsed)));
        return command;
    }

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
            var settings = Settings(parsed);
            var seed = parsed.GetValue(Seed);
            if (seed < 0) throw new UserErrorException($"--seed {seed}: must be 0 or more");
            SpheresMemory.Check(device, settings);
            using var interruption = new Interruption();
            var config = Config(settings, seed);
            var folder = RunDirectory.Create(
                parsed.GetValue(Out) ?? RunOptions.DefaultFolder(Name, config.Preset, Existing() != ExistingRun.Refuse), config, Existing());
            var progress = BenchProgress.ForConsole();
            var threads = options.Threads(parsed);
            var results = new SpheresRun<T>(device, settings, (ulong)seed, threads, folder, progress.Say).Run(interruption.Token);
            progress.Clear();
            var claims = SpheresClaims.Of(results, settings);
            SpheresReport.Write(folder, config, settings, results, claims);
            foreach (var claim in claims) Console.WriteLine(claim.Sentence);
            foreach (var lost in results.LostSeeds) Console.WriteLine(lost);
            Console.WriteLine($"report: {folder.ReportPath}");
            return CommandLine.Done;
        }

        private ExistingRun Existing() => parsed.GetValue(Resume) ? ExistingRun.Resume
            : parsed.GetValue(Overwrite) ? ExistingRun.Overwrite
            : ExistingRun.Refuse;

        private RunConfig Config(SpheresSettings settings, long seed) => new(
            Name, RunOptions.Typed(parsed), parsed.GetValue(Preset)!, seed,
            options.Name(parsed), options.Precision(parsed), RunOptions.Version, DateTimeOffset.Now, settings.ToNode());
    }
}
