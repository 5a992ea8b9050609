using System.Text;
using PoseEngine.Experiments.Commands;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Problems;

/// <summary>A folder with problem files and their data, as a user has them: 40 points of two numbers, and as many on a sphere.</summary>
internal sealed class ProblemFolder : IDisposable
{
    public const int Samples = 40;

    /// <summary>A regression under a norm constraint.</summary>
    public const string Sphere =
        """
        [data]
        inputs = "inputs.npy"
        targets = "targets.npy"
        [network]
        layers = "dense8,tanh,dense3"
        [constraints]
        sphere = "norm(y) = 10"
        [training]
        batch = 8
        iterations = 20
        """;

    private readonly TempFolder _folder = new();

    public ProblemFolder()
    {
        Inputs = [.. Enumerable.Range(0, Samples).SelectMany(i => (double[])[Math.Cos(1.7 * i), 5 + (0.1 * i)])];
        Targets = [.. Enumerable.Range(0, Samples).SelectMany(i => (double[])[10 * Math.Sin(i) * Math.Cos(2 * i), 10 * Math.Sin(i) * Math.Sin(2 * i), 10 * Math.Cos(i)])];
        Npy("inputs.npy", Inputs, Samples, 2);
        Npy("targets.npy", Targets, Samples, 3);
    }

    /// <summary>[40, 2].</summary>
    public double[] Inputs { get; }

    /// <summary>[40, 3].</summary>
    public double[] Targets { get; }

    public string Path => _folder.Path;

    public string At(string name) => _folder.At(name);

    /// <summary>Writes a text file and returns its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    /// <summary>Writes numbers as numpy does.</summary>
    public void Npy(string name, double[] values, params int[] shape)
    {
        var header = $"{{'descr': '<f8', 'fortran_order': False, 'shape': ({string.Join(", ", shape)}{(shape.Length == 1 ? "," : "")}), }}";
        header = header.PadRight((((header.Length + 11 + 63) / 64) * 64) - 11) + "\n";
        using var file = new BinaryWriter(File.Create(At(name)));
        file.Write([0x93, .. "NUMPY"u8, 1, 0]);
        file.Write((ushort)header.Length);
        file.Write(Encoding.ASCII.GetBytes(header));
        foreach (var value in values) file.Write(value);
    }

    /// <summary>What a text says as a file of this folder.</summary>
    public ProblemSpec Parse(string text) => ProblemFile.Parse("a.toml", text, Path);

    /// <summary>Opens the problem of a text.</summary>
    public Problem Open(string text, Func<DataSettings, DataSettings>? change = null)
    {
        var spec = Parse(text);
        return Problem.Open(spec, change?.Invoke(spec.Data) ?? spec.Data, new DataAccess(null, 1, _ => new Progress<(long, long)>(), CancellationToken.None));
    }

    /// <summary>A run of the program on the CPU.</summary>
    public static (int Code, string Output, string Error) Run(params string[] arguments)
        => Captured.Run(() => CommandLine.Run([.. arguments, "--device", "cpu", "--threads", "1"]));

    public void Dispose() => _folder.Dispose();
}
