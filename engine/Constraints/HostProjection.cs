using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>A projection by the dense reference, sample by sample on the host; a GPU copies the outputs there and back.</summary>
internal sealed class HostProjection<T>(IProjectionRows rows) : ICompiledProjection<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly DenseProjection _dense = new(rows);

    public void Project(Tensor<T> target, Tensor<T> columns, in ProjectedSamples samples, Tensor<T> y)
    {
        var (given, x) = (Widen(target), columns.IsAbsent ? [] : Widen(columns));
        var (points, multipliers) = (new double[given.Length], new double[samples.Multipliers.Count]);
        var (exits, rounds) = (new int[samples.Count], new int[samples.Count]);
        for (var k = 0; k < samples.Count; k++)
        {
            var (exit, own) = _dense.Project(Row(given, k, samples.Count), Row(x, k, samples.Count), Row(points, k, samples.Count), Row(multipliers, k, samples.Count));
            (exits[k], rounds[k]) = ((int)exit, own);
        }
        samples.Points.CopyFrom(points);
        if (!samples.Columns.IsAbsent) samples.Columns.CopyFrom(x);
        samples.Multipliers.CopyFrom(multipliers);
        samples.Exits.CopyFrom(exits);
        samples.Rounds.CopyFrom(rounds);
        y.CopyFrom(Array.ConvertAll(points, T.CreateTruncating));
    }

    public void Product(in ProjectedSamples samples, Tensor<T> v, Tensor<T> result)
    {
        var (given, points, multipliers, exits) = (Widen(v), samples.Points.ToArray(), samples.Multipliers.ToArray(), samples.Exits.ToArray());
        var (x, products) = (samples.Columns.IsAbsent ? [] : samples.Columns.ToArray(), new double[given.Length]);
        for (var k = 0; k < samples.Count; k++)
        {
            var own = Row(products, k, samples.Count);
            if (exits[k] == (int)ProjectionExit.NotFinite) own.Fill(double.NaN);
            else _dense.Product(Row(points, k, samples.Count), Row(x, k, samples.Count), Row(multipliers, k, samples.Count), Row(given, k, samples.Count), own);
        }
        result.CopyFrom(Array.ConvertAll(products, T.CreateTruncating));
    }

    private static double[] Widen(Tensor<T> tensor) => Array.ConvertAll(tensor.ToArray(), double.CreateTruncating);

    private static Span<double> Row(double[] all, int k, int count) => all.AsSpan(all.Length / count * k, all.Length / count);
}
