using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// The dual system of a hard step, (S + eta d I) Lambda = A b1 - eta b2 and dw = (b1 - A^T Lambda) / eta, on a device whose
/// memory the host does not see: S, its factors and Lambda stay there, and the host reads a few numbers when all is done. Vectors
/// of constraint rows are float64 in the order j N + k of S ("stacked") for constraint j of sample k; those that
/// are given or returned in T stand in the order J k + j. S is row-major; its upper triangle counts.
/// </summary>
/// <typeparam name="T">The number type of vectors of parameters.</typeparam>
public interface IDualKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Leaves <see cref="DualNumber.Trace"/>, adds the shift delta trace(S) / N_C to the diagonal, and leaves
    /// <see cref="DualNumber.Shift"/> and <see cref="DualNumber.Largest"/>.
    /// </summary>
    /// <param name="s">S [N_C,N_C].</param>
    /// <param name="delta">delta in one element.</param>
    /// <param name="numbers">[<see cref="DualNumber.Count"/>].</param>
    void Prepare(Tensor<double> s, Tensor<double> delta, Tensor<double> numbers);

    /// <summary>Keeps S in its lower triangle and its diagonal [N_C] beside, for <see cref="Eigen"/>.</summary>
    void Keep(Tensor<double> s, Tensor<double> diagonal);

    /// <summary>
    /// S = L L^T in the upper triangle, which is L^T, by the device's solver library: no part of a recording. <paramref name="info"/>
    /// is 0, or the number of the first pivot that is not positive.
    /// </summary>
    void Factor(Tensor<double> s, Tensor<int> info);

    /// <summary>x = S^-1 x with the factor; no part of a recording.</summary>
    void Solve(Tensor<double> factor, Tensor<double> x);

    /// <summary>
    /// The eigenvalues [N_C], ascending, and in the rows of s the eigenvectors of the S that <see cref="Keep"/> kept; no part of a
    /// recording. <paramref name="info"/> is 0 where they were found.
    /// </summary>
    void Eigen(Tensor<double> s, Tensor<double> diagonal, Tensor<double> values, Tensor<int> info);

    /// <summary>x = sum_i weight_i (v_i . x) v_i over the eigenvectors v_i in the rows of <paramref name="vectors"/>.</summary>
    void OverEigenvectors(Tensor<double> vectors, Tensor<double> weights, Tensor<double> x);

    /// <summary>y = factor x.</summary>
    void Scale(double factor, Tensor<double> x, Tensor<double> y);

    /// <summary>The target t = b2, unless b2 is absent and t given, and the right-hand side r = A b1 - eta t.</summary>
    /// <param name="product">A b1.</param>
    /// <param name="isStacked">Whether it is stacked.</param>
    /// <param name="b2">[N_C] in the order J k + j, or absent.</param>
    /// <param name="eta">The weight of the identity.</param>
    /// <param name="target">t, stacked.</param>
    /// <param name="r">r, stacked; overwritten.</param>
    /// <param name="stack">J.</param>
    void RightHandSide(Tensor<T> product, bool isStacked, Tensor<T> b2, double eta, Tensor<double> target, Tensor<double> r, int stack);

    /// <summary>Lambda = factor c, or Lambda += factor c.</summary>
    /// <param name="c">A solution or a correction, stacked.</param>
    /// <param name="factor">1, or -1 to take a correction back.</param>
    /// <param name="isCorrection">Whether it is added.</param>
    /// <param name="lambda">Lambda, stacked.</param>
    /// <param name="multipliers">Lambda in the order J k + j, overwritten.</param>
    /// <param name="change">factor c in T, overwritten.</param>
    /// <param name="isStacked">Whether that is stacked.</param>
    /// <param name="stack">J.</param>
    void Split(
        Tensor<double> c, double factor, bool isCorrection, Tensor<double> lambda, Tensor<T> multipliers, Tensor<T> change, bool isStacked,
        int stack);

    /// <summary>
    /// dw = (b1 - p) / eta; <see cref="Miss"/> behind it leaves the sums of squares of dw (<see cref="DualNumber.Step"/>), of
    /// b1 - p - eta dw (<see cref="DualNumber.Residual"/>) and of b1 (<see cref="DualNumber.Right"/>).
    /// </summary>
    /// <param name="b1">[N_P].</param>
    /// <param name="p">A^T Lambda.</param>
    /// <param name="eta">The weight of the identity.</param>
    /// <param name="dw">Overwritten.</param>
    void Step(Tensor<T> b1, Tensor<T> p, double eta, Tensor<T> dw);

    /// <summary>
    /// m = t - A dw + (shift / eta) Lambda, and the sums of squares of m, Lambda and t (<see cref="DualNumber.Miss"/>,
    /// <see cref="DualNumber.Multipliers"/>, <see cref="DualNumber.Target"/>).
    /// </summary>
    /// <param name="target">t.</param>
    /// <param name="product">A dw in the order J k + j.</param>
    /// <param name="lambda">Lambda, stacked.</param>
    /// <param name="eta">The weight of the identity.</param>
    /// <param name="miss">m, stacked; overwritten.</param>
    /// <param name="factor">The factor whose <see cref="DualNumber.SmallestPivot"/> is wanted, or absent.</param>
    /// <param name="info">Of that factor: where it is not 0 the pivot is 0.</param>
    /// <param name="sumsStep">Whether <see cref="Step"/> went before, whose sums are added up here.</param>
    /// <param name="numbers">[<see cref="DualNumber.Count"/>]; holds the shift.</param>
    /// <param name="stack">J.</param>
    void Miss(
        Tensor<double> target, Tensor<T> product, Tensor<double> lambda, double eta, Tensor<double> miss, Tensor<double> factor,
        Tensor<int> info, bool sumsStep, Tensor<double> numbers, int stack);
}

/// <summary>What the host decides by behind a dual solve, in this order side by side.</summary>
public enum DualNumber
{
    /// <summary>trace(S) before the shift.</summary>
    Trace,

    /// <summary>The largest element on the diagonal of S with the shift.</summary>
    Largest,

    /// <summary>eta d, what damping added to the diagonal.</summary>
    Shift,

    /// <summary>The smallest pivot relative to the largest element, 0 where S is not positive definite.</summary>
    SmallestPivot,

    /// <summary>||m||^2.</summary>
    Miss,

    /// <summary>||Lambda||^2.</summary>
    Multipliers,

    /// <summary>||t||^2.</summary>
    Target,

    /// <summary>||dw||^2.</summary>
    Step,

    /// <summary>||b1 - A^T Lambda - eta dw||^2.</summary>
    Residual,

    /// <summary>||b1||^2.</summary>
    Right,

    /// <summary>How many there are.</summary>
    Count,
}
