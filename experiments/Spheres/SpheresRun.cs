namespace PoseEngine.Experiments.Spheres;

/// <summary>Does the work of <c>poseengine spheres</c>: the plane, the run in all dimensions, its span, other seeds.</summary>
/// <typeparam name="T">The number type of the run in all dimensions, which is on the device; the others run in float64.</typeparam>
/// <param name="seed">Bands take those that follow.</param>
internal sealed class SpheresRun<T>(ComputeDevice<T> device, SpheresSettings settings, ulong seed, int threads, RunDirectory folder, Action<string> say)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Seconds between two lines of progress, and between two checkpoints.</summary>
    private const double LineSeconds = 2, CheckpointSeconds = 30;

    /// <summary>What a checkpoint notes beside the course: the time that its steps have taken.</summary>
    private const string Seconds = "seconds";

    private readonly CheckpointFiles _checkpoints = new(folder.CheckpointsPath, "spheres");

    /// <summary>Runs all, going on from a checkpoint where there is one.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted; the checkpoint is written.</exception>
    public SpheresResults Run(CancellationToken cancellation)
    {
        say("Fig. 3: steps and paths in two dimensions");
        var plane = PlaneDemonstration.Create(settings, seed);
        PlaneDemonstration[] others = [.. Enumerable.Range(1, settings.Seeds).Select(i => PlaneDemonstration.Create(settings, seed + (ulong)i))];
        say($"Fig. 4: drawing {settings.Spheres} centres in {settings.Dimension:N0} dimensions, {SpheresMemory.Bytes<T>(settings) / 1e9:0.00} GB");
        using var problem = SphereProblem<T>.Draw(device, settings.Spheres, settings.Dimension, seed, threads, cancellation);
        var (full, seconds) = RunFull(problem, cancellation);
        say("Fig. 4: the same problem in its span, in float64");
        var span = RunInSpan(SphereSpan.Coordinates(problem), seed, threads, cancellation);
        var (seeds, lost) = RunSeeds(cancellation);
        return new SpheresResults(plane, others, full, span, seeds, seconds, lost);
    }

    private (IReadOnlyList<SphereCurves> Curves, double Seconds) RunFull(SphereProblem<T> problem, CancellationToken cancellation)
    {
        using var course = new SphereCourse<T>(problem, settings, seed);
        var before = 0.0;
        if (_checkpoints.Restore(course.Checkpoint, say) is var (iteration, notes))
        {
            course.ResumeAt(iteration);
            before = notes.GetValueOrDefault(Seconds);
            say($"going on behind iteration {course.Iteration}");
        }
        var clock = Stopwatch.StartNew();
        var (first, spoken, saved) = (course.Iteration, 0.0, 0.0);
        while (course.Iteration < settings.Iterations)
        {
            try
            {
                course.Step(cancellation);
            }
            catch (OperationCanceledException)
            {
                Save(course, before + clock.Elapsed.TotalSeconds);
                throw;
            }
            var now = clock.Elapsed.TotalSeconds;
            if (now - spoken >= LineSeconds || course.Iteration == settings.Iterations)
            {
                spoken = now;
                say(Progress(course, now / (course.Iteration - first)));
            }
            if (now - saved < CheckpointSeconds) continue;
            saved = now;
            Save(course, before + now);
        }
        var seconds = before + clock.Elapsed.TotalSeconds;
        Save(course, seconds);
        return (course.Curves, seconds);
    }

    private string Progress(SphereCourse<T> course, double perStep)
        => $"iteration {course.Iteration}/{settings.Iterations}, {perStep * 1000:0} ms each, {Num.Duration(perStep * (settings.Iterations - course.Iteration))} left; median |C|: "
            + string.Join("; ", course.Curves.Select(curves => $"{curves.Name} {Num.Short(curves.Median[course.Iteration])}"));

    private void Save(SphereCourse<T> course, double seconds)
    {
        _checkpoints.Save(course.Checkpoint, course.Iteration, new Dictionary<string, double> { [Seconds] = seconds });
        OutputFile.WriteText(
            folder.MetricsPath, string.Concat(Enumerable.Range(0, course.Iteration + 1).Select(i => Line(course.Curves, i, course.Iteration).ToJsonString(RunJson.Line) + "\n")));
    }

    /// <summary>What was observed before the first step (0) or after a step; the change is that of the step.</summary>
    private static JsonObject Line(IReadOnlyList<SphereCurves> all, int i, int last)
    {
        var figures = all.Select(curves => KeyValuePair.Create($"{curves.Reading.Name}.{curves.Method}", (JsonNode?)new JsonObject
        {
            ["medianViolation"] = curves.Median[i],
            ["activeChange"] = i == 0 || i > last ? null : curves.Change[i - 1],
            ["objective"] = curves.Objective[i],
            ["krylovIterations"] = i == 0 || !curves.IsHard ? null : (int)curves.Krylov[i - 1],
        }));
        return new JsonObject(figures.Prepend(new("iteration", i)));
    }

    private IReadOnlyList<SphereCurves> RunInSpan(double[][] rows, ulong courseSeed, int courseThreads, CancellationToken cancellation)
    {
        using var cpu = new CpuDevice<double>(courseThreads);
        using var problem = SphereProblem<double>.From(cpu, rows);
        using var course = new SphereCourse<double>(problem, settings, courseSeed);
        while (course.Iteration < settings.Iterations) course.Step(cancellation);
        return course.Curves;
    }

    /// <summary>The bands. A seed whose course leaves the finite numbers is left out: the run in all dimensions is worth its report.</summary>
    public (IReadOnlyList<IReadOnlyList<SphereCurves>> Curves, IReadOnlyList<string> Lost) RunSeeds(CancellationToken cancellation)
    {
        var (results, lost) = (new IReadOnlyList<SphereCurves>?[settings.Seeds], new string?[settings.Seeds]);
        var (done, gate) = (0, new Lock());
        Parallel.For(0, settings.Seeds, SpheresSettings.Parallel(threads, cancellation), i =>
        {
            var own = seed + 1 + (ulong)i;
            try
            {
                results[i] = RunInSpan(SphereSpan.Draw(settings.Spheres, settings.Dimension, own), own, 1, cancellation);
            }
            catch (UserErrorException e)
            {
                lost[i] = $"Seed {own} is not in the bands: {e.Message}.";
            }
            lock (gate) say($"Fig. 4: {++done} of {settings.Seeds} other seeds, in their spans");
        });
        return ([.. results.OfType<IReadOnlyList<SphereCurves>>()], [.. lost.OfType<string>()]);
    }
}
