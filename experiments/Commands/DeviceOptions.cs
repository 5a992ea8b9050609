using PoseEngine.Cuda;

namespace PoseEngine.Experiments.Commands;

/// <summary>The options that say where and in what precision to compute.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string> _device = new("--device")
    {
        Description = "Where to compute: auto (CUDA where it works, else the CPU), cpu, cuda or cuda:1 for the second device",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string> _precision = new("--precision")
    {
        Description = "Number type: float32 or float64",
        DefaultValueFactory = _ => "float32",
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description = "CPU threads; 0 takes all processors. Results do not depend on it",
        DefaultValueFactory = _ => 0,
    };

    private (string Text, DeviceChoice Choice)? _decided;

    public void AddTo(Command command)
    {
        command.Options.Add(_device);
        AddPrecisionAndThreads(command);
    }

    /// <summary>For a command that names its devices in another way.</summary>
    public void AddPrecisionAndThreads(Command command)
    {
        command.Options.Add(_precision);
        command.Options.Add(_threads);
    }

    /// <summary>The number of threads asked for, 0 for all.</summary>
    public int Threads(ParseResult parsed)
    {
        var threads = parsed.GetValue(_threads);
        return threads is >= 0 and <= 1024
            ? threads
            : throw new UserErrorException($"--threads {threads}: must be 0 (all processors) to 1024");
    }

    /// <summary>"float32" or "float64".</summary>
    public string Precision(ParseResult parsed)
    {
        var precision = parsed.GetValue(_precision)!;
        return precision is "float32" or "float64"
            ? precision
            : throw new UserErrorException($"--precision {precision}: choose float32 or float64");
    }

    /// <summary>The device that the options come down to on this machine, "cpu" or "cuda".</summary>
    public string Name(ParseResult parsed) => Choice(parsed).Name;

    /// <summary>Runs an action with the device in the precision asked for, and disposes of the device.</summary>
    public int With(ParseResult parsed, IDeviceAction action)
        => Precision(parsed) == "float64" ? With<double>(parsed, action) : With<float>(parsed, action);

    private int With<T>(ParseResult parsed, IDeviceAction action)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var threads = Threads(parsed);
        var choice = Choice(parsed);
        using var device = choice.Open<T>(threads);
        return action.Run(device);
    }

    /// <summary>Decided once: a command asks for the name, then for the device.</summary>
    private DeviceChoice Choice(ParseResult parsed)
    {
        var text = parsed.GetValue(_device)!;
        if (_decided is not { } decided || decided.Text != text) _decided = decided = (text, Decide(text));
        return decided.Choice;
    }

    /// <summary>The device that a name comes down to on this machine.</summary>
    /// <exception cref="UserErrorException">There is none of that name, or it does not work.</exception>
    public static DeviceChoice Decide(string text)
    {
        if (text == "cpu") return DeviceChoice.Cpu;
        var auto = text == "auto";
        if (!auto && Ordinal(text) is null)
        {
            throw new UserErrorException($"--device {text}: no such device; choose auto, cpu, cuda or cuda:NUMBER");
        }
        var ordinal = Ordinal(text) ?? 0;
        var obstacle = auto && CudaPlatform.Probe() is { IsUsable: false } found ? $"{found.Obstacle} (see poseengine devices)" : CudaTrial.Obstacle(ordinal);
        if (obstacle is null) return new DeviceChoice(ordinal);
        if (!auto) throw new UserErrorException($"--device {text}: {obstacle}; take --device cpu");
        Console.Error.WriteLine($"--device auto: computing on the CPU, {obstacle}");
        return DeviceChoice.Cpu;
    }

    private static int? Ordinal(string text)
    {
        if (text == "cuda") return 0;
        return text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : null;
    }
}

/// <summary>Where to compute: the number of a CUDA device, or null for the CPU.</summary>
internal sealed record DeviceChoice(int? Ordinal)
{
    public static DeviceChoice Cpu { get; } = new((int?)null);

    public string Name => Ordinal is null ? "cpu" : "cuda";

    /// <summary>Opens the device; the CPU computes on some threads, 0 for all.</summary>
    public ComputeDevice<T> Open<T>(int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Ordinal is { } ordinal ? new CudaDevice<T>(ordinal) : new CpuDevice<T>(threads);
}

/// <summary>Something to do on a device of either precision.</summary>
internal interface IDeviceAction
{
    /// <summary>Does it and returns the exit code.</summary>
    int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
