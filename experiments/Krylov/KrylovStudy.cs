namespace PoseEngine.Experiments.Krylov;

/// <summary>Runs solvers on systems and measures what Table 1 only states.</summary>
internal sealed class KrylovStudy<T>(ComputeDevice<T> device, IReadOnlyList<string> solvers, double? tolerance, CancellationToken cancellation)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Plain = "minres-qlp";

    /// <summary>Errors up to this count as right: well above what the tolerance leaves, well below a wrong solution's.</summary>
    public static double RightError => typeof(T) == typeof(float) ? 1e-2 : 1e-5;

    /// <summary>Solves a system by all solvers.</summary>
    /// <param name="keep">Gets each solution with its solver's name, or null.</param>
    /// <exception cref="OperationCanceledException">Ctrl-C.</exception>
    public KrylovSystemResult Run(KrylovProblem<T> problem, Action<string, Tensor<T>>? keep = null)
    {
        var x = device.Zeros(problem.System.Size);
        var work = device.Zeros(problem.System.Size);
        try
        {
            var results = new List<KrylovResult>();
            foreach (var name in solvers)
            {
                using var solver = KrylovSolvers.Create(name, device, problem.System.Size, problem.Restart);
                results.Add(Solve(problem, solver, name, x, work));
                if (results[^1].Exit != KrylovResult.Refused) keep?.Invoke(name, x);
            }
            if (problem.Preconditioner is { } preconditioner && solvers.Contains(Plain))
            {
                using var solver = new MinresQlp<T>(device, problem.System.Size) { Preconditioner = preconditioner };
                results.Add(Solve(problem, solver, KrylovResult.Preconditioned, x, work));
            }
            return new(problem.Name, problem.Kind, problem.System.Size, LeastResidual(problem, work), problem.Note, results);
        }
        finally
        {
            x.Storage.Dispose();
            work.Storage.Dispose();
        }
    }

    private KrylovResult Solve(KrylovProblem<T> problem, KrylovSolver<T> solver, string name, Tensor<T> x, Tensor<T> work)
    {
        if (solver.Requirements.Symmetric == true && !problem.System.IsSymmetric)
        {
            return KrylovResult.Refusal(name, $"{solver.Title} requires a symmetric matrix.", problem.Expected.IsAbsent ? null : false);
        }
        var norm = device.Vectors.Norm(problem.RightHandSide);
        var history = new List<double>();
        bool Record(in SolveProgress progress)
        {
            history.Add(progress.ResidualNorm);
            return true;
        }
        var options = new KrylovOptions { RelativeTolerance = tolerance, MaxIterations = problem.MaxIterations };
        var report = solver.Solve(problem.System, problem.RightHandSide, x, options, Record, cancellation);
        cancellation.ThrowIfCancellationRequested();

        // Under M the solver's norms are those of M^-1; the residual that is compared is not.
        for (var i = 0; i < history.Count; i++) history[i] /= report.RightHandSideNorm;
        var residual = norm == 0 ? 0 : report.TrueResidualNorm!.Value / norm;
        var error = Error(problem.Expected, x, work);
        var stepError = problem.StepCount == 0 ? null
            : Error(problem.Expected.Slice(0, problem.StepCount), x.Slice(0, problem.StepCount), work.Slice(0, problem.StepCount));
        return new(
            name, report.Exit.ToString(), report.Explanation, report.Iterations, residual, error, stepError,
            IsRight(error), IsRight(stepError), report.Elapsed.TotalSeconds, history);
    }

    private static bool? IsRight(double? error) => error is null ? null : error <= RightError;

    private double? Error(Tensor<T> expected, Tensor<T> x, Tensor<T> work)
    {
        if (expected.IsAbsent) return null;
        device.Vectors.Combine(1, x, -1, expected, work);
        var norm = device.Vectors.Norm(expected);
        return device.Vectors.Norm(work) / (norm == 0 ? 1 : norm);
    }

    private double LeastResidual(KrylovProblem<T> problem, Tensor<T> work)
    {
        var norm = device.Vectors.Norm(problem.RightHandSide);
        if (problem.Expected.IsAbsent || norm == 0) return double.NaN;
        problem.System.Apply(problem.Expected, work);
        device.Vectors.Combine(1, problem.RightHandSide, -1, work, work);
        return device.Vectors.Norm(work) / norm;
    }
}
