using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// The vector passes of MINRES-QLP, each fused with the sums that the scalar recurrence needs. The scalars live in an
/// <see cref="IMinresQlpState"/> on the device: the host issues the same passes in the same order whatever they hold,
/// and every pass returns at once when the state says that the solve is over. With diagonal M, which the state keeps
/// from <see cref="Start"/> on, the stored vectors are z_k = s_k v_k, where v_k is the Lanczos vector after M^-1 and s_k
/// its norm. An iteration is two passes with 13 reads and writes of a vector beside the operator: the directions of an
/// iteration are updated in the first pass of the next, which reads z_k anyway. All vectors of a call have equal counts
/// and do not overlap.
/// </summary>
public interface IMinresQlpKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Whether iterations should go through <see cref="RunCycles"/> where they can be recorded. False where a poll costs
    /// nothing: then the host leaves after the very iteration that decides.
    /// </summary>
    bool RunsCycles { get; }

    /// <summary>A state to be reused from solve to solve, with the vectors that it moves along.</summary>
    /// <param name="wl">The last but one direction.</param>
    /// <param name="w">The last direction.</param>
    /// <param name="x2">The part of the solution that can no longer change.</param>
    IMinresQlpState CreateState(Tensor<T> wl, Tensor<T> w, Tensor<T> x2);

    /// <summary>
    /// Begins a solve: scale = a power of two near max |b_i|;  z = M^-1 b / scale;  Sum0 = sum m z^2;  wl = w = x2 = 0.
    /// Weights that are not positive give Sum0 = -infinity. The state keeps settings and weights, so that the passes of
    /// all solves have the same arguments.
    /// </summary>
    void Start(IMinresQlpState state, in MinresQlpSettings settings, in DiagonalWeights<T> weights, Tensor<T> b, Tensor<T> z);

    /// <summary>
    /// p = M^-1 p / s_k - (beta_k / s_k-1) previous;  Sum0 = sum m z p = s_k alpha_k;  Sum1 = sum m p^2; then
    /// <see cref="MinresQlpRecurrence.AcceptProduct"/>.
    /// </summary>
    /// <param name="state">The scalars; alpha_k is final afterwards.</param>
    /// <param name="z">The operator's last argument z_k.</param>
    /// <param name="previous">z_k-1 (M z_k-1 under a general preconditioner); not read in the first iteration.</param>
    /// <param name="p">The product B z_k; overwritten.</param>
    /// <param name="withDirections">
    /// Whether <see cref="UpdateDirections"/> of iteration k-1, with z_k-1 = previous, is part of the pass.
    /// </param>
    void LanczosProduct(IMinresQlpState state, Tensor<T> z, Tensor<T> previous, Tensor<T> p, bool withDirections);

    /// <summary>p = sigma (p - (alpha_k / s_k) current), sigma a power of two;  Sum0 = sum m p^2.</summary>
    void LanczosNormalise(IMinresQlpState state, Tensor<T> current, Tensor<T> p);

    /// <summary>Sum0 = sum r z, the squared norm when z = M^-1 r came from a general preconditioner.</summary>
    void PreconditionedNorm(IMinresQlpState state, Tensor<T> r, Tensor<T> z);

    /// <summary><see cref="MinresQlpRecurrence.Advance"/>: one step of the scalar recurrence with all its decisions.</summary>
    void Advance(IMinresQlpState state);

    /// <summary>
    /// With v = z / s_k and a = s2 wl - c2 v:  x2 += mu2 (c2 wl + s2 v);  (wl, w) = (c1 w + s1 a, s1 w - c1 a).
    /// A pass of its own where z_k does not last until the next product.
    /// </summary>
    void UpdateDirections(IMinresQlpState state, Tensor<T> z);

    /// <summary>
    /// Runs a recorded cycle of iterations until the state says that the solve is over or the watch wants to stop. Cycles
    /// already with the device are run to their end; passes of a cycle that come after the decision change nothing.
    /// </summary>
    /// <param name="state">The scalars.</param>
    /// <param name="cycle">Operator and passes of a few iterations, after which the vectors are in their old places.</param>
    /// <param name="watch">Looked at now and then while the device computes.</param>
    void RunCycles(IMinresQlpState state, IRecording cycle, ISolveWatch watch);

    /// <summary>x = scale (x2 + mu1 wl + mu0 w).</summary>
    /// <param name="state">The scalars.</param>
    /// <param name="z">z_k of the last iteration where its directions are still to be updated, else absent.</param>
    /// <param name="x">The solution, overwritten.</param>
    void FormSolution(IMinresQlpState state, Tensor<T> z, Tensor<T> x);

    /// <summary>A copy of the scalars after all passes issued so far.</summary>
    void Poll(IMinresQlpState state, out MinresQlpScalars scalars);
}

/// <summary>What the host may want while a device iterates on its own.</summary>
public interface ISolveWatch
{
    /// <summary>Whether the solve should end, whatever it has reached.</summary>
    bool WantsToStop { get; }

    /// <summary>Cancelled when the solve should end, for those who do not come by to ask.</summary>
    CancellationToken Token { get; }
}

/// <summary>The scalars of one solve in the memory of the device that created it.</summary>
public interface IMinresQlpState : IDisposable
{
}
