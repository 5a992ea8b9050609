using System.Globalization;
using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// A training run on disk: the model, the method's vectors (moments, multipliers), the generators and the iteration.
/// A resumed run goes on to the same bits as one that was never interrupted. The file is a model file as well.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Network">phi, whose parameters the method trains.</param>
/// <param name="Method">The training method, with its parameters and state.</param>
/// <param name="Minibatches">Draws from D.</param>
/// <param name="ActiveSet">Draws from C, or null.</param>
public sealed record Checkpoint<T>(Network<T> Network, TrainingMethod<T> Method, MinibatchSampler Minibatches, ActiveSet<T>? ActiveSet)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string StatePrefix = "state.";
    private const string NotePrefix = "note.";
    private const string SettingPrefix = "setting.";
    private const string MinibatchesName = "sampler.minibatches";
    private const string ActiveSetName = "sampler.active_set";

    /// <summary>Writes the checkpoint, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="outputScaleMm">Millimetres of one output unit.</param>
    /// <param name="settings">All settings that the run depends on, by name; a resume must state the same.</param>
    /// <param name="notes">Numbers that the run keeps beside the method, such as totals for its summary.</param>
    public void Save(
        string path, double outputScaleMm, IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, double> notes)
    {
        var metadata = new Dictionary<string, string>();
        var file = new ModelFile<T>(Network, Method.Parameters, outputScaleMm, metadata).ToSafeTensors();
        file.Metadata["method"] = Method.Name;
        file.Metadata["precision"] = Method.Device.Precision;
        file.Metadata["iteration"] = Method.Iteration.ToString(CultureInfo.InvariantCulture);
        foreach (var (name, setting) in settings) file.Metadata[SettingPrefix + name] = setting;
        foreach (var (name, number) in notes) file.Metadata[NotePrefix + name] = number.ToString("R", CultureInfo.InvariantCulture);
        foreach (var (name, vector) in Method.State) file.Add<T>(StatePrefix + name, vector.ToArray(), vector.Count);
        AddSampler(file, MinibatchesName, Minibatches.State);
        if (ActiveSet is not null) AddSampler(file, ActiveSetName, ActiveSet.State);
        FileChecksum.Seal(file);
        file.Save(path);
    }

    /// <summary>Puts a saved run's numbers into this one.</summary>
    /// <returns>The notes of the saved run.</returns>
    /// <exception cref="OtherRunException">The file is of another method, network, precision or of other settings.</exception>
    /// <exception cref="ModelFileException">The file is damaged; what was restored before that was found is worth nothing.</exception>
    public IReadOnlyDictionary<string, double> Restore(string path, IReadOnlyDictionary<string, string> settings)
    {
        var file = SafeTensorsFile.Load(path);
        FileChecksum.Verify(file, path);
        Expect(path, "method", file.Metadata.GetValueOrDefault("method"), Method.Name);
        Expect(path, "network", file.Metadata.GetValueOrDefault("architecture"), Network.Text);
        Expect(path, "precision", file.Metadata.GetValueOrDefault("precision"), Method.Device.Precision);
        ExpectSettings(file, path, settings);
        var model = ModelFile<T>.FromSafeTensors(file, path, Method.Device, IsOwn);
        Method.Device.Vectors.Copy(model.Parameters, Method.Parameters);
        foreach (var (name, vector) in Method.State) vector.CopyFrom(ReadState(file, path, StatePrefix + name, vector.Count));
        RestoreSamplers(file, path);
        if (!long.TryParse(file.Metadata.GetValueOrDefault("iteration"), CultureInfo.InvariantCulture, out var iteration) || iteration < 0)
        {
            throw new ModelFileException($"{path}: iteration \"{file.Metadata.GetValueOrDefault("iteration")}\" is not a number of steps");
        }
        Method.ResumeAt(iteration);
        return file.Metadata
            .Where(entry => entry.Key.StartsWith(NotePrefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[NotePrefix.Length..], entry => ReadNote(path, entry));
    }

    private void RestoreSamplers(SafeTensorsFile file, string path)
    {
        try
        {
            Minibatches.State = ReadSampler(file, path, MinibatchesName);
            if (ActiveSet is not null) ActiveSet.State = ReadSampler(file, path, ActiveSetName);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new ModelFileException($"{path}: tensor {MinibatchesName} holds a place behind the last sample; start anew", e);
        }
    }

    private static bool IsOwn(string tensor)
        => tensor.StartsWith(StatePrefix, StringComparison.Ordinal) || tensor is MinibatchesName or ActiveSetName;

    private static void ExpectSettings(SafeTensorsFile file, string path, IReadOnlyDictionary<string, string> settings)
    {
        var saved = file.Metadata.Keys.Where(key => key.StartsWith(SettingPrefix, StringComparison.Ordinal)).Select(key => key[SettingPrefix.Length..]);
        foreach (var name in settings.Keys.Union(saved))
        {
            Expect(path, name, file.Metadata.GetValueOrDefault(SettingPrefix + name), settings.GetValueOrDefault(name, "(none)"));
        }
    }

    private static void Expect(string path, string name, string? saved, string expected)
    {
        saved ??= "(none)";
        if (saved != expected) throw new OtherRunException(path, name, saved, expected);
    }

    private static SafeTensor Tensor(SafeTensorsFile file, string path, string name, int count)
    {
        if (!file.Tensors.TryGetValue(name, out var tensor)) throw new ModelFileException($"{path}: tensor {name} is missing");
        if (tensor.Shape is not [var length] || length != count)
        {
            throw new ModelFileException($"{path}: tensor {name} has shape [{string.Join(", ", tensor.Shape)}], expected [{count}]");
        }
        return tensor;
    }

    private static double ReadNote(string path, KeyValuePair<string, string> entry)
        => double.TryParse(entry.Value, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ModelFileException($"{path}: {entry.Key} is \"{entry.Value}\", expected a number");

    private static T[] ReadState(SafeTensorsFile file, string path, string name, int count)
    {
        var tensor = Tensor(file, path, name, count);
        if (tensor.Type != SafeTensor.NameOf<T>())
        {
            throw new ModelFileException($"{path}: tensor {name} holds {tensor.Type}, this run computes in {SafeTensor.NameOf<T>()}; resume with the same --precision");
        }
        var state = tensor.As<T>().ToArray();
        var bad = state.AsSpan().IndexOfAnyExceptFinite();
        return bad < 0 ? state : throw new ModelFileException($"{path}: tensor {name} holds {state[bad]} at element {bad}; start anew");
    }

    private static void AddSampler(SafeTensorsFile file, string name, SamplerState state)
        => file.Add<ulong>(name, [state.Generator.State, state.Generator.Increment, (ulong)state.Position], 3);

    private static SamplerState ReadSampler(SafeTensorsFile file, string path, string name)
    {
        var numbers = Tensor(file, path, name, 3).As<ulong>();
        if (numbers[2] > int.MaxValue) throw new ModelFileException($"{path}: tensor {name} holds the place {numbers[2]}");
        return new SamplerState(new RandomState(numbers[0], numbers[1]), (int)numbers[2]);
    }
}

/// <summary>A checkpoint is whole, but of another run than the one that would go on from it.</summary>
/// <param name="path">The file.</param>
/// <param name="name">In what the runs differ.</param>
/// <param name="saved">The checkpoint's value.</param>
/// <param name="expected">This run's value.</param>
public sealed class OtherRunException(string path, string name, string saved, string expected)
    : ModelFileException($"{path}: the checkpoint's {name} is {saved}, this run's is {expected}; resume with the same settings or start anew");
