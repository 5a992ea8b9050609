using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// Steps dw = -(a g + A^T Lambda) / eta out of the constraint rows at one point, each with multipliers of its own:
/// <code>
/// gradient alone       Lambda = 0
/// Eq. 5, damped        (S + delta s I) Lambda = eta C - A g,    s = trace(S) / N_C
/// shortest correction  S Lambda = eta C,    a = 0:    dw = -A^T S^+ C
/// penalty (Eq. 3)      Lambda = 2 lambda C
/// </code>
/// S = A A^T is formed once for all steps at a point. With delta = 0 it is the step of Eq. 5 as printed, of minimum length
/// where rows are dependent and of least squares where they contradict, as in <see cref="GramSolver{T}"/>, but for the
/// refinement of roundings there; delta &gt; 0 puts -delta s / eta on the diagonal of the second block.
/// </summary>
/// <typeparam name="T">The number type of the vectors; S and its factors are float64.</typeparam>
public sealed class ShortestStep<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly ComputeDevice<T> _device;
    private readonly DifferentiableFunction<T> _constraint;
    private readonly GramMatrix _gram;
    private readonly double[] _s;
    private readonly Tensor<T> _rows;
    private GramFactor? _undamped;

    /// <summary>Memory for the steps of a constraint function.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="constraint">C with N_C rows, which offers Gram rows; the caller moves it and disposes of it.</param>
    /// <exception cref="NotSupportedException">It offers none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are too many rows for a Gram matrix.</exception>
    public ShortestStep(ComputeDevice<T> device, DifferentiableFunction<T> constraint)
    {
        KktSolver.Gram.For(constraint.RowCount);
        (_device, _constraint) = (device, constraint);
        _memory = new Workspace<T>(device);
        _gram = _memory.Own(GramSystem<T>.GramOf(constraint));
        _s = new double[constraint.RowCount * constraint.RowCount];
        _rows = _memory.Zeros(constraint.RowCount);
        C = [];
    }

    /// <summary>The relative error of S's elements, for <see cref="GramDiagnosis"/>.</summary>
    public static double Accuracy => GramSystem<T>.Accuracy;

    /// <summary>The part of C outside the range of S, relative to C, up to which it is rounding and no contradiction.</summary>
    public static double ContradictionTolerance => GramSystem<T>.ContradictionTolerance;

    /// <summary>S as of the last <see cref="Form"/>, [N_C, N_C] row-major.</summary>
    public ReadOnlySpan<double> S => _s;

    /// <summary>C at the point of the last <see cref="Form"/>.</summary>
    public double[] C { get; private set; }

    /// <summary>Forms S at the constraint's current point, where it has to stay for the steps.</summary>
    /// <exception cref="NotFiniteNumberException">C or S holds NaN or infinity.</exception>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public void Form(CancellationToken cancellation = default)
    {
        _undamped = null;
        _gram.Form(_s, cancellation);
        C = HostVectors.Read(_constraint.Value);
        if (!HostVectors.IsFinite(_s) || !HostVectors.IsFinite(C)) throw new NotFiniteNumberException("the constraints or their derivatives hold NaN or infinity");
    }

    /// <summary>The step along the gradient alone, -g / eta.</summary>
    /// <param name="gradient">g [N_P].</param>
    /// <param name="eta">eta &gt; 0.</param>
    /// <param name="step">dw [N_P], overwritten; not g.</param>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0.</exception>
    public void Gradient(Tensor<T> gradient, double eta, Tensor<T> step) => Take(gradient, null, eta, step);

    /// <summary>The step of Eq. 5, damped where <paramref name="delta"/> is above 0.</summary>
    /// <param name="gradient">g [N_P].</param>
    /// <param name="eta">eta &gt; 0.</param>
    /// <param name="delta">The damping, relative to the mean of S's diagonal.</param>
    /// <param name="step">dw [N_P], overwritten; not g.</param>
    /// <param name="cancellation">Looked at between rows of the factors.</param>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0, or delta below 0.</exception>
    /// <exception cref="EigenvaluesNotFoundException">S is nearly singular and its eigenvalues were not found.</exception>
    public void Hard(Tensor<T> gradient, double eta, double delta, Tensor<T> step, CancellationToken cancellation = default)
    {
        Guard.Positive(eta, "eta");
        Guard.NotNegative(delta, "delta");
        _constraint.Rop(gradient, _rows);
        var target = HostVectors.Combine(eta, C, -1, HostVectors.Read(_rows));
        Take(gradient, Factor(delta, cancellation).Solve(target), eta, step);
    }

    /// <summary>The shortest step that corrects C to first order, -A^T S^+ C.</summary>
    /// <param name="step">dw [N_P], overwritten.</param>
    /// <param name="cancellation">Looked at between rows of the factors.</param>
    /// <exception cref="EigenvaluesNotFoundException">S is nearly singular and its eigenvalues were not found.</exception>
    public void Correction(Tensor<T> step, CancellationToken cancellation = default)
        => Take(default, Factor(0, cancellation).Solve(C), 1, step);

    /// <summary>The gradient step on R + lambda ||C||^2 of Eq. 3.</summary>
    /// <param name="gradient">g [N_P].</param>
    /// <param name="eta">eta &gt; 0.</param>
    /// <param name="lambda">lambda &gt;= 0.</param>
    /// <param name="step">dw [N_P], overwritten; not g.</param>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0, or lambda below 0.</exception>
    public void Penalty(Tensor<T> gradient, double eta, double lambda, Tensor<T> step)
    {
        Guard.NotNegative(lambda, "lambda");
        Take(gradient, Array.ConvertAll(C, c => 2 * lambda * c), eta, step);
    }

    /// <summary>What a step promises: C + A dw, and what share of the step lies in the span of the rows.</summary>
    /// <param name="step">dw [N_P], at the point of the last <see cref="Form"/>.</param>
    /// <param name="diagnosis">The decomposition of <see cref="S"/>.</param>
    public StepPromise Promise(Tensor<T> step, GramDiagnosis diagnosis)
    {
        _constraint.Rop(step, _rows);
        var change = HostVectors.Read(_rows);
        var norm = _device.Vectors.Norm(step);
        // ||P dw||^2 = (A dw)^T S^+ (A dw); rounding may lift it a little above ||dw||^2.
        var spanned = HostVectors.Dot(change, diagnosis.Solve(change));
        return new StepPromise(change, norm, norm > 0 ? Math.Min(spanned / (norm * norm), 1) : double.NaN);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>-(g + A^T Lambda) / eta, without what is absent.</summary>
    private void Take(Tensor<T> gradient, double[]? multipliers, double eta, Tensor<T> step)
    {
        Guard.Positive(eta, "eta");
        if (multipliers is null)
        {
            _device.Vectors.Scale(-1 / eta, gradient, step);
            return;
        }
        HostVectors.Write(multipliers, _rows);
        _constraint.Lop(_rows, step);
        if (gradient.IsAbsent) _device.Vectors.Scale(-1 / eta, step, step);
        else _device.Vectors.Combine(-1 / eta, gradient, -1 / eta, step, step);
    }

    /// <summary>S + delta s I, factored; without damping once for all steps at the point.</summary>
    private GramFactor Factor(double delta, CancellationToken cancellation)
    {
        var n = _constraint.RowCount;
        if (delta == 0) return _undamped ??= new GramFactor(_s, n, Accuracy, cancellation: cancellation);
        var (damped, shift) = ((double[])_s.Clone(), 0.0);
        for (var i = 0; i < n; i++) shift += delta * _s[(i * n) + i] / n;
        for (var i = 0; i < n; i++) damped[(i * n) + i] += shift;
        return new GramFactor(damped, n, Accuracy, shift, cancellation: cancellation);
    }
}

/// <summary>What a step does to the constraints to first order.</summary>
/// <param name="Change">A dw.</param>
/// <param name="Norm">||dw||.</param>
/// <param name="SpanShare">
/// ||P dw||^2 / ||dw||^2, P the projection onto the span of the rows: of the step of Eq. 5 the share that is the shortest
/// correction of C. NaN for a step of length 0.
/// </param>
public readonly record struct StepPromise(double[] Change, double Norm, double SpanShare);
