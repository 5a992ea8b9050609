using PoseEngine.Experiments.Data;

namespace PoseEngine.Tests.Support;

/// <summary>The problem of the paper, and training methods on it with settings as the command line has them.</summary>
internal static class PoseProblem
{
    /// <summary>Another network, on which a step takes milliseconds, on the stand-in too.</summary>
    public const string SmallNetwork = "pool4,conv4x5,pool4,relu,dense51";

    /// <summary>What its file says.</summary>
    public static ProblemSpec Spec { get; } = ProblemFile.Read(BuiltInProblems.Pose);

    /// <summary>Without data.</summary>
    public static Problem Bare { get; } = Problem.WithoutData(Spec)!;

    /// <summary>A method with settings behind its name, such as "hard-sgd eta=300 active=16".</summary>
    public static MethodSettings Settings(string text) => Settings(text.Split(' ')[0], text.Split(' ')[1..], (_, _) => true);

    /// <summary>A method with those of some settings that it has.</summary>
    public static MethodSettings SettingsOf(string method, string settings) => Settings(method, settings.Split(' '), (own, setting) => own.Has(setting));

    /// <summary>Another value of a setting.</summary>
    public static MethodSettings With(this MethodSettings settings, string name, string text)
    {
        var setting = MethodRegistry.AllSettings.Single(setting => setting.Name == name);
        return settings.With(setting, setting.Parse(text, ValueSource.Option(name, text)));
    }

    /// <summary>The problem on a pack, or on other data; and on another network than that of Eq. 13.</summary>
    public static Problem Open(DataSettings data, string? layers = null)
        => Problem.Open(Spec with { Layers = layers ?? Spec.Layers }, data, new DataAccess(null, 1, _ => new Progress<(long, long)>(), CancellationToken.None));

    /// <summary>The problem on a few walkers, which are drawn into a folder.</summary>
    public static Problem Small(string folder, int images)
    {
        if (!Directory.Exists(folder)) WalkerMaker.Make(new WalkerSettings { MaximumImages = images }, folder);
        return Open(new DataSettings { Pack = folder });
    }

    /// <summary>Predictions of poses beside true ones [N, 51], in millimetres.</summary>
    public static Measured Measure(double[] predictions, double[] targets) => Measured.Of(Bare, predictions, targets, [], []);

    private static MethodSettings Settings(string method, string[] settings, Func<Method, Setting, bool> takes)
    {
        var made = new MethodSettings(MethodRegistry.Get(method), Spec.ConstraintNames);
        foreach (var (name, value) in settings.Select(setting => setting.Split('=')).Select(parts => (parts[0], parts[1])))
        {
            if (takes(made.Method, MethodRegistry.AllSettings.Single(setting => setting.Name == name))) made = made.With(name, value);
        }
        return made;
    }
}
