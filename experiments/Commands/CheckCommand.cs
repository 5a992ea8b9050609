using PoseEngine.Experiments.Checks;
using Spectre.Console;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine check</c>: proves the derivatives on a device.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var (device, problems) = (new DeviceOptions(), new ProblemOptions());
        var json = new Option<string?>("--json") { Description = "Write the results to this file" };
        var seed = Options.Seed("Seed of the random weights, inputs and directions");
        var command = new Command(
            "check",
            """
            Proves the derivatives of every layer, of the network of Eq. 13 and of the constraints: R-op against central
            differences (float64) or against the float64 CPU device (float32), the adjoint identity <u, Rop v> = <Lop u, v>,
            and linearity. With --problem it proves the network and the constraints of that problem instead, on samples of its
            own. Exit code 1 if a proof fails.

            Examples:
              poseengine check
              poseengine check --precision float64 --json checks.json
              poseengine check --problem my.toml --precision float64
            """)
        {
            json, seed,
        };
        problems.AddNameTo(command);
        device.AddTo(command);
        command.SetAction(parsed => device.With(parsed, new Action(Cases(parsed), parsed.GetValue(json), (ulong)parsed.GetValue(seed))));
        return command;

        IReadOnlyList<CheckCase> Cases(ParseResult parsed)
        {
            if (!problems.IsNamed(parsed)) return CheckCase.All;
            using var problem = ProblemOptions.Open(problems.Spec(parsed), parsed.GetValue(seed), device.Threads(parsed));
            return [CheckCase.Of(problem)];
        }
    }

    /// <summary>Proves cases, prints each proof, and says how many hold.</summary>
    internal sealed class Action(IReadOnlyList<CheckCase> cases, string? json, ulong seed) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var checks = new List<ProofResult>();
            foreach (var result in cases.SelectMany(check => check.Prove(device, seed)))
            {
                checks.Add(result);
                var mark = result.Passed ? "[green]ok  [/]" : "[red]FAIL[/]";
                AnsiConsole.MarkupLine($"{mark} {result.Name.EscapeMarkup()}: {result.Value:0.0e+0} (at most {result.Tolerance:0e+0})");
            }
            var passed = checks.Count(result => result.Passed);
            Console.WriteLine($"{passed} of {checks.Count} proofs hold on {device.Name} in {device.Precision}");
            if (json is not null) OutputFile.WriteText(json, JsonSerializer.Serialize(new { device = device.Name, precision = device.Precision, checks }, RunJson.Indented));
            return passed == checks.Count ? CommandLine.Done : CommandLine.Failed;
        }
    }
}
