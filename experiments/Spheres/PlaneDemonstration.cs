namespace PoseEngine.Experiments.Spheres;

internal readonly record struct PlanePoint(double X, double Y)
{
    public double To(PlanePoint other) => double.Hypot(X - other.X, Y - other.Y);
}

/// <summary>Fig. 3: the same steps in two dimensions, with two active circles. In float64 on the CPU: they are a few numbers.</summary>
/// <param name="First">Centre of the first circle of the pair.</param>
/// <param name="Start">w0, and x0 the target.</param>
/// <param name="Soft">One pair of circles after the other, by gradient descent on Eq. 17: w0 and what follows.</param>
/// <param name="SamePair">The pair in every step, by Eq. 5.</param>
/// <param name="DifferentPairs">One pair after the other, the same as <paramref name="Soft"/>, by Eq. 5.</param>
/// <param name="SamePairViolation">The larger |C| of the pair along <paramref name="SamePair"/>.</param>
/// <param name="StepLengths">Lengths of the first hard steps of all pairs that were looked at, sorted.</param>
/// <param name="Rate">The learning rate of the soft path.</param>
internal sealed record PlaneDemonstration(
    PlanePoint First, PlanePoint Second, PlanePoint Start, PlanePoint Target, PlanePoint[] Soft, PlanePoint[] SamePair,
    PlanePoint[] DifferentPairs, double[] SamePairViolation, double[] StepLengths, double Rate)
{
    /// <summary>The first soft step of Fig. 3(a): the pair, not another one.</summary>
    public required PlanePoint SoftStep { get; init; }

    public PlanePoint HardStep => SamePair[1];

    private const int PairSize = 2;

    /// <summary>Circles among whose pairs the one of the figure is looked for.</summary>
    private const int Candidates = 20;

    /// <summary>The paper shows "a worst-case scenario"; ours is longer than nine in ten hard steps.</summary>
    private const double Quantile = 0.9;

    /// <summary>Steps of a path at the most: it has converged, or does not.</summary>
    private const int MostSteps = 200;

    /// <summary>Computes the paths; circles and pairs are drawn from the seed.</summary>
    public static PlaneDemonstration Create(SpheresSettings settings, ulong seed)
    {
        using var device = new CpuDevice<double>(1);
        using var problem = SphereProblem<double>.Draw(device, settings.Spheres, 2, RandomGenerator.Hash(seed, Streams.Plane), 1);
        var scale = SphereReading.Literal.Scale(2);

        // As strong a pull as in many dimensions, where more constraints pull at once.
        var rate = settings.Rate * Math.Max(settings.Active, PairSize) / PairSize;
        using var soft = SphereMethods.Soft(problem, scale, PairSize, device.Zeros(2), settings.Lambda, rate);
        using var hard = SphereMethods.Hard(problem, scale, PairSize, device.Zeros(2), settings.Eta, settings.Delta);
        var (pair, lengths) = ChoosePair(problem, hard);
        var steps = Math.Min(settings.Iterations, MostSteps);
        int[] Draw(int iteration) => SphereCourse<double>.ActiveSet(RandomGenerator.Hash(seed, Streams.Plane), iteration, PairSize, problem.Count);
        var same = Walk(problem, hard, steps, _ => pair);
        return new PlaneDemonstration(
            Centre(problem, pair[0], scale), Centre(problem, pair[1], scale), Point(problem.Start), Point(problem.Target),
            Walk(problem, soft, steps, Draw), same, Walk(problem, hard, steps, Draw), Violations(problem.Spheres(scale), pair, same), lengths, rate)
        {
            SoftStep = Walk(problem, soft, 1, _ => pair)[1],
        };
    }

    private static (int[] Pair, double[] Lengths) ChoosePair(SphereProblem<double> problem, TrainingMethod<double> hard)
    {
        var found = new List<(double Length, int[] Pair)>();
        foreach (var pair in Enumerable.Range(0, Math.Min(Candidates, problem.Count)).SelectMany(i => Enumerable.Range(0, i), (i, j) => (int[])[j, i]))
        {
            var path = Walk(problem, hard, 1, _ => pair);
            found.Add((path[0].To(path[1]), pair));
        }
        found.Sort((a, b) => a.Length.CompareTo(b.Length));
        return (found[(int)(Quantile * (found.Count - 1))].Pair, [.. found.Select(f => f.Length)]);
    }

    private static PlanePoint[] Walk(SphereProblem<double> problem, TrainingMethod<double> method, int steps, Func<int, int[]> pairs)
    {
        var w = method.Parameters;
        problem.Device.Vectors.Copy(problem.Start, w);
        var active = problem.Device.Zeros<int>(new Shape(PairSize));
        var path = new PlanePoint[steps + 1];
        path[0] = Point(w);
        for (var i = 0; i < steps; i++)
        {
            active.CopyFrom(pairs(i));
            method.Step(default, new Batch<double> { Samples = active });
            path[i + 1] = Point(w);
        }
        return path;
    }

    private static double[] Violations(Hypersphere<double> spheres, int[] pair, PlanePoint[] path)
    {
        using var function = new HypersphereFunction<double>(spheres, PairSize);
        return [.. path.Select(point =>
        {
            function.MoveTo(spheres.Device.From([point.X, point.Y]), pair);
            return spheres.Device.Vectors.MaxAbs(function.Value);
        })];
    }

    private static PlanePoint Centre(SphereProblem<double> problem, int i, double scale)
    {
        var z = Point(problem.Centres.Slice(2 * i, 2));
        return new PlanePoint(scale * z.X, scale * z.Y);
    }

    private static PlanePoint Point(Tensor<double> w)
    {
        var host = w.ToArray();
        return new PlanePoint(host[0], host[1]);
    }
}
