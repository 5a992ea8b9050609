using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Commands;

/// <summary>The options that say where a sweep computes: on several devices at once, each of which takes the next free cell.</summary>
internal sealed class DeviceListOptions
{
    private const int MostDevices = 64;

    private readonly Option<string> _device = Options.Of("--device", "Devices separated by commas, each takes the next free cell: auto, cpu, cuda, cuda:1 and so on", "auto");

    private readonly DeviceOptions _common = new();

    public void AddTo(Command command)
    {
        command.Add(_device);
        _common.AddPrecisionAndThreads(command);
    }

    public string Precision(ParseResult parsed) => _common.Precision(parsed);

    public int Threads(ParseResult parsed) => _common.Threads(parsed);

    /// <summary>The devices named. Several workers on the CPU share its processors.</summary>
    /// <exception cref="UserErrorException">One is not to be had.</exception>
    public IReadOnlyList<SweepDevice<T>> Devices<T>(ParseResult parsed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var text = parsed.GetValue(_device)!;
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        if (names.Contains("") || names.Length > MostDevices) throw new UserErrorException($"--device {text}: name 1 to {MostDevices} devices, separated by commas");
        if (names.Length > 1 && names.Contains("auto")) throw new UserErrorException($"--device {text}: auto stands alone; name the devices");
        var choices = names.Select(DeviceChoice.Of).ToList();
        var onCpu = choices.Count(choice => choice.Ordinal is null);
        var threads = Threads(parsed) is var asked and > 0 ? asked : Math.Max(1, Environment.ProcessorCount / Math.Max(onCpu, 1));
        return [.. choices.Select(choice => new SweepDevice<T>(choice.Ordinal is { } number ? $"cuda:{number}" : "cpu", choice.Name, () => choice.Open<T>(threads)))];
    }
}
