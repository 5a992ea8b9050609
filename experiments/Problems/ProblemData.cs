using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PoseEngine.Expressions;

namespace PoseEngine.Experiments.Problems;

/// <summary>The open data of a problem, in its parts: D with labels, C under constraints, and what is held back.</summary>
internal sealed class ProblemData : IDisposable
{
    private const ulong LabelStream = 8;
    private readonly List<Pack> _packs = [];

    private ProblemData(DataSettings settings) => Settings = settings;

    /// <summary>What was opened, with its fingerprint.</summary>
    public DataSettings Settings { get; private set; }

    /// <summary>For reports, such as "walker".</summary>
    public string Name { get; private set; } = "";

    /// <summary>Where the data lie, for reports.</summary>
    public string Place { get; private set; } = "";

    /// <summary>D.</summary>
    public SampleSet Labelled { get; private set; } = null!;

    /// <summary>C, whose labels are not looked at.</summary>
    public SampleSet Constrained { get; private set; } = null!;

    /// <summary>What is held back.</summary>
    public SampleSet Validation { get; private set; } = null!;

    /// <summary>All samples with labels, in the order of their files.</summary>
    public SampleSet All { get; private set; } = null!;

    /// <summary>The shape of an input.</summary>
    public string Input { get; private set; } = "";

    /// <summary>Target values of a sample; 0 where there is an objective.</summary>
    public int Outputs { get; private set; }

    /// <summary>Names of the targets out of their file; none where it has none.</summary>
    public IReadOnlyList<string> OutputNames { get; private set; } = [];

    /// <summary>The files of numbers, or null where there are packs.</summary>
    public NumberData? Numbers { get; private set; }

    /// <summary>How inputs and targets become the network's.</summary>
    public ProblemScale Scale { get; private set; } = null!;

