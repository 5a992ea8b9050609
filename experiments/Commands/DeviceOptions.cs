using System.CommandLine;
using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;

namespace PoseEngine.Experiments.Commands;

/// <summary>The options that say where and in what precision to compute.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string> _device = new("--device")
    {
        Description = "Where to compute: auto or cpu",
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

    public void AddTo(Command command)
    {
        command.Options.Add(_device);
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

    /// <summary>Runs an action with the device in the precision asked for, and disposes of the device.</summary>
    public int With(ParseResult parsed, IDeviceAction action)
    {
        CheckDevice(parsed.GetValue(_device)!);
        var threads = Threads(parsed);
        if (Precision(parsed) == "float64")
        {
            using var device = new CpuDevice<double>(threads);
            return action.Run(device);
        }
        using var device32 = new CpuDevice<float>(threads);
        return action.Run(device32);
    }

    private static void CheckDevice(string name)
    {
        if (name is "auto" or "cpu") return;
        throw new UserErrorException(
            name == "cuda"
                ? "--device cuda: this version computes on the CPU only; take --device cpu"
                : $"--device {name}: no such device; choose auto or cpu");
    }
}

/// <summary>Something to do on a device of either precision.</summary>
internal interface IDeviceAction
{
    /// <summary>Does it and returns the exit code.</summary>
    int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
