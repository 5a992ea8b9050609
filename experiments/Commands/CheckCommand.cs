using PoseEngine.Experiments.Checks;
using Spectre.Console;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine check</c>: proves the derivatives on a device.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var device = new DeviceOptions();
        var json = new Option<string?>("--json") { Description = "Write the results to this file" };
        var seed = new Option<long>("--seed") { Description = "Seed of the random weights, inputs and directions", DefaultValueFactory = _ => 1 };
        var command = new Command(
            "check",
            """
            Proves the derivatives of every layer, of the network of Eq. 13 and of the constraints: R-op against central
            differences (float64) or against the float64 CPU device (float32), the adjoint identity <u, Rop v> = <Lop u, v>,
            and linearity. Exit code 1 if a proof fails.

            Examples:
              poseengine check
              poseengine check --precision float64 --json checks.json
            """)
        {
            json, seed,
        };
        device.AddTo(command);
        command.SetAction(parsed => device.With(parsed, new Action(parsed.GetValue(json), (ulong)parsed.GetValue(seed))));
        return command;
    }

    private sealed class Action(string? json, ulong seed) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var checks = new DerivativeChecks<T>(device, seed);
            var results = new List<CheckResult>();
            foreach (var check in CheckCase.All)
            {
                foreach (var result in checks.Run(check))
                {
                    results.Add(result);
                    var mark = result.Passed ? "[green]ok  [/]" : "[red]FAIL[/]";
                    AnsiConsole.MarkupLine($"{mark} {result.Name.EscapeMarkup()}: {result.Value:0.0e+0} (at most {result.Tolerance:0e+0})");
                }
            }
            var failed = results.Count(result => !result.Passed);
            Console.WriteLine($"{results.Count - failed} of {results.Count} proofs hold on {device.Name} in {device.Precision}");
            if (json is not null) OutputFile.WriteText(json, Json(device.Name, device.Precision, results));
            return failed == 0 ? CommandLine.Done : CommandLine.Failed;
        }

        private static string Json(string device, string precision, IReadOnlyList<CheckResult> checks)
            => JsonSerializer.Serialize(new { device, precision, checks }, RunJson.Indented);
    }
}
