using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Studies;

/// <summary>The parts of a study as far as they are done.</summary>
internal sealed record StudyResults(StudySize Size, string Folder, IReadOnlyList<(StudyPart Part, SweepResults? Sweep)> Parts)
{
    /// <summary>Reads what is there.</summary>
    public static StudyResults Load(StudySize size, string folder) => new(size, folder,
    [
        .. StudyPart.Beyond(size, StudyPart.Column).Select(part => (part, SweepDirectory.Holds(FolderOf(folder, part)) ? SweepResults.Load(SweepDirectory.Open(FolderOf(folder, part))) : null)),
    ]);

    public static string FolderOf(string folder, StudyPart part) => Path.Combine(folder, part.Key);

    /// <summary>Whether all cells of all parts are done or given up.</summary>
    public bool IsFinished => Parts.All(part => part.Sweep is { Counts: { Left: 0, Running: 0 } });

    public SweepResults? Find(string key) => Parts.FirstOrDefault(part => part.Part.Key == key).Sweep;

    /// <summary>The sweeps that answer a question, with their parts.</summary>
    public IEnumerable<(StudyPart Part, SweepResults Sweep)> Of(char letter)
        => Parts.Where(part => part.Part.Letter == letter && part.Sweep is not null).Select(part => (part.Part, part.Sweep!));

    /// <summary>The configuration of a name in a sweep, or null.</summary>
    public static ConfigurationResult? Find(SweepResults? sweep, string label) => sweep?.Configurations.FirstOrDefault(c => c.Label.StartsWith(label, StringComparison.Ordinal));

    /// <summary>Pairs of the models of two configurations that share a seed.</summary>
    public static IEnumerable<(ModelSummary First, ModelSummary Second)> BySeed(ConfigurationResult? first, ConfigurationResult? second)
        => first is null || second is null ? []
            : from a in first.Cells join b in second.Cells on a.Cell.Seed equals b.Cell.Seed where a.Model is not null && b.Model is not null select (a.Model!, b.Model!);
}
