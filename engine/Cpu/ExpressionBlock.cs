using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>The steps of a <see cref="ExpressionPlan"/> on a block of samples, in vectors or one by one.</summary>
internal static unsafe class ExpressionBlock<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Samples of a block: two vectors, so that the steps of one operation are a loop without inner loop.
    /// </summary>
    public static readonly int Samples = 2 * Vector<T>.Count;

    /// <summary>Does steps of one operation on the first samples of a block; vectors take the others along.</summary>
    public static void Run(Operation operation, ReadOnlySpan<ExpressionStep> steps, T* slots, int count, bool useSimd)
    {
        switch (operation)
        {
            case ExpressionPlan.Copy:
                Each<Copied<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Negate:
                Each<Negated<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Add:
                Each<Added<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Subtract:
                Each<Subtracted<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Multiply:
                Each<Multiplied<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Divide:
                Each<Divided<T>>(steps, slots, count, useSimd);
                break;
            case Operation.ReciprocalOrZero:
                Each<Reciprocal<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Sqrt:
                Each<SquareRoot<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Exp:
                OneByOne<Exponential<T>>(steps, slots, count);
                break;
            case Operation.Log:
                OneByOne<Logarithm<T>>(steps, slots, count);
                break;
            case Operation.Sin:
                OneByOne<Sine<T>>(steps, slots, count);
                break;
            case Operation.Cos:
                OneByOne<Cosine<T>>(steps, slots, count);
                break;
            case Operation.Tanh:
                OneByOne<HyperbolicTangent<T>>(steps, slots, count);
                break;
            case Operation.Atan2:
                OneByOne<ArcTangent<T>>(steps, slots, count);
                break;
            case Operation.Power:
                OneByOne<Raised<T>>(steps, slots, count);
                break;
            case Operation.Absolute:
                Each<Magnitude<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Sign:
                Each<SignOf<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Minimum:
                Each<Smaller<T>>(steps, slots, count, useSimd);
                break;
            case Operation.Maximum:
                Each<Larger<T>>(steps, slots, count, useSimd);
                break;
            case Operation.GatedMultiply:
                Each<GatedProduct<T>>(steps, slots, count, useSimd);
                break;
            case Operation.AtMost:
                Each<Gate<T>>(steps, slots, count, useSimd);
                break;
            case ExpressionPlan.MultiplyAdd:
                Fused(steps, slots, count, useSimd, T.One);
                break;
            case ExpressionPlan.MultiplySubtract:
                Fused(steps, slots, count, useSimd, -T.One);
                break;
            default:
                throw new InvalidOperationException($"cpu: the operation {operation} is no step");
        }
    }

    /// <summary>d = c + sign a b.</summary>
    private static void Fused(ReadOnlySpan<ExpressionStep> steps, T* slots, int count, bool useSimd, T sign)
    {
        var signs = new Vector<T>(sign);
        foreach (var step in steps)
        {
            T* d = slots + (step.D * Samples), a = slots + (step.A * Samples), b = slots + (step.B * Samples), c = slots + (step.C * Samples);
            for (var i = 0; i < count && !useSimd; i++) d[i] = T.FusedMultiplyAdd(sign * a[i], b[i], c[i]);
            if (!useSimd) continue;
            Simd.MultiplyAdd(signs * Vector.Load(a), Vector.Load(b), Vector.Load(c)).Store(d);
            Simd.MultiplyAdd(signs * Vector.Load(a + Vector<T>.Count), Vector.Load(b + Vector<T>.Count), Vector.Load(c + Vector<T>.Count)).Store(d + Vector<T>.Count);
        }
    }

    private static void Each<TOperation>(ReadOnlySpan<ExpressionStep> steps, T* slots, int count, bool useSimd)
        where TOperation : struct, IExpressionVectorOperation<T>
    {
        if (!useSimd)
        {
            OneByOne<TOperation>(steps, slots, count);
            return;
        }
        foreach (var step in steps)
        {
            T* d = slots + (step.D * Samples), a = slots + (step.A * Samples), b = slots + (step.B * Samples);
            TOperation.Apply(Vector.Load(a), Vector.Load(b)).Store(d);
            TOperation.Apply(Vector.Load(a + Vector<T>.Count), Vector.Load(b + Vector<T>.Count)).Store(d + Vector<T>.Count);
        }
    }

    private static void OneByOne<TOperation>(ReadOnlySpan<ExpressionStep> steps, T* slots, int count)
        where TOperation : struct, IExpressionOperation<T>
    {
        foreach (var step in steps)
        {
            T* d = slots + (step.D * Samples), a = slots + (step.A * Samples), b = slots + (step.B * Samples);
            for (var i = 0; i < count; i++) d[i] = TOperation.Apply(a[i], b[i]);
        }
    }
}
