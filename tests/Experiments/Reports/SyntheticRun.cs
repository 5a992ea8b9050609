using System.Text.Json.Nodes;
using PoseEngine.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Reports;

/// <summary>A run that nobody trained: curves of the shape that the walker gives, written through the public API.</summary>
internal static class SyntheticRun
{
    public const double MeanPose = 165;

    private sealed record Recipe(
        string Name, string Method, double EndError, double EndMedian, double Seconds, double? Krylov, string Key, double Value);

    private static readonly Recipe[] Recipes =
    [
        new("soft-adam lambda=0.0001", "soft-adam", 38.9, 5.3, .12, null, "lambda", 0.0001),
        new("soft-adam lambda=0.001", "soft-adam", 39.1, 3.7, .12, null, "lambda", 0.001),
        new("soft-adam lambda=0.01", "soft-adam", 47.4, 3.1, .12, null, "lambda", 0.01),
        new("soft-sgd lambda=0.0001", "soft-sgd", 41.1, 5.9, .09, null, "lambda", 0.0001),
        new("soft-sgd lambda=0.001", "soft-sgd", 43.8, 4.8, .09, null, "lambda", 0.001),
        new("hard-sgd eta=10", "hard-sgd", 812, 22, .9, 64, "eta", 10),
        new("hard-sgd eta=1000", "hard-sgd", 58.4, 2.9, .8, 41, "eta", 1000),
        new("hard-sgd eta=10000", "hard-sgd", 43.2, 4.1, .8, 38, "eta", 10000),
        new("hard-adam eta=1000", "hard-adam", 61.7, 4.4, 2.1, 210, "eta", 1000),
        new("hard-gn eta=100", "hard-gn", 46.0, 3.4, 3.3, 420, "eta", 100),
    ];

    public static RunConfig Config(long seed = 1) => new(
        "pose", "poseengine pose --preset smoke --seed 1 --out \"runs/<demo>\"", "smoke", seed, "cpu", "float32", "0.1.0",
        new DateTimeOffset(2025, 3, 1, 12, 0, 0, TimeSpan.Zero),
        new JsonObject
        {
            ["penalty"] = "sum",
            ["data"] = new JsonObject { ["source"] = "walker", ["train"] = 8000, ["validation"] = 1500 },
            ["batch"] = 128,
            ["lambdas"] = new JsonArray(0.0001, 0.001, 0.01),
            ["note"] = "<script>alert('settings')</script>",
        });

    /// <summary>Writes a whole run, or one killed in the middle: no summary, the last models missing.</summary>
    public static RunDirectory Write(string path, bool finished = true, int steps = 12)
    {
        var run = RunDirectory.Create(path, Config());
        var models = new List<ModelSummary> { WriteUnconstrained(run, steps) };
        foreach (var recipe in finished ? Recipes : Recipes[..4]) models.Add(WriteModel(run, recipe, steps));
        if (finished) run.WriteSummary(Summary(models));
        return run;
    }

    public static RunSummary Summary(IReadOnlyList<ModelSummary> models) => new(
        "pose", "smoke", 1, "cpu", "float32", "0.1.0", new("walker", 8000, 1500, MeanPose), models, 1234.5);

    public static MetricLine Line(string model, int iteration, double error = 50, double median = 4) => new(
        model, model.Split(' ')[0], iteration, iteration * .5, .1, null, null, .01)
    {
        Metrics = Figures.Of(error, median),
    };

    public static ModelSummary Model(string name, double error = 40, double median = 4) => new(
        name, name.Split(' ')[0], new Dictionary<string, object?> { ["lambda"] = 0.001, ["mode"] = "x", ["warm"] = true },
        150, .25, null, $"models/{name}.safetensors", Curve(median))
    {
        Metrics = Figures.Of(error, median),
    };

    private static ModelSummary WriteUnconstrained(RunDirectory run, int steps)
    {
        for (var i = 0; i <= steps; i++)
        {
            var t = (double)i / steps;
            var error = 41.5 + (MeanPose - 41.5) / (1 + Math.Exp(14 * (t - .3)));
            run.AppendMetrics(Line("unconstrained", i * 100, error, 6.1 * Math.Min(1, 4 * t) + .6));
        }
        return Model("unconstrained", 41.5, 6.7) with { Iterations = steps * 100, Settings = new Dictionary<string, object?>() };
    }

    private static ModelSummary WriteModel(RunDirectory run, Recipe recipe, int steps)
    {
        var noise = new Random(recipe.Name.Length);
        for (var i = 1; i <= steps; i++)
        {
            var pull = 1 - Math.Exp(-4.0 * i / steps);
            var bump = recipe.Method.StartsWith("hard", StringComparison.Ordinal) ? 14 * Math.Exp(-i / 2.5) : 0;
            var error = 41.5 + (recipe.EndError - 41.5) * pull + bump + noise.NextDouble();
            var median = 6.7 + (recipe.EndMedian - 6.7) * pull - bump / 8 + .2 * noise.NextDouble();
            run.AppendMetrics(Line(recipe.Name, i * 10, error, median) with
            {
                Loss = error * error * 3e-5,
                KrylovIterations = recipe.Krylov is { } k ? Math.Round(k * (.7 + .6 * noise.NextDouble())) : null,
                MultiplierNorm = recipe.Krylov is null ? null : 12,
            });
        }
        return Model(recipe.Name, recipe.EndError, recipe.EndMedian) with
        {
            Iterations = steps * 10,
            Settings = new Dictionary<string, object?> { [recipe.Key] = recipe.Value },
            SecondsPerIteration = recipe.Seconds,
            KrylovIterationsPerStep = recipe.Krylov,
        };
    }

    private static SharePoint[] Curve(double median) =>
        Enumerable.Range(0, 51).Select(t => new SharePoint(t, 1 - Math.Exp(-.7 * t / median))).ToArray();
}
