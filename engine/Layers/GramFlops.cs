using System.Numerics;

namespace PoseEngine.Layers;

/// <summary>What a layer's share of the Gram matrix S = A A^T of constraint rows takes.</summary>
/// <param name="Rows">The length of the vectors whose products all pairs of rows take.</param>
/// <param name="Samples">The length of those whose products all pairs of samples take; 0 for none.</param>
/// <param name="FormsRows">Whether the layer's part of each row is formed.</param>
public readonly record struct GramDepth(int Rows, int Samples, bool FormsRows);

/// <summary>
/// The operations of a solve of Eq. 5 by the Gram matrix S = A A^T for N samples of J constraints each, n = J N rows, each counted
/// once and a multiply-add as two. With f_l the operations of a product with layer l's weights (<see cref="NetworkFlops"/>):
/// <code>
/// rows' adjoints     n sum f_l       by the input of each layer but the first with parameters, u W for a dense one, and
///                                    by the weights of each layer that forms rows, a convolution
/// products of rows   n (n + 1) d_l   one triangle; d_l is the outputs of a dense layer, the parameters of a convolution
/// inputs of samples  N (N + 1) e_l   one triangle; e_l is the inputs of a dense layer, 0 of a convolution
/// Cholesky           n^3 / 3
/// A b1, A^T Lambda   N f_l each      of a dense layer, by its adjoints and inputs; 2 n d_l each by formed rows
/// check              R               A dw by the R-op
/// </code>
/// For Eq. 13 with 128 samples of 6 constraints: 5.14, 2.89, 0.05, 0.15, 1.08 and 1.39 thousand million.
/// </summary>
/// <param name="Adjoints">Of the rows' adjoints, in the network's precision.</param>
/// <param name="Products">Of the products that add up to S, in the network's precision: where S is well conditioned, none is in float64.</param>
/// <param name="Cholesky">Of S's factor, in float64.</param>
/// <param name="Vectors">Of the three products with vectors, in the network's precision.</param>
public sealed record GramFlops(double Adjoints, double Products, double Cholesky, double Vectors)
{
    /// <summary>Counts a solve on a network.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no samples, or no constraints.</exception>
    /// <param name="network">The network.</param>
    /// <param name="samples">N.</param>
    /// <param name="rowsPerSample">J.</param>
    public static GramFlops Of<T>(Network<T> network, int samples, int rowsPerSample)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Guard.Positive(samples, "the number of samples");
        Guard.Positive(rowsPerSample, "the rows of a sample");
        var rows = (double)samples * rowsPerSample;
        var (adjoints, products, vectors) = (0.0, 0.0, samples * NetworkFlops.Of(network).Rop);
        foreach (var layer in LayerFlops.Of(network))
        {
            adjoints += rows * layer.Product * ((layer.InputMoves ? 1 : 0) + (layer.Gram.FormsRows ? 1 : 0));
            products += (rows * (rows + 1) * layer.Gram.Rows) + ((double)samples * (samples + 1) * layer.Gram.Samples);
            vectors += 2 * (layer.Gram.FormsRows ? 2 * rows * layer.Gram.Rows : layer.Parameters > 0 ? samples * layer.Product : 0);
        }
        return new GramFlops(adjoints, products, rows * rows * rows / 3, vectors);
    }

    /// <summary>The operations in the network's precision.</summary>
    public double Own => Adjoints + Products + Vectors;

    /// <summary>The operations in float64, whatever the network's precision.</summary>
    public double Float64 => Cholesky;
}
