using System.Numerics;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Krylov;

/// <summary>
/// A KKT system of 2,097,920 unknowns with a closed form: 256 distinct rows of A, one for each block of 8192 primal
/// unknowns, each three times, with contradicting right-hand sides.
/// </summary>
internal sealed class FullScaleKkt<T> : LinearOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public const int PrimalCount = 1 << 21;
    public const double Eta = 0.25;
    private const int Blocks = 256;
    private const int Copies = 3;
    private const int BlockLength = PrimalCount / Blocks;

    private readonly T[] _x = new T[PrimalCount + (Blocks * Copies)];
    private readonly T[] _y = new T[PrimalCount + (Blocks * Copies)];

    public override int Size => _x.Length;

    /// <summary>trace(A A^T) / (rank(A) eta): 256 rows of norm^2 8192 w^2, three times each.</summary>
    public static double SecondWeight
        => Enumerable.Range(0, Blocks).Sum(u => Copies * BlockLength * Weight(u) * Weight(u)) / Blocks / Eta;

    public static T[] RightHandSide()
    {
        var b = new T[PrimalCount + (Blocks * Copies)];
        for (var j = 0; j < PrimalCount; j++) b[j] = T.CreateChecked(Primal(j));
        for (var r = 0; r < Blocks * Copies; r++) b[PrimalCount + r] = T.CreateChecked(Dual(r));
        return b;
    }

    /// <summary>Relative errors of x and of y against the closed form of the min-length least-squares solution.</summary>
    public static (double X, double Y) Errors(T[] solution)
    {
        double error = 0, norm = 0, dualError = 0, dualNorm = 0;
        for (var u = 0; u < Blocks; u++)
        {
            var sum = 0.0;
            for (var j = u * BlockLength; j < (u + 1) * BlockLength; j++) sum += Primal(j);
            var mean = Enumerable.Range(Copies * u, Copies).Average(Dual);
            var multiplier = ((Weight(u) * sum) - (Eta * mean)) / (BlockLength * Weight(u) * Weight(u));
            for (var j = u * BlockLength; j < (u + 1) * BlockLength; j++)
            {
                var expected = (Primal(j) - (Weight(u) * multiplier)) / Eta;
                error += Math.Pow(double.CreateChecked(solution[j]) - expected, 2);
                norm += expected * expected;
            }
            for (var c = 0; c < Copies; c++)
            {
                var y = double.CreateChecked(solution[PrimalCount + (Copies * u) + c]);
                dualError += Math.Pow(y - (multiplier / Copies), 2);
                dualNorm += Math.Pow(multiplier / Copies, 2);
            }
        }
        return (Math.Sqrt(error / norm), Math.Sqrt(dualError / dualNorm));
    }

    public override void Apply(Tensor<T> x, Tensor<T> y)
    {
        x.CopyTo(_x);
        var eta = T.CreateChecked(Eta);
        for (var u = 0; u < Blocks; u++)
        {
            var w = T.CreateChecked(Weight(u));
            var rows = PrimalCount + (Copies * u);
            var push = w * (_x[rows] + _x[rows + 1] + _x[rows + 2]);
            var sum = 0.0;
            for (var j = u * BlockLength; j < (u + 1) * BlockLength; j++)
            {
                sum += double.CreateTruncating(_x[j]);
                _y[j] = (eta * _x[j]) + push;
            }
            for (var c = 0; c < Copies; c++) _y[rows + c] = w * T.CreateChecked(sum);
        }
        y.CopyFrom(_y);
    }

    private static double Weight(int u) => (1 + (u % 8)) / 64.0;

    private static double Primal(int j) => ((unchecked((uint)j * 2654435761u) >> 16) % 129 - 64.0) / 64;

    private static double Dual(int r) => ((((7 * (r / Copies)) + (13 * (r % Copies))) % 17) - 8) / 8.0;
}
