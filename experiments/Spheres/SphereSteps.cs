using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Experiments.Spheres;

/// <summary>One way to step on Eq. 16 or 17, given the gradient w - x0 of the objective.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal abstract class SphereStep<T>(Hypersphere<T> spheres, int active) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>C over the active set.</summary>
    protected HypersphereFunction<T> Constraint { get; } = new(spheres, active);

    /// <summary>Moves w.</summary>
    /// <param name="w">w, updated.</param>
    /// <param name="gradient">dR/dw, which may be overwritten.</param>
    /// <param name="activeSet">The active spheres.</param>
    /// <returns>What the solver said; null where none ran.</returns>
    public abstract SolveReport? Move(Tensor<T> w, Tensor<T> gradient, ReadOnlySpan<int> activeSet);

    public virtual void Dispose()
    {
    }
}

/// <summary>
/// Stochastic gradient descent without momentum on Eq. 17, the sum taken over the active spheres:
/// w = w - rate (dR/dw + 2 lambda sum_i C_i dC_i/dw).
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class SoftSphereStep<T> : SphereStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IVectorKernels<T> _vectors;
    private readonly SoftPenalty<T> _penalty;
    private readonly Tensor<T> _penaltyGradient;
    private readonly double _rate;

    public SoftSphereStep(SphereProblem<T> problem, double scale, int active, double lambda, double rate)
        : base(problem.Spheres(scale), active)
    {
        (_vectors, _rate) = (problem.Device.Vectors, rate);
        _penalty = new SoftPenalty<T>(problem.Device, Constraint, lambda, PenaltyForm.Sum);
        _penaltyGradient = problem.Device.Zeros(problem.Dimension);
    }

    public override SolveReport? Move(Tensor<T> w, Tensor<T> gradient, ReadOnlySpan<int> activeSet)
    {
        Constraint.MoveTo(w, activeSet);
        _penalty.Gradient(_penaltyGradient);
        _vectors.Axpy(1, _penaltyGradient, gradient);
        _vectors.Axpy(-_rate, gradient, w);
        return null;
    }
}

/// <summary>
/// The step of Eq. 5, its KKT system solved by MINRES-QLP. The Gram matrix of the active rows costs no pass over the centres
/// here, so it preconditions the solve.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class HardSphereStep<T> : SphereStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly KrylovOptions Options = new()
    {
        MaxIterations = SpheresSettings.MostKrylovIterations,
        // Two more products a step only to know norms that nobody looks at.
        Verify = false,
    };

    private readonly SphereProblem<T> _problem;
    private readonly double _scale;
    private readonly ProjectedGradientSystem<T> _system;
    private readonly MinresQlp<T> _solver;
    private readonly GramPreconditioner<T> _preconditioner;
    private readonly Tensor<T> _rightHandSide;
    private readonly Tensor<T> _solution;
    private readonly double[] _gram;

    public HardSphereStep(SphereProblem<T> problem, double scale, int active, double eta)
        : base(problem.Spheres(scale), active)
    {
        (_problem, _scale) = (problem, scale);
        var device = problem.Device;
        _system = new ProjectedGradientSystem<T>(device, Constraint, eta);
        _solver = new MinresQlp<T>(device, _system.Size);
        _rightHandSide = device.Zeros(_system.Size);
        _solution = device.Zeros(_system.Size);
        _preconditioner = new GramPreconditioner<T>(device, problem.Dimension, active, eta);
        _solver.Preconditioner = _preconditioner;
        _gram = new double[active * active];
    }

    public override SolveReport? Move(Tensor<T> w, Tensor<T> gradient, ReadOnlySpan<int> activeSet)
    {
        var vectors = _problem.Device.Vectors;
        Constraint.MoveTo(w, activeSet);
        _preconditioner.Update(Gram(activeSet));
        _system.RightHandSide(gradient, _rightHandSide);
        var report = _solver.Solve(_system, _rightHandSide, _solution, Options);
        vectors.Axpy(1, _system.Step(_solution), w);
        return report;
    }

    public override void Dispose() => _solver.Dispose();

    /// <summary>
    /// S_ij = (w - c_i).(w - c_j) / (n_i n_j) from the distances n and the products of the centres. The gradient at a centre
    /// is 0.
    /// </summary>
    private ReadOnlySpan<double> Gram(ReadOnlySpan<int> active)
    {
        var n = Constraint.Distances.ToArray();
        for (var i = 0; i < n.Length; i++)
        {
            var ownI = Product(active[i], active[i]);
            for (var j = 0; j <= i; j++)
            {
                // The law of cosines.
                var apart = ownI + Product(active[j], active[j]) - (2 * Product(active[i], active[j]));
                var product = ((n[i] * n[i]) + (n[j] * n[j]) - apart) / 2;
                _gram[(i * n.Length) + j] = _gram[(j * n.Length) + i] = n[i] == 0 || n[j] == 0 ? 0 : product / (n[i] * n[j]);
            }
        }
        return _gram;
    }

    /// <summary>c_i . c_j.</summary>
    private double Product(int i, int j)
        => _scale * _scale * _problem.Products[((long)Math.Min(i, j) * (_problem.Count + 2)) + Math.Max(i, j)];
}
