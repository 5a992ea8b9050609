using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>A function of w that can form the Gram matrix S = A A^T of its rows, A = dC/dw.</summary>
public interface IGramRows
{
    /// <summary>N_C, the rows of S.</summary>
    int RowCount { get; }

    /// <summary>Memory to form S again and again.</summary>
    /// <exception cref="NotSupportedException">A part of the function offers no share of S; the message names it.</exception>
    GramMatrix CreateGram();

    /// <summary>Memory to compute trace(S) again and again; all of S is formed for it unless a function knows a shorter way.</summary>
    /// <inheritdoc cref="CreateGram"/>
    GramTrace CreateTrace() => new SummedDiagonal(CreateGram(), RowCount);
}

/// <summary>Products with A from what forming S left of it, at a lower cost than those of the function itself.</summary>
/// <typeparam name="T">The number type of the vectors.</typeparam>
public interface IRowProducts<T>
    where T : unmanaged
{
    /// <summary>Whether the last S left all of A.</summary>
    bool HasRows { get; }

    /// <summary>A v [N_C], at the point where S was formed.</summary>
    /// <param name="v">Direction [N_P].</param>
    double[] Rop(Tensor<T> v);

    /// <summary>A^T u.</summary>
    /// <param name="u">[N_C].</param>
    /// <param name="result">[N_P], overwritten.</param>
    void Lop(double[] u, Tensor<T> result);
}

/// <summary>trace(S) = ||A||_F^2, the sum of the squares of all elements of A = dC/dw, at a function's current point.</summary>
public abstract class GramTrace : IDisposable
{
    /// <summary>Computes the trace.</summary>
    /// <param name="cancellation">Looked at between the parts of the work.</param>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public abstract double Compute(CancellationToken cancellation = default);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory; called once or more.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>The trace of an S that is formed as a whole.</summary>
internal sealed class SummedDiagonal(GramMatrix gram, int rows) : GramTrace
{
    private readonly double[] _s = new double[rows * rows];

    public override double Compute(CancellationToken cancellation = default)
    {
        gram.Form(_s, cancellation);
        var trace = 0.0;
        for (var i = 0; i < rows; i++) trace += _s[(i * rows) + i];
        return trace;
    }

    protected override void Dispose(bool disposing)
    {
        gram.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>S = A A^T of a function's rows, formed at its current point.</summary>
public abstract class GramMatrix : IDisposable
{
    /// <summary>Whether <see cref="IsExact"/> makes a difference worth a try.</summary>
    public virtual bool SumsInBlocks => false;

    /// <summary>
    /// Whether products of the rows' elements are summed in float64, as they are unless it is set to false: then they may be summed
    /// in blocks of the rows' own number type, which is faster and enough for a well-conditioned S.
    /// </summary>
    public bool IsExact { get; set; } = true;

    /// <summary>Computes S.</summary>
    /// <param name="s">[N_C, N_C], row-major in float64, rows in the order of C; overwritten.</param>
    /// <param name="cancellation">Looked at between the parts of the work.</param>
    /// <exception cref="OperationCanceledException">The token said so; s holds no matrix then.</exception>
    public abstract void Form(Span<double> s, CancellationToken cancellation = default);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory; called once or more.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
