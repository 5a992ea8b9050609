using System.Numerics;

namespace PoseEngine.Constraints;

/// <summary>
/// A joint that bends no further than a bound: with p = y_a - y_b and q = y_c - y_b the angle at joint b is at least a
/// least one, C_j(y) = p.q / (||p|| ||q||) - cos(least) &lt;= 0, without unit. Wrap it in an <see cref="Inequality{T}"/>.
/// The derivative of an angle with a limb of length 0 is 0, and its cosine counts as 0.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="outputs">The number of a sample's outputs, three a joint.</param>
/// <param name="angles">Joints a, b, c, zero-based, and the least angle at b in radians, 0 to pi.</param>
public sealed class JointAngleLimit<T>(int outputs, IReadOnlyList<(int A, int B, int C, double Least)> angles)
    : SampleConstraint<T>("joint angle", outputs, angles.Count)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly (int A, int B, int C, T Cosine)[] _angles = [.. angles.Select(angle => Checked(angle, outputs))];

    /// <inheritdoc/>
    protected override void Value(ReadOnlySpan<T> y, ReadOnlySpan<T> x, Span<T> c)
    {
        for (var j = 0; j < c.Length; j++) c[j] = new Bend(y, _angles[j]).Cosine - _angles[j].Cosine;
    }

    /// <inheritdoc/>
    protected override void Rop(ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dc)
    {
        for (var j = 0; j < dc.Length; j++)
        {
            var (a, b, c, _) = _angles[j];
            var bend = new Bend(y, _angles[j]);
            for (var d = 0; d < 3; d++)
            {
                dc[j] += (bend.AlongP(d) * (dy[(3 * a) + d] - dy[(3 * b) + d])) + (bend.AlongQ(d) * (dy[(3 * c) + d] - dy[(3 * b) + d]));
            }
        }
    }

    /// <inheritdoc/>
    protected override void Lop(ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> u, Span<T> uy)
    {
        for (var j = 0; j < u.Length; j++)
        {
            var (a, b, c, _) = _angles[j];
            var bend = new Bend(y, _angles[j]);
            for (var d = 0; d < 3; d++)
            {
                uy[(3 * a) + d] += u[j] * bend.AlongP(d);
                uy[(3 * c) + d] += u[j] * bend.AlongQ(d);
                uy[(3 * b) + d] -= u[j] * (bend.AlongP(d) + bend.AlongQ(d));
            }
        }
    }

    private static (int A, int B, int C, T Cosine) Checked((int A, int B, int C, double Least) angle, int outputs)
    {
        var joints = outputs / 3;
        var (a, b, c, least) = angle;
        foreach (var joint in (ReadOnlySpan<int>)[a, b, c])
        {
            if (joint < 0 || joint >= joints)
            {
                throw new ArgumentException($"joint angle limit names joint {joint}, {outputs} outputs hold joints 0 to {joints - 1}");
            }
        }
        if (a == b || b == c || a == c) throw new ArgumentException($"joint angle limit names joints {a}, {b}, {c}: three different ones make an angle");
        return least is >= 0 and <= Math.PI
            ? (a, b, c, T.CreateTruncating(Math.Cos(least)))
            : throw new ArgumentOutOfRangeException(nameof(angle), least, $"joint angle limit: the least angle must be 0 to pi radians, got {least}");
    }

    /// <summary>The unit vectors along both limbs at one joint, with what the derivative of their product needs.</summary>
    private readonly ref struct Bend
    {
        private readonly ReadOnlySpan<T> _y;
        private readonly (int A, int B, int C, T Cosine) _angle;
        private readonly T _p;
        private readonly T _q;

        public Bend(ReadOnlySpan<T> y, (int A, int B, int C, T Cosine) angle)
        {
            _y = y;
            _angle = angle;
            var (pp, qq, pq) = (T.Zero, T.Zero, T.Zero);
            for (var d = 0; d < 3; d++)
            {
                pp += P(d) * P(d);
                qq += Q(d) * Q(d);
                pq += P(d) * Q(d);
            }
            (_p, _q) = (T.Sqrt(pp), T.Sqrt(qq));
            Cosine = IsFlat ? T.Zero : pq / (_p * _q);
        }

        public T Cosine { get; }

        private bool IsFlat => _p == T.Zero || _q == T.Zero;

        /// <summary>d cos / dp = (q / |q| - cos p / |p|) / |p|.</summary>
        public T AlongP(int d) => IsFlat ? T.Zero : ((Q(d) / _q) - (Cosine * P(d) / _p)) / _p;

        /// <summary>d cos / dq = (p / |p| - cos q / |q|) / |q|.</summary>
        public T AlongQ(int d) => IsFlat ? T.Zero : ((P(d) / _p) - (Cosine * Q(d) / _q)) / _q;

        private T P(int d) => _y[(3 * _angle.A) + d] - _y[(3 * _angle.B) + d];

        private T Q(int d) => _y[(3 * _angle.C) + d] - _y[(3 * _angle.B) + d];
    }
}
