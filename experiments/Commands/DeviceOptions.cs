using PoseEngine.Cuda;

namespace PoseEngine.Experiments.Commands;

/// <summary>The options that say where and in what precision to compute.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string> _device = Options.Of("--device", "Where to compute: auto (CUDA where it works, else the CPU), cpu, cuda or cuda:1 for the second device", "auto");

    private readonly Option<string> _precision = Options.Word("--precision", "Number type: float32 or float64", "float32", "float32", "float64");

    private readonly Option<int> _threads = Options.Count(
        "--threads", "CPU threads; 0 takes all processors. Results do not depend on it", 0, 0, 1024, "must be 0 (all processors) to 1024");

    private readonly Option<bool> _tf32 = new("--tf32")
    {
        Description = "Round the factors of float32 matrix products to TF32 (10 bits of mantissa) for the tensor cores of a GPU; for methods that solve no system. Results name it",
    };

    private (string Text, DeviceChoice Choice)? _decided;

    public IEnumerable<Option> All => [_device, .. PrecisionAndThreads];

    /// <summary>For a command that names its devices in another way.</summary>
    public IEnumerable<Option> PrecisionAndThreads => [_precision, _threads];

    public int Threads(ParseResult parsed) => parsed.GetValue(_threads);

    public string Precision(ParseResult parsed) => parsed.GetValue(_precision)!;

    /// <summary>Beside <see cref="All"/>, for a command that has something to compute without products in full precision.</summary>
    public Option Tf32 => _tf32;

    /// <summary>The device that the options come down to on this machine, "cpu" or "cuda".</summary>
    public string Name(ParseResult parsed) => Choice(parsed).Name;

    /// <summary>Runs an action with the device in the precision asked for, and disposes of the device.</summary>
    public int With(ParseResult parsed, IDeviceAction action)
        => Precision(parsed) == "float64" ? With<double>(parsed, action) : With<float>(parsed, action);

    private int With<T>(ParseResult parsed, IDeviceAction action)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var device = Choice(parsed).Open<T>(Threads(parsed), UsesTf32(parsed));
        return action.Run(device);
    }

    private bool UsesTf32(ParseResult parsed)
    {
        if (!parsed.Has(_tf32) || !parsed.GetValue(_tf32)) return false;
        if (Precision(parsed) != "float32") throw new UserErrorException($"--tf32 rounds float32 products, and --precision is {Precision(parsed)}; leave one of them out");
        return Name(parsed) == "cuda" ? true : throw new UserErrorException("--tf32 needs a CUDA device, the CPU computes float32 products in float32; leave it out, or take --device cuda");
    }

    /// <summary>Decided once: a command asks for the name, then for the device.</summary>
    private DeviceChoice Choice(ParseResult parsed)
    {
        var text = parsed.GetValue(_device)!;
        if (_decided is not { } decided || decided.Text != text) _decided = decided = (text, DeviceChoice.Of(text));
        return decided.Choice;
    }
}

/// <summary>Where to compute: the number of a CUDA device, or null for the CPU.</summary>
internal sealed record DeviceChoice(int? Ordinal)
{
    public static DeviceChoice Cpu { get; } = new((int?)null);

    public string Name => Ordinal is null ? "cpu" : "cuda";

    /// <summary>The device that a name comes down to on this machine.</summary>
    /// <exception cref="UserErrorException">There is none of that name, or it does not work.</exception>
    public static DeviceChoice Of(string text)
    {
        if (text == "cpu") return Cpu;
        var auto = text == "auto";
        var named = text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : (int?)null;
        if (named is null && text is not ("auto" or "cuda")) throw new UserErrorException($"--device {text}: no such device; choose auto, cpu, cuda or cuda:NUMBER");
        var ordinal = named ?? 0;
        var obstacle = auto && CudaPlatform.Probe() is { IsUsable: false } found ? $"{found.Obstacle} (see poseengine devices)" : CudaTrial.Obstacle(ordinal);
        if (obstacle is null) return new DeviceChoice(ordinal);
        if (!auto) throw new UserErrorException($"--device {text}: {obstacle}; take --device cpu");
        Console.Error.WriteLine($"--device auto: computing on the CPU, {obstacle}");
        return Cpu;
    }

    /// <summary>Opens the device; the CPU computes on some threads, 0 for all.</summary>
    public ComputeDevice<T> Open<T>(int threads, bool tf32 = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Ordinal is { } ordinal ? new CudaDevice<T>(ordinal, tf32) : new CpuDevice<T>(threads);
}

/// <summary>Something to do on a device of either precision; returns the exit code.</summary>
internal interface IDeviceAction
{
    int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
