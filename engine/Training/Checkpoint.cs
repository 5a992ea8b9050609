using System.Globalization;
using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// A run on disk: parameters, the method's vectors (moments, multipliers), the samplers, curves and the iteration. A resumed
/// run goes on to the same bits as one that was never interrupted. Where the parameters are a network's, the file is a
/// model file as well.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Method">What makes the steps, such as "soft-adam".</param>
/// <param name="Parameters">w, of any shape; all runs together where several go side by side.</param>
public sealed record Checkpoint<T>(string Method, Tensor<T> Parameters)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string ParametersName = "w";
    private const string StatePrefix = "state.";
    private const string NotePrefix = "note.";
    private const string SettingPrefix = "setting.";
    private const string SamplerPrefix = "sampler.";
    private const string CurvePrefix = "curve.";

    /// <summary>The network whose parameters they are, or null.</summary>
    public Network<T>? Network { get; init; }

    /// <summary>The unit of the network's outputs, as a model file states it.</summary>
    public double OutputScale { get; init; } = 1;

    /// <summary>The constraints that the network is trained under, as a model file states them, or null.</summary>
    public string? Constraints { get; init; }

    /// <summary>All settings that the run depends on, by name; a resume must state the same.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Vectors beside w that the next step depends on, by name.</summary>
    public IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; init; } = [];

    /// <summary>What draws samples, by name.</summary>
    public IReadOnlyList<(string Name, Sampler<T> Sampler)> Samplers { get; init; } = [];

    /// <summary>Numbers observed so far, in float64, by name.</summary>
    public IReadOnlyList<(string Name, double[] Numbers)> Curves { get; init; } = [];

    /// <summary>Writes the checkpoint, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="iteration">Steps taken.</param>
    /// <param name="notes">Numbers that the run keeps beside, such as totals for its summary.</param>
    public void Save(string path, long iteration, IReadOnlyDictionary<string, double> notes)
    {
        using var vectors = new CheckpointVectors<T>(this, new HostSnapshot());
        vectors.Snapshot.Take();
        Write(path, Describe(iteration, notes), vectors);
    }

    /// <summary>What a file holds beside vectors, as it is now.</summary>
    /// <inheritdoc cref="Save"/>
    internal SafeTensorsFile Describe(long iteration, IReadOnlyDictionary<string, double> notes)
    {
        var file = new SafeTensorsFile();
        if (Constraints is not null) file.Metadata[ModelFormat.ConstraintsKey] = Constraints;
        file.Metadata["method"] = Method;
        file.Metadata["precision"] = Precision;
        file.Metadata["iteration"] = iteration.ToString(CultureInfo.InvariantCulture);
        foreach (var (name, setting) in Settings) file.Metadata[SettingPrefix + name] = setting;
        foreach (var (name, number) in notes) file.Metadata[NotePrefix + name] = number.ToString("R", CultureInfo.InvariantCulture);
        foreach (var (name, numbers) in Curves) file.Add<double>(CurvePrefix + name, numbers, numbers.Length);
        foreach (var (name, sampler) in Samplers)
        {
            var (generator, position) = sampler.State;
            file.Add<ulong>(SamplerPrefix + name, [generator.State, generator.Increment, (ulong)position], 3);
        }
        return file;
    }

    /// <summary>Adds the vectors, which have arrived, and writes the file, whole or not at all; on any thread.</summary>
    internal void Write(string path, SafeTensorsFile file, CheckpointVectors<T> vectors)
    {
        if (Network is null) file.Add(ParametersName, vectors.Parameters.Numbers, Parameters.Count);
        else ModelFile<T>.Write(file, Network, vectors.Parameters.Numbers, OutputScale);
        foreach (var ((name, _), part) in State.Zip(vectors.State)) file.Add(StatePrefix + name, part.Numbers, part.Numbers.Length);
        FileChecksum.Seal(file);
        file.Save(path);
    }

    /// <summary>Puts a saved run's numbers into this one.</summary>
    /// <returns>The steps taken and the notes of the saved run.</returns>
    /// <exception cref="OtherRunException">The file is of another method, network, precision or of other settings.</exception>
    /// <exception cref="ModelFileException">The file is damaged; what was restored before that was found is worth nothing.</exception>
    public (long Iteration, IReadOnlyDictionary<string, double> Notes) Restore(string path)
    {
        var file = SafeTensorsFile.Load(path);
        FileChecksum.Verify(file, path);
        Expect(path, "method", file.Metadata.GetValueOrDefault("method"), Method);
        if (Network is not null) Expect(path, "network", file.Metadata.GetValueOrDefault("architecture"), Network.Text);
        Expect(path, "precision", file.Metadata.GetValueOrDefault("precision"), Precision);
        ExpectSettings(file, path);
        if (!long.TryParse(file.Metadata.GetValueOrDefault("iteration"), NumberStyles.None, CultureInfo.InvariantCulture, out var iteration))
        {
            throw new ModelFileException($"{path}: iteration \"{file.Metadata.GetValueOrDefault("iteration")}\" is not a number of steps");
        }
        RestoreParameters(file, path);
        foreach (var (name, vector) in State) vector.CopyFrom(ReadFinite(file, path, StatePrefix + name, vector.Count));
        foreach (var (name, numbers) in Curves) Read<double>(file, path, CurvePrefix + name, numbers.Length).CopyTo(numbers);
        foreach (var (name, sampler) in Samplers) RestoreSampler(file, path, SamplerPrefix + name, sampler);
        var notes = file.Metadata
            .Where(entry => entry.Key.StartsWith(NotePrefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[NotePrefix.Length..], entry => ReadNote(path, entry));
        return (iteration, notes);
    }

    private static string Precision => typeof(T) == typeof(float) ? "float32" : "float64";

    private static bool IsOwn(string tensor)
        => tensor.StartsWith(StatePrefix, StringComparison.Ordinal) || tensor.StartsWith(SamplerPrefix, StringComparison.Ordinal)
            || tensor.StartsWith(CurvePrefix, StringComparison.Ordinal);

    private void ExpectSettings(SafeTensorsFile file, string path)
    {
        var saved = file.Metadata.Keys.Where(key => key.StartsWith(SettingPrefix, StringComparison.Ordinal)).Select(key => key[SettingPrefix.Length..]);
        foreach (var name in Settings.Keys.Union(saved))
        {
            Expect(path, name, file.Metadata.GetValueOrDefault(SettingPrefix + name), Settings.GetValueOrDefault(name, "(none)"));
        }
    }

    private static void Expect(string path, string name, string? saved, string expected)
    {
        saved ??= "(none)";
        if (saved != expected) throw new OtherRunException(path, name, saved, expected);
    }

    private void RestoreParameters(SafeTensorsFile file, string path)
    {
        if (Network is null)
        {
            Parameters.CopyFrom(ReadFinite(file, path, ParametersName, Parameters.Count));
            return;
        }
        var model = ModelFile<T>.FromSafeTensors(file, path, Network.Device, IsOwn);
        Network.Device.Vectors.Copy(model.Parameters, Parameters);
        model.Parameters.Storage.Dispose();
    }

    private static void RestoreSampler(SafeTensorsFile file, string path, string name, Sampler<T> sampler)
    {
        var numbers = Read<ulong>(file, path, name, 3);
        try
        {
            sampler.State = new SamplerState(new RandomState(numbers[0], numbers[1]), checked((int)numbers[2]));
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw new ModelFileException($"{path}: tensor {name} holds the place {numbers[2]}, behind the last sample; start anew", e);
        }
    }

    private static double ReadNote(string path, KeyValuePair<string, string> entry)
        => double.TryParse(entry.Value, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ModelFileException($"{path}: {entry.Key} is \"{entry.Value}\", expected a number");

    private static T[] ReadFinite(SafeTensorsFile file, string path, string name, int count)
    {
        var numbers = Read<T>(file, path, name, count).ToArray();
        var bad = numbers.AsSpan().IndexOfAnyExceptFinite();
        return bad < 0 ? numbers : throw new ModelFileException($"{path}: tensor {name} holds {numbers[bad]} at element {bad}; start anew");
    }

    private static ReadOnlySpan<TElement> Read<TElement>(SafeTensorsFile file, string path, string name, int count)
        where TElement : unmanaged
    {
        if (!file.Tensors.TryGetValue(name, out var tensor)) throw new ModelFileException($"{path}: tensor {name} is missing; start anew");
        if (tensor.Shape is not [var length] || length != count)
        {
            throw new ModelFileException($"{path}: tensor {name} has shape [{string.Join(", ", tensor.Shape)}], expected [{count}]; start anew");
        }
        return tensor.As<TElement>();
    }
}

/// <summary>Copies on the host of a checkpoint's vectors.</summary>
/// <param name="of">The checkpoint.</param>
/// <param name="snapshot">Memory for them, which goes with the copies.</param>
internal sealed class CheckpointVectors<T>(Checkpoint<T> of, Snapshot snapshot) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>All of them together.</summary>
    public Snapshot Snapshot => snapshot;

    /// <summary>w.</summary>
    public SnapshotPart<T> Parameters { get; } = snapshot.Add(of.Parameters);

    /// <summary>The vectors beside, in the order of <see cref="Checkpoint{T}.State"/>.</summary>
    public IReadOnlyList<SnapshotPart<T>> State { get; } = [.. of.State.Select(state => snapshot.Add(state.Vector))];

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => snapshot.Dispose();
}

/// <summary>A checkpoint is whole, but of another run than the one that would go on from it.</summary>
/// <param name="path">The file.</param>
/// <param name="name">In what the runs differ.</param>
/// <param name="saved">The checkpoint's value.</param>
/// <param name="expected">This run's value.</param>
public sealed class OtherRunException(string path, string name, string saved, string expected)
    : ModelFileException($"{path}: the checkpoint's {name} is {saved}, this run's is {expected}; resume with the same settings or start anew");
