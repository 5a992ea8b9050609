namespace PoseEngine.Functions;

/// <summary>A function of w that can form the Gram matrix S = A A^T of its rows, A = dC/dw.</summary>
public interface IGramRows
{
    /// <summary>Memory to form S again and again.</summary>
    /// <exception cref="NotSupportedException">A part of the function offers no share of S; the message names it.</exception>
    GramMatrix CreateGram();
}

/// <summary>S = A A^T of a function's rows, formed at its current point.</summary>
public abstract class GramMatrix : IDisposable
{
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
