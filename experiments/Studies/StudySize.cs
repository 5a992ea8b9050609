using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Studies;

/// <summary>How much a study does.</summary>
/// <param name="Seeds">Seeds 1 to this one.</param>
/// <param name="Images">Walkers of the common parts.</param>
/// <param name="Start">Iterations of their unconstrained models.</param>
/// <param name="All">Walkers of the large part; 0 leaves it out.</param>
/// <param name="Long">Iterations of its unconstrained models.</param>
/// <param name="Seconds">Training time of each model whose front is drawn.</param>
/// <param name="Short">Training time of each model of the other parts.</param>
/// <param name="Active">Samples of an active set.</param>
/// <param name="Constrained">The sizes of C whose forgetting is looked at.</param>
/// <param name="Labelled">The shares of labels, beside all of them.</param>
internal sealed record StudySize(
    string Name, int Seeds, int Batch, int Images, int Start, int All, int Long, double Seconds, double Short, int Active,
    IReadOnlyList<int> Constrained, IReadOnlyList<double> Labelled)
{
    public static IReadOnlyList<StudySize> Known { get; } =
    [
        new("smoke", 2, 32, 300, 12, 0, 0, 0.3, 0.3, 16, [16, 64], [0.2]),
        new("quick", 5, 128, 10_000, 1000, 0, 0, 15, 8, 128, [128, 512, 2048, 8000], [0.05]),
        new("full", 5, 128, 10_000, 1200, 162_008, 2000, 15, 8, 128, [128, 512, 2048, 8000], [0.05, 0.2]),
    ];

    /// <summary>Iterations of the unconstrained models of the extraction column.</summary>
    public int Column => Name == "smoke" ? 400 : 20_000;

    public static StudySize Of(string name) => Known.First(size => size.Name == name);

    /// <summary>A part's text with the numbers of this size.</summary>
    public string Fill(string text, params IReadOnlyList<(string Name, double Value)> more)
    {
        (string Name, double Value)[] numbers =
        [
            ("batch", Batch), ("images", Images), ("start", Start), ("halfstart", Math.Max(Start / 2, 1)), ("all", All), ("long", Long), ("seconds", Seconds), ("short", Short), ("active", Active),
            ("few", Math.Min(Active, 16)), ("grouped", Active >= 112 ? 112 : 16), ("pergroup", Active >= 112 ? 16 : 4), .. more,
        ];
        var values = numbers.Select(own => (own.Name, Value: own.Value.ToString("R", CultureInfo.InvariantCulture)))
            .Append((Name: "seeds", Value: string.Join(", ", Enumerable.Range(1, Seeds))));
        // The longer name first: one may begin with another.
        return values.OrderByDescending(own => own.Name.Length).Aggregate(text, (all, own) => all.Replace($"${own.Name}", own.Value, StringComparison.Ordinal));
    }
}

/// <summary>One part of a study: a sweep.</summary>
/// <param name="Key">The name of its folder.</param>
/// <param name="Letter">The question that it belongs to.</param>
/// <param name="Problem">The built-in problem.</param>
/// <param name="Text">The sweep's file.</param>
/// <param name="Start">The part whose unconstrained models it starts from, or null.</param>
internal sealed record StudyPart(string Key, char Letter, string Title, string Problem, string Text, string? Start = null)
{
    /// <summary>The key of the part on the extraction column.</summary>
    public const string Column = "column";

    public SweepSpec Spec() => SweepFile.Parse($"{Key}.toml", Text, ProblemFile.Read(Problem)) with { Preset = "study" };

    /// <summary>The parts of the study "beyond" at a size, in the order in which they are done.</summary>
    /// <param name="size">How much is done.</param>
    /// <param name="column">The problem file of the extraction column, which comes without its data; null leaves the part out.</param>
    public static IReadOnlyList<StudyPart> Beyond(StudySize size, string? column = null)
    {
        string Text(string file, params IReadOnlyList<(string, double)> more) => size.Fill(EmbeddedText.Get($"study.{file}.toml"), more);
        List<StudyPart> parts = [new("front", 'a', $"{size.Images:N0} walkers", BuiltInProblems.Pose, Text("front"))];
        parts.AddRange(size.Constrained.Select(count => new StudyPart(
            $"forget-{count}", 'b', $"C of {count:N0} samples", BuiltInProblems.Pose, Text("forget", ("constrained", count)), "front")));
        parts.AddRange(size.Labelled.Select(share => new StudyPart(
            string.Create(CultureInfo.InvariantCulture, $"labels-{share}"), 'c', $"{100 * share:0} % of the labels", BuiltInProblems.Pose, Text("labels", ("labelled", share)))));
        parts.Add(new("groups", 'd', "bones as long in all images of a person", BuiltInProblems.Subjects, Text("groups")));
        if (column is not null)
        {
            var steps = size.Column;
            parts.Add(new(Column, 'e', "the extraction column of others", column, Text(
                Column, ("column", steps), ("twice", 2 * steps), ("half", steps / 2), ("tenth", steps / 10), ("hundredth", steps / 100), ("warm", steps / 200))));
        }
        if (size.All > 0) parts.Add(new("all", 'a', $"{size.All:N0} walkers", BuiltInProblems.Pose, Text("all")));
        return parts;
    }
}
