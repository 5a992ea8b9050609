using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Experiments.Krylov;

namespace PoseEngine.Experiments.Commands;

/// <summary>What <c>poseengine krylov</c> was asked for.</summary>
internal sealed record KrylovRequest(
    string CommandLine, KrylovPlan Plan, IReadOnlyList<string> Solvers, double? Tolerance, long Seed, string Folder, bool Overwrite, string? Cache, int Threads, OwnSystem? Own);

internal sealed class KrylovAction(KrylovRequest request) : IDeviceAction
{
    private readonly BenchProgress _progress = BenchProgress.ForConsole();
    private readonly List<KrylovSystemResult> _systems = [];

    public int Run<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var started = DateTimeOffset.Now;
        var clock = Stopwatch.StartNew();
        using var folder = ResultFolder.Begin(request.Folder, request.Overwrite, KrylovFiles.IsOwn);
        using var interruption = new Interruption();
        var study = new KrylovStudy<T>(device, request.Solvers, request.Tolerance, interruption.Token);
        Console.WriteLine($"{device.Name}, {device.Precision}");
        if (request.Own is { } own) RunOwn(study, own, device, folder.Path);
        else RunAll(study, device, interruption.Token);
        var summary = new KrylovSummary(
            KrylovFiles.Command, request.CommandLine, request.Own?.Name ?? request.Plan.Preset, request.Seed, device.Name,
            device.Precision, RunOptions.Version, started, clock.Elapsed.TotalSeconds, KrylovStudy<T>.RightError, request.Solvers, _systems);
        KrylovFiles.Write(summary, folder.Path);
        folder.Commit();
        Console.WriteLine($"\n{request.Folder}: report.html, summary.json, metrics.jsonl and figures/");
        return CommandLine.Done;
    }

    private void RunAll<T>(KrylovStudy<T> study, ComputeDevice<T> device, CancellationToken cancellation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Console.Write("\n" + KrylovText.Lines("Table 1, what a method requires of the matrix:", KrylovText.Requirements(request.Solvers)));
        Console.Write("\nWhat was seen; residual is ||b - B x|| / ||b||, error the distance from the shortest least-squares solution:\n");
        Console.Write(KrylovText.SystemHead);
        _progress.Say("matrices");

        // Unmeasured, so that no solver's first time is that of its compilation.
        study.Run(StoredSystem.All(device).First());
        foreach (var problem in StoredSystem.All(device)) Add(study.Run(problem));
        using (var data = OpenData(cancellation))
        using (var network = new NetworkProblems<T>(device, data, request.Plan, (ulong)request.Seed))
        {
            foreach (var problem in network.All(_progress.Say, cancellation))
            {
                _progress.Say($"network, {problem.Name}: {problem.Kind.Key}");
                Add(study.Run(problem));
            }
        }
        Console.Write("\n" + KrylovText.Lines("Table 1 as seen: of the systems that lack the property, how many were solved right", KrylovText.Seen(request.Solvers, _systems)) + KrylovText.SeenHint);
    }

    private void RunOwn<T>(KrylovStudy<T> study, OwnSystem own, ComputeDevice<T> device, string folder)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Console.Write("\n" + KrylovText.SystemHead);
        _progress.Say($"{own.Name}: {own.Matrix.Size:N0} unknowns, {own.Matrix.Count:N0} numbers");
        Add(study.Run(own.Problem(device), (solver, x) => OutputFile.Guard(folder, () => MatrixMarketFile.WriteVector(
            Path.Combine(folder, KrylovFiles.SolutionName(solver)), Array.ConvertAll(x.ToArray(), double.CreateTruncating), $"x of {own.Name} by {solver}"))));
        foreach (var result in _systems[0].Results) Console.WriteLine(result.Explanation);
        Console.WriteLine($"solutions: {string.Join(", ", _systems[0].Results.Select(r => KrylovFiles.SolutionName(r.Solver)))}");
    }

    private void Add(KrylovSystemResult system)
    {
        _systems.Add(system);
        _progress.Clear();
        Console.Write(KrylovText.System(system));
    }

    private Problem OpenData(CancellationToken cancellation)
    {
        using var observer = RunConsole.ForConsole();
        var spec = ProblemFile.Read(BuiltInProblems.Pose);
        return Problem.Open(
            spec, spec.Data with { Images = request.Plan.Images, Seed = request.Seed }, new DataAccess(request.Cache, request.Threads, observer.Phase, cancellation));
    }
}
