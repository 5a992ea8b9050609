using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// The vector passes of MINRES-QLP, each fused with the sums that the scalar recurrence needs. The scalars live in an
/// <see cref="IMinresQlpState"/> on the device: the host issues the same passes in the same order whatever they hold,
/// and every pass returns at once when the state says that the solve is over. With diagonal M the stored vectors are
/// z_k = s_k v_k, where v_k is the Lanczos vector after M^-1 and s_k its norm, kept in the state: 13 reads and writes
/// of a vector in an iteration beside the operator. All vectors of a call have equal counts and do not overlap.
/// </summary>
public interface IMinresQlpKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Iterations that the host issues between two polls: 1 where a poll is free.</summary>
    int PollInterval { get; }

    /// <summary>A state for vectors of <paramref name="count"/> elements, to be reused from solve to solve.</summary>
    IMinresQlpState CreateState(int count);

    /// <summary>
    /// Begins a solve: scale = a power of two near max |b_i|;  z = M^-1 b / scale;  Sum0 = sum m z^2.
    /// Weights that are not positive give Sum0 = -infinity.
    /// </summary>
    void Start(IMinresQlpState state, in MinresQlpSettings settings, in DiagonalWeights<T> weights, Tensor<T> b, Tensor<T> z);

    /// <summary>
    /// p = M^-1 p / s_k - (beta_k / s_k-1) previous;  Sum0 = sum m z p = s_k alpha_k;  Sum1 = sum m p^2; then
    /// <see cref="MinresQlpRecurrence.AcceptProduct"/>.
    /// </summary>
    /// <param name="state">The scalars; alpha_k is final afterwards.</param>
    /// <param name="weights">M.</param>
    /// <param name="z">The operator's last argument z_k.</param>
    /// <param name="previous">z_k-1 (M z_k-1 under a general preconditioner); not read in the first iteration.</param>
    /// <param name="p">The product B z_k; overwritten.</param>
    void LanczosProduct(IMinresQlpState state, in DiagonalWeights<T> weights, Tensor<T> z, Tensor<T> previous, Tensor<T> p);

    /// <summary>p = sigma (p - (alpha_k / s_k) current), sigma a power of two;  Sum0 = sum m p^2.</summary>
    void LanczosNormalise(IMinresQlpState state, in DiagonalWeights<T> weights, Tensor<T> current, Tensor<T> p);

    /// <summary>Sum0 = sum r z, the squared norm when z = M^-1 r came from a general preconditioner.</summary>
    void PreconditionedNorm(IMinresQlpState state, Tensor<T> r, Tensor<T> z);

    /// <summary><see cref="MinresQlpRecurrence.Advance"/>: one step of the scalar recurrence with all its decisions.</summary>
    void Advance(IMinresQlpState state);

    /// <summary>
    /// With v = z / s_k and a = s2 wl - c2 v:  x2 += mu2 (c2 wl + s2 v);  (wl, w) = (c1 w + s1 a, s1 w - c1 a).
    /// </summary>
    void UpdateDirections(IMinresQlpState state, Tensor<T> z, Tensor<T> wl, Tensor<T> w, Tensor<T> x2);

    /// <summary>x = scale (x2 + mu1 wl + mu0 w); x may be one of the inputs.</summary>
    void FormSolution(IMinresQlpState state, Tensor<T> x2, Tensor<T> wl, Tensor<T> w, Tensor<T> x);

    /// <summary>A copy of the scalars after all passes issued so far.</summary>
    void Poll(IMinresQlpState state, out MinresQlpScalars scalars);
}

/// <summary>The scalars of one solve in the memory of the device that created it.</summary>
public interface IMinresQlpState : IDisposable
{
}
