namespace PoseEngine.Experiments.Spheres;

/// <summary>The methods of section 6.2 on Eq. 16 and 17: the engine's own, on other functions.</summary>
internal static class SphereMethods
{
    private static readonly KrylovOptions Krylov = new()
    {
        MaxIterations = SpheresSettings.MostKrylovIterations,
        // Two more products a step only to know norms that nobody looks at.
        Verify = false,
    };

    /// <summary>Gradient descent without momentum on Eq. 17, the sum taken over the active spheres; w [d] is updated in place.</summary>
    /// <param name="scale">s of the centres.</param>
    public static SoftSgd<T> Soft<T>(SphereProblem<T> problem, double scale, int active, Tensor<T> w, double lambda, double rate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(Risk(problem), w, 1 / rate, new SoftConstraint<T>(Constraint(problem, scale, active), lambda));

    /// <summary>The step of Eq. 5, damped by delta. The Gram matrix of the active rows costs no pass over the centres here, so it preconditions the solve.</summary>
    public static HardSgd<T> Hard<T>(SphereProblem<T> problem, double scale, int active, Tensor<T> w, double eta, double delta = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(Risk(problem), Constraint(problem, scale, active), w, new HardSgdOptions(eta) { Delta = delta, Solver = KktSolver.PreconditionedMinresQlp, Krylov = Krylov });

    private static DistanceRisk<T> Risk<T>(SphereProblem<T> problem)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(problem.Device, problem.Target);

    private static HypersphereFunction<T> Constraint<T>(SphereProblem<T> problem, double scale, int active)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(problem.Spheres(scale), active, (i, j) => scale * scale * problem.Product(i, j));
}
