namespace PoseEngine.Experiments.Interchange;

/// <summary>Makes a model out of a .safetensors file of another program, which says nothing but names, shapes and numbers.</summary>
/// <param name="Input">Extents of one sample, such as "3x128x128".</param>
/// <param name="Prefix">What stands in front of every name, such as "module."; may be empty.</param>
/// <param name="OutputScaleMm">Millimetres that one unit of the outputs stands for.</param>
internal sealed record WeightsImport(string Path, string Architecture, string Input, string Prefix, double OutputScaleMm, InputEncoding Encoding)
{
    /// <summary>Reads the values of --mean and --std.</summary>
    /// <exception cref="UserErrorException">A word is not a number of the allowed range.</exception>
    public static InputEncoding EncodingOf(string mean, string deviation) => new(Numbers("--mean", mean, -1000), Numbers("--std", deviation, 1e-6));

    /// <summary>Whether the model is of float64, which is kept where the file holds any.</summary>
    public static bool NeedsDouble(SafeTensorsFile file) => file.Tensors.Values.Any(tensor => tensor.Type == "F64");

    /// <exception cref="UserErrorException">An option is wrong, or the file is a model of ours already.</exception>
    /// <exception cref="ModelFileException">The tensors do not fit the network, or a number is NaN or infinite.</exception>
    public ModelFile<T> Build<T>(SafeTensorsFile file, ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (file.Metadata.GetValueOrDefault("format") == ModelFormat.Name) throw new UserErrorException($"{Path} is a model of poseengine already: evaluate, predict and train --start read it as it is");
        var network = Network(device);
        var metadata = new Dictionary<string, string> { ["imported_from"] = System.IO.Path.GetFileName(Path) };
        var model = ModelFile<T>.FromTensors(Strip(file), Path, network, OutputScaleMm, metadata);
        var w = model.Parameters.ToArray();
        Fold(network, w);
        return model with { Parameters = device.From(w) };
    }

    private void Fold<T>(Network<T> network, T[] w)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var channels = network.Input[0];
        foreach (var (option, numbers) in new[] { ("--mean", Encoding.Mean), ("--std", Encoding.Deviation) })
        {
            if (numbers.Count != 1 && numbers.Count != channels) throw new UserErrorException($"{option}: {numbers.Count} numbers for {channels} channels; give one, or one for each");
        }
        try
        {
            Encoding.Fold(network, w);
        }
        catch (ModelFileException e)
        {
            throw new UserErrorException($"--mean and --std: {e.Message}", e);
        }
    }

    private Network<T> Network<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Attempt.Of(
            () => PoseEngine.Layers.Network<T>.Parse(device, Input, Architecture),
            (FormatException e) => new UserErrorException($"--network, --input: {e.Message}", e));

    private SafeTensorsFile Strip(SafeTensorsFile file)
    {
        if (Prefix.Length == 0) return file;
        var stray = file.Tensors.Keys.FirstOrDefault(name => !name.StartsWith(Prefix, StringComparison.Ordinal));
        return stray is null
            ? file.Renamed(name => name[Prefix.Length..])
            : throw new UserErrorException($"--prefix {Prefix}: tensor {SafeTensorsFile.Shown(stray)} of {Path} does not begin with it");
    }

    private static double[] Numbers(string option, string text, double least) =>
    [
        .. text.Split(',').Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= 1000
            ? number
            : throw new UserErrorException($"{option} {text}: \"{word}\" is not a number from {least} to 1000")),
    ];
}
