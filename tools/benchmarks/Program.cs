using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// In this process: BenchmarkDotNet's own project would be built with this repository's settings and refused.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithMinIterationCount(5).WithMaxIterationCount(15);
BenchmarkSwitcher.FromAssembly(typeof(PoseEngine.Benchmarks.OperatorBenchmark).Assembly)
    .Run(args, DefaultConfig.Instance.AddJob(job).WithArtifactsPath(Path.Combine("artifacts", "benchmarks")));