    /// <summary>Opens the data of a problem; walkers are drawn first where the cache has none.</summary>
    /// <param name="scale">The scale of a model that is to be measured; null finds it out.</param>
    /// <exception cref="UserErrorException">A file is damaged, or a setting is out of range.</exception>
    public static ProblemData Open(ProblemSpec spec, DataSettings settings, int outputs, ProblemScale? scale, DataAccess access)
    {
        var data = new ProblemData(settings);
        try
        {
            if (settings.Inputs is not null && settings.Pack is null) data.OpenNumbers(spec, outputs, scale);
            else data.OpenPack(spec, scale, PackFolder.Of(settings, access));
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>Inputs without targets, for a model that is to predict: all sets are all samples. Outputs may have no names.</summary>
    public static ProblemData OfInputs(string file, ProblemScale scale, IReadOnlyList<string> names)
    {
        var numbers = NumberData.Read(file, null, out _);
        (numbers.Scale, numbers.InputScale) = (scale.Outputs, scale.Inputs);
        var all = numbers.All();
        return new ProblemData(new DataSettings { Inputs = file })
        {
            Numbers = numbers,
            Scale = scale,
            Input = numbers.Input.ToString(),
            OutputNames = names,
            Place = file,
            Name = Path.GetFileNameWithoutExtension(file),
            Labelled = all,
            Constrained = all,
            Validation = all,
            All = all,
        };
    }

    public void KeepColumns() => Numbers!.KeepColumns();

    /// <summary>The columns that constraints may be the same within: those of the pack's metadata, or the inputs.</summary>
    public IReadOnlyList<string> GroupColumns => Numbers is not null ? Numbers.ColumnNames : [.. _packs.Select(pack => pack.Columns).Aggregate((a, b) => [.. a.Intersect(b)])];

    /// <summary>Groups all samples by some of <see cref="GroupColumns"/>.</summary>
    public void GroupBy(IReadOnlyList<string> columns)
    {
        if (Numbers is not null) Numbers.GroupColumns = [.. columns.Select(column => Numbers.ColumnNames.ToList().IndexOf(column))];
        foreach (var pack in _packs) pack.GroupBy(columns);
    }

    public void Dispose() => _packs.ForEach(pack => pack.Dispose());

    private void OpenPack(ProblemSpec spec, ProblemScale? scale, string folder)
    {
        var pack = OpenPack(folder, isDrawn: Settings.Pack is null);
        if (pack.Count < 5) throw new UserErrorException($"{folder}: {pack.Count} images are too few to split; a pack needs at least 5");
        var split = Settings.HeldBack is { } share ? PackSplit.Random(pack.Count, (ulong)Settings.Seed, share) : PackSplit.BySubject(pack);
        PackSource Of(int[] indices) => new(pack, indices);
        var (all, training) = (Whole(pack), Of(split.Training));
        Scale = scale ?? new ProblemScale(null, spec.OutputScale is { } unit ? OutputScale.Uniform(all.Outputs, unit) : SpreadOf(training));
        SampleSet Set(PackSource source) => new PackSamples(source, Scale.Outputs);
        (Labelled, All, Validation) = (Set(Of(WithLabels(split.Training))), Set(all), Set(Of(split.Validation)));
        Constrained = Settings.Unlabelled is { } other ? Set(Whole(OpenPack(other, isDrawn: false))) : Some(Settings.Labelled is null ? Labelled : Set(training));
        (Input, Outputs, Place) = ("3x128x128", all.Outputs, pack.Folder);
        Name = Settings is { Pack: null, Motion: null } ? "walker" : string.Join(" + ", Sources(pack));
        Sign(Enumerable.Range(0, pack.Count).Select(i => (ReadOnlyMemory<byte>)MemoryMarshal.AsBytes(pack.Pose(i)).ToArray()));
    }

    private static PackSource Whole(Pack pack) => new(pack, [.. Enumerable.Range(0, pack.Count)]);

    private void OpenNumbers(ProblemSpec spec, int outputs, ProblemScale? scale)
    {
        var data = Numbers = NumberData.Read(Settings.Inputs!, Settings.Targets, out var names);
        if (data.Count < 5) throw new UserErrorException($"{Settings.Inputs}: {data.Count} samples are too few to split; at least 5 are needed");
        var share = Settings.HeldBack ?? throw new UserErrorException($"--split {Settings.Split}: files of numbers have no subjects; choose random, or the share that is held back");
        var split = PackSplit.Random(data.Count, (ulong)Settings.Seed, share);
        var labelled = WithLabels(split.Training);
        var width = data.Outputs > 0 ? data.Outputs : outputs;
        data.Scale = scale?.Outputs ?? (data.Outputs == 0 ? OutputScale.Uniform(width, spec.OutputScale ?? 1)
            : spec.OutputScale is { } unit ? OutputScale.Uniform(width, unit) : data.SpreadOfTargets(labelled));
        data.InputScale = scale is not null ? scale.Inputs : spec.ScalesInputs ? data.SpreadOfInputs(split.Training) : null;
        Scale = new ProblemScale(data.InputScale, data.Scale);
        (Labelled, Validation, All) = (new NumberSamples(data, labelled), new NumberSamples(data, split.Validation), data.All());
        Constrained = Settings.Unlabelled is not null ? null! : Some(Settings.Labelled is null ? Labelled : new NumberSamples(data, split.Training));
        (Input, Outputs, OutputNames, Place) = (data.Input.ToString(), data.Outputs, names ?? [], Settings.Inputs!);
        Name = Path.GetFileNameWithoutExtension(Settings.Inputs!);
        Sign(data.Bytes());
    }

    /// <summary>Reads C where it has a file of its own; after it is known whether constraints read columns.</summary>
    public void OpenUnlabelled()
    {
        if (Constrained is not null) return;
        Constrained = NumberData.ReadMore(Settings.Unlabelled!, Numbers!).All();
    }

    /// <summary>As many of the samples as C shall have.</summary>
    private SampleSet Some(SampleSet all)
        => Settings.Constrained is not { } count ? all
            : count <= all.Count ? all.Some(count)
            : throw new UserErrorException($"constrained = {count:N0}: there are {all.Count:N0} training samples; take as many or fewer");

    /// <summary>A share of the training samples, at random; all of them where none is given.</summary>
    private int[] WithLabels(int[] training)
    {
        if (Settings.Labelled is not { } share) return training;
        var count = Math.Max((int)Math.Round(share * training.Length), 1);
        return [.. new RandomGenerator((ulong)Settings.Seed, LabelStream).Choose(count, training.Length).Select(i => training[i]).Order()];
    }

    private Pack OpenPack(string folder, bool isDrawn)
    {
        var pack = Attempt.When(
            () => Pack.Open(folder), e => isDrawn && e is UserErrorException,
            e => new UserErrorException($"the cached pack is damaged: delete {folder} and run again ({e.Message})", e));
        _packs.Add(pack);
        return pack;
    }

    private static OutputScale SpreadOf(PackSource samples)
        => OutputScale.OfSpread(samples.Targets(), samples.Outputs, [.. Enumerable.Range(0, samples.Count)], samples.Outputs);

    private static IEnumerable<string> Sources(Pack pack)
        => Enumerable.Range(0, pack.Count).Select(pack.Source).Select(source => source.Split(':')[0]).Distinct().Order(StringComparer.Ordinal);

    private void Sign(IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts) hash.AppendData(part.Span);
        Settings = Settings with { Fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16)) };
    }
}
