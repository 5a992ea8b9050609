using System.Globalization;
using System.Text.RegularExpressions;
using PoseEngine.Experiments.Commands;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests;

/// <summary>
/// The commands of all README files, in their order and in one folder: each is understood, and each that does not take minutes
/// or other people's data is run, at the smallest sizes.
/// </summary>
[TakesLong]
public sealed partial class ReadmeCommandTests
{
    private static readonly string[] Pages = ["README.md", "experiments/README.md", "engine/README.md", "kernels/README.md", "tools/README.md"];

    /// <summary>What makes commands small, by their beginnings; the first that fits counts. Null: only whether it is understood.</summary>
    private static readonly (string Begins, string? With)[] Sizes =
    [
        ("bench", null), ("data import", null), ("sweep my.toml", null), ("sweep", "--list"), ("spheres", "--preset smoke"), ("krylov --matrix-market", null),
        ("krylov", null), ("check --device cuda", null), ("devices", ""), ("model import", null), ("predict --model model.safetensors", null), ("data make", null),
        ("train --method unconstrained --data mixed", null), ("evaluate --model run-mixed", null), ("pose --data walking", null), ("evaluate --model runs/human36m", null),
        ("pose --problem column.toml", null), ("model export --model M", null),
        ("pose --problem my.toml", "--preset smoke --batch 32"), ("doctor", "--active 8 --steps 2 --batch 8"),
        ("pose --labelled", "--labelled 0.5 --images 60 --batch 8 --cache cache"),
        ("train --problem my.toml", "--iterations 3"), ("pose", "--preset smoke --images 60 --batch 8 --cache cache"), ("problem check", ""), ("", ""),
    ];

    private string _folder = null!;

    [OneTimeSetUp]
    public void Enter()
    {
        if (Repository.Folder is null) Assert.Ignore("the sources are not here");
        _folder = Directory.CreateTempSubdirectory("poseengine-readme-").FullName;
        WriteProblem(File.ReadAllText(Path.Combine(Repository.Folder!, "README.md")));
    }

    [OneTimeTearDown]
    public void Leave()
    {
        if (_folder is null) return;
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void EveryCommandIsUnderstood()
    {
        foreach (var (page, command) in Pages.SelectMany(Commands))
        {
            Assert.That(CommandLine.Root().Parse(Words(command)).Errors.Select(error => error.Message), Is.Empty, $"{page}: poseengine {command}");
        }
    }

    [Test]
    public void WhatTakesNoMinutesRuns()
    {
        var ran = new List<string>();
        foreach (var (page, command) in Pages.SelectMany(Commands).DistinctBy(found => found.Command))
        {
            if (Sizes.First(size => command.StartsWith(size.Begins, StringComparison.Ordinal)).With is not { } with) continue;
            // What stands there twice in other words finds the results of the first.
            if (command.StartsWith("pose", StringComparison.Ordinal) && !command.Contains("--out", StringComparison.Ordinal) && !command.Contains("--problem", StringComparison.Ordinal)) with += " --out runs/pose-quick --overwrite";
            string[] more = with.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var (code, output) = Shell.Poseengine(_folder, [.. Without(Words(command), more), .. more]);
            Assert.That(code, Is.Zero, $"{page}: poseengine {command} {with}\n{output}");
            ran.Add(command);
        }
        Assert.That(ran, Has.Count.AtLeast(8).And.Some.StartsWith("train --problem").And.Some.StartsWith("predict").And.Some.StartsWith("evaluate"));
    }

    [Test]
    public void TheTopPageIsShortAndTheTargetsOfTheBuildScriptAreThere()
    {
        var top = File.ReadAllLines(Path.Combine(Repository.Folder!, "README.md"));
        Assert.That(top, Has.Length.AtMost(150));
        var script = File.ReadAllText(Path.Combine(Repository.Folder!, "build.ps1"));
        foreach (Match match in Pages.SelectMany(page => Target().Matches(File.ReadAllText(Path.Combine(Repository.Folder!, page)))))
        {
            foreach (var target in match.Groups[1].Value.Split('|')) Assert.That(script, Does.Contain($"'{target}' {{"));
        }
    }

    private static IEnumerable<(string Page, string Command)> Commands(string page)
        => Line().Matches(File.ReadAllText(Path.Combine(Repository.Folder!, page))).Select(match => (page, match.Groups[1].Value.Trim()));

    /// <summary>A remark stands behind several blanks.</summary>
    private static string[] Words(string command) => Remark().Split(command)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The words less the options that are given anew, with their values.</summary>
    private static IEnumerable<string> Without(string[] words, string[] more)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i].StartsWith("--", StringComparison.Ordinal) && more.Contains(words[i])) i++;
            else yield return words[i];
        }
    }

    /// <summary>The problem that README shows, with data that fit it: points on a sphere, seen through random numbers.</summary>
    private void WriteProblem(string readme)
    {
        File.WriteAllText(Path.Combine(_folder, "my.toml"), Toml().Match(readme).Groups[1].Value);
        var random = new PoseEngine.Tensors.RandomGenerator(1);
        var (inputs, targets) = (new List<string> { "a,b,c,d" }, new List<string> { "u,v,w" });
        for (var i = 0; i < 200; i++)
        {
            double[] y = [random.NextNormal(), random.NextNormal(), random.NextNormal()];
            var length = Math.Sqrt(y.Sum(v => v * v));
            targets.Add(string.Join(',', y.Select(v => (10 * v / length).ToString("R", CultureInfo.InvariantCulture))));
            inputs.Add(string.Join(',', y.Append(random.NextNormal()).Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
        }
        File.WriteAllLines(Path.Combine(_folder, "inputs.csv"), inputs);
        File.WriteAllLines(Path.Combine(_folder, "targets.csv"), targets);
    }

    [GeneratedRegex(@"^    (?:POSE_\S+ )?(?:poseengine|dotnet run -c Release --project experiments --) (.+)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("```toml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Toml();

    [GeneratedRegex(@"build\.ps1 ([a-z|-]+)")]
    private static partial Regex Target();

    [GeneratedRegex(" {3,}")]
    private static partial Regex Remark();
}
