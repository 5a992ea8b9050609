using PoseEngine.Kkt;

namespace PoseEngine.Training;

/// <summary>
/// The least-squares alignments of predicted points to true ones that the protocols of Human3.6M use. A sample is [points, 3], the
/// first point its root; the aligned points are written where the caller says and may take the place of the prediction. A NaN comes
/// out as NaN.
/// </summary>
public static class PointAlignment
{
    /// <summary>Protocol 1: moves the prediction so that its root lies on the true one.</summary>
    /// <exception cref="ArgumentException">The three differ in length, or are not points of three numbers.</exception>
    public static void Root(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, Span<double> aligned)
    {
        Check(prediction, truth, aligned);
        var root = PointOf(prediction, 0);
        var target = PointOf(truth, 0);
        for (var j = 0; j < prediction.Length / 3; j++) Write(aligned, j, PointOf(prediction, j) - root + target);
    }

    /// <summary>
    /// N-MPJPE: moves the prediction as protocol 1 and scales it about the root by the factor, 0 or more, that brings it
    /// nearest to the truth.
    /// </summary>
    /// <exception cref="ArgumentException">The three differ in length, or are not points of three numbers.</exception>
    public static void RootAndScale(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, Span<double> aligned)
    {
        Check(prediction, truth, aligned);
        var root = PointOf(prediction, 0);
        var target = PointOf(truth, 0);
        var (product, square) = (0.0, 0.0);
        for (var j = 0; j < prediction.Length / 3; j++)
        {
            var p = PointOf(prediction, j) - root;
            product += Vec3.Dot(p, PointOf(truth, j) - target);
            square += Vec3.Dot(p, p);
        }
        var scale = square > 0 ? KeepNaN(product / square) : 0;
        for (var j = 0; j < prediction.Length / 3; j++) Write(aligned, j, (scale * (PointOf(prediction, j) - root)) + target);
    }

    /// <summary>
    /// Protocol 2, Procrustes: the rotation (no reflection), scale and shift that bring the prediction nearest to the truth,
    /// the sum of squared distances being what is minimized. By unit quaternions: B. K. P. Horn, "Closed-form solution of
    /// absolute orientation using unit quaternions", J. Opt. Soc. Am. A 4(4), 1987; the same as the singular value
    /// decomposition with its determinant made positive. A prediction whose points coincide becomes the middle of the truth.
    /// </summary>
    /// <exception cref="ArgumentException">The three differ in length, or are not points of three numbers.</exception>
    public static void Similarity(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, Span<double> aligned)
    {
        Check(prediction, truth, aligned);
        var (from, to) = (Centre(prediction), Centre(truth));
        Span<double> products = stackalloc double[9];
        var square = Products(prediction, from, truth, to, products);
        var sum = square;
        foreach (var part in products) sum += part;
        if (!double.IsFinite(sum))
        {
            aligned.Fill(double.NaN);
            return;
        }
        var eigen = new SymmetricEigen(HornMatrix(products, stackalloc double[16]), 4);
        var best = 0;
        for (var i = 1; i < 4; i++) best = eigen.Values[i] > eigen.Values[best] ? i : best;
        // The largest eigenvalue is the sum of products after the best rotation.
        var product = eigen.Values[best];
        var quaternion = eigen.Vector(best);
        var scale = square > 0 ? KeepNaN(product / square) : 0;
        for (var j = 0; j < prediction.Length / 3; j++)
        {
            Write(aligned, j, (scale * Rotate(quaternion, PointOf(prediction, j) - from)) + to);
        }
    }

    private static void Check(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, ReadOnlySpan<double> aligned)
    {
        if (prediction.Length == 0 || prediction.Length % 3 != 0) throw new ArgumentException($"an alignment takes points of three numbers, got {prediction.Length} numbers", nameof(prediction));
        Guard.Equal(truth.Length, prediction.Length, "the true points of an alignment, in numbers,");
        Guard.Equal(aligned.Length, prediction.Length, "the aligned points, in numbers,");
    }

    /// <summary>S_ab = sum of p_a t_b over the points, and as the result the sum of p.p, both about the centres.</summary>
    private static double Products(
        ReadOnlySpan<double> prediction, Vec3 from, ReadOnlySpan<double> truth, Vec3 to, Span<double> products)
    {
        products.Clear();
        var square = 0.0;
        for (var j = 0; j < prediction.Length / 3; j++)
        {
            var p = PointOf(prediction, j) - from;
            var t = PointOf(truth, j) - to;
            square += Vec3.Dot(p, p);
            ReadOnlySpan<double> ps = [p.X, p.Y, p.Z];
            ReadOnlySpan<double> ts = [t.X, t.Y, t.Z];
            for (var a = 0; a < 3; a++)
            {
                for (var b = 0; b < 3; b++) products[(3 * a) + b] += ps[a] * ts[b];
            }
        }
        return square;
    }

    /// <summary>The matrix N of Horn's paper from the sums of products.</summary>
    private static Span<double> HornMatrix(ReadOnlySpan<double> s, Span<double> n)
    {
        var (xx, xy, xz) = (s[0], s[1], s[2]);
        var (yx, yy, yz) = (s[3], s[4], s[5]);
        var (zx, zy, zz) = (s[6], s[7], s[8]);
        ReadOnlySpan<double> rows =
        [
            xx + yy + zz, yz - zy, zx - xz, xy - yx,
            yz - zy, xx - yy - zz, xy + yx, zx + xz,
            zx - xz, xy + yx, yy - xx - zz, yz + zy,
            xy - yx, zx + xz, yz + zy, zz - xx - yy,
        ];
        rows.CopyTo(n);
        return n;
    }

    private static Vec3 Rotate(ReadOnlySpan<double> quaternion, Vec3 p)
    {
        var w = quaternion[0];
        var v = new Vec3(quaternion[1], quaternion[2], quaternion[3]);
        var turn = 2 * Vec3.Cross(v, p);
        return p + (w * turn) + Vec3.Cross(v, turn);
    }

    /// <summary>max(0, x), but NaN stays NaN: a broken prediction must not look like a good one.</summary>
    private static double KeepNaN(double x) => x < 0 ? 0 : x;

    private static Vec3 Centre(ReadOnlySpan<double> points)
    {
        var sum = default(Vec3);
        for (var at = 0; at < points.Length; at += 3) sum += new Vec3(points[at], points[at + 1], points[at + 2]);
        return sum * (3.0 / points.Length);
    }

    private static Vec3 PointOf(ReadOnlySpan<double> points, int j) => new(points[3 * j], points[(3 * j) + 1], points[(3 * j) + 2]);

    private static void Write(Span<double> points, int j, Vec3 point)
        => (points[3 * j], points[(3 * j) + 1], points[(3 * j) + 2]) = (point.X, point.Y, point.Z);

    private readonly record struct Vec3(double X, double Y, double Z)
    {
        public static Vec3 operator +(Vec3 a, Vec3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

        public static Vec3 operator -(Vec3 a, Vec3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

        public static Vec3 operator *(Vec3 a, double s) => new(a.X * s, a.Y * s, a.Z * s);

        public static Vec3 operator *(double s, Vec3 a) => a * s;

        public static double Dot(Vec3 a, Vec3 b) => (a.X * b.X) + (a.Y * b.Y) + (a.Z * b.Z);

        public static Vec3 Cross(Vec3 a, Vec3 b) => new((a.Y * b.Z) - (a.Z * b.Y), (a.Z * b.X) - (a.X * b.Z), (a.X * b.Y) - (a.Y * b.X));
    }
}
