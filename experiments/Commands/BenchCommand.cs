using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Experiments.Reports;
using PoseEngine.Kernels;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine bench</c>: how long the network's operators and whole training steps take here.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var device = new DeviceOptions();
        var batches = new Option<string>("--batch") { Description = "Batch sizes, separated by commas", DefaultValueFactory = _ => "16,128" };
        var json = new Option<string?>("--json") { Description = "Write the medians to this file" };
        var seed = new Option<long>("--seed") { Description = "Seed of the random images and weights", DefaultValueFactory = _ => 1 };
        var command = new Command(
            "bench",
            """
            Measures the network of Eq. 13: forward, forward and L-op of the loss, R-op and L-op of the constraints replayed
            from one linearization, and whole Soft-SGD, Soft-Adam and Hard-SGD steps (a minibatch of 128 and the constraints
            on BATCH samples). Medians; run it on an idle machine.

            Examples:
              poseengine bench
              poseengine bench --batch 16,128 --threads 1 --json bench.json
            """)
        {
            batches, json, seed,
        };
        device.AddTo(command);
        command.SetAction(parsed => device.With(
            parsed,
            new Action(Sizes(parsed.GetValue(batches)!), parsed.GetValue(json), (ulong)parsed.GetValue(seed), device.Threads(parsed))));
        return command;
    }

    private static int[] Sizes(string text)
    {
        var sizes = new List<int>();
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size is < 1 or > 4096)
            {
                throw new UserErrorException($"--batch {text}: \"{word}\" is not a batch size from 1 to 4096");
            }
            sizes.Add(size);
        }
        return [.. sizes];
    }

    private sealed class Action(int[] sizes, string? json, ulong seed, int threads) : IDeviceAction
    {
        public int Run<T>(ComputeDevice<T> device)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var benchmark = new StepBenchmark<T>(device, seed);
            var used = threads == 0 ? Environment.ProcessorCount : threads;
            Console.WriteLine($"{device.Name}, {device.Precision}, {used} threads; medians in ms");
            Console.WriteLine("batch  forward  fwd+L-op    R-op    L-op  soft-sgd  soft-adam  hard-sgd  Krylov iterations");
            var results = new List<BatchTimes>();
            foreach (var size in sizes)
            {
                var t = benchmark.Run(size);
                results.Add(t);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{t.Batch,5}  {t.ForwardMs,7:0.0}  {t.ForwardLopMs,8:0.0}  {t.RopMs,6:0.0}  {t.LopMs,6:0.0}  {t.SoftSgdStepMs,8:0.0}  {t.SoftAdamStepMs,9:0.0}  {t.HardSgdStepMs,8:0.0}  {t.KrylovIterationsPerStep,17:0}"));
            }
            if (json is not null)
            {
                var content = new { device = device.Name, precision = device.Precision, threads = used, batches = results };
                AtomicFile.WriteText(json, JsonSerializer.Serialize(content, RunJson.Indented));
            }
            return CommandLine.Done;
        }
    }
}
