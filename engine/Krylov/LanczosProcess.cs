using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// The Lanczos process with normalised vectors, in the order that Paige found stable (J. Inst. Maths Applics 18, 1976):
/// beta_k+1 v_k+1 = B v_k - beta_k v_k-1 - alpha_k v_k with alpha taken behind the first subtraction.
/// </summary>
internal struct LanczosProcess<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IVectorKernels<T> _vectors;
    private Tensor<T> _previous;

    /// <summary>Starts at v_1 = b / ||b||.</summary>
    /// <param name="vectors">The device's kernels.</param>
    /// <param name="b">The right-hand side, not zero.</param>
    /// <param name="norm">||b||.</param>
    /// <param name="first">Memory for a vector, and so the next two.</param>
    /// <param name="second">Memory.</param>
    /// <param name="third">Memory.</param>
    public LanczosProcess(
        IVectorKernels<T> vectors, Tensor<T> b, double norm, Tensor<T> first, Tensor<T> second, Tensor<T> third)
    {
        (_vectors, _previous, Current, Next) = (vectors, first, second, third);
        vectors.Fill(_previous, T.Zero);
        vectors.Scale(1 / norm, b, Current);
    }

    /// <summary>v_k.</summary>
    public Tensor<T> Current { get; private set; }

    /// <summary>v_k+1 behind a step, zero where beta_k+1 is.</summary>
    public Tensor<T> Next { get; private set; }

    /// <summary>alpha_k.</summary>
    public double Alpha { get; private set; }

    /// <summary>beta_k+1, 0 where it is rounding beside ||B||.</summary>
    public double Beta { get; private set; }

    /// <summary>Extends the basis by v_k+1; false where a product is not finite.</summary>
    public bool Step(LinearOperator<T> system, SolveCourse course)
    {
        system.Apply(Current, Next);
        var old = Beta;
        _vectors.Axpy(-old, _previous, Next);
        Alpha = _vectors.Dot(Current, Next);
        _vectors.Axpy(-Alpha, Current, Next);
        Beta = _vectors.Norm(Next);
        if (!double.IsFinite(Alpha) || !double.IsFinite(Beta)) return false;
        course.SeeNorm(double.Hypot(double.Hypot(old, Alpha), Beta));
        if (Beta <= course.Settings.Rounding * course.OperatorNorm) Beta = 0;
        _vectors.Scale(Beta == 0 ? 0 : 1 / Beta, Next, Next);
        return true;
    }

    /// <summary>Goes on to k + 1: the vectors change places.</summary>
    public void Rotate() => (_previous, Current, Next) = (Current, Next, _previous);
}
