using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

/// <summary>One operator at one shape on one device: what the proofs of its derivatives need to know.</summary>
public abstract class OperatorCase<T>(ComputeDevice<T> device)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ComputeDevice<T> Device { get; } = device;

    /// <summary>The arguments that derivatives are taken for.</summary>
    public abstract Tensor<T>[] Inputs { get; }

    public abstract Tensor<T> Output { get; }

    /// <summary>Computes <see cref="Output"/> and what the products keep.</summary>
    public abstract void Forward();

    public abstract void Rop(Tensor<T>[] direction, Tensor<T> dy);

    public abstract void Lop(Tensor<T> u, Tensor<T>[] adjoints);

    /// <summary>Tensors shaped like the inputs.</summary>
    public Tensor<T>[] LikeInputs() => [.. Inputs.Select(input => Device.Zeros(input.Shape))];

    /// <summary>Tensors shaped like the inputs, with normal numbers of their own.</summary>
    public Tensor<T>[] Directions(ulong seed)
        => [.. Inputs.Select((input, i) => Numbers.Normal(Device, input.Shape, seed + (ulong)i))];
}

/// <summary>Random tensors and sums over tensors on the host, in float64.</summary>
public static class Numbers
{
    public static Tensor<T> Normal<T>(Device<T> device, Shape shape, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new RandomGenerator(seed);
        var numbers = new T[shape.Count];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = T.CreateTruncating(random.NextNormal());
        return device.From(numbers, shape);
    }

    public static double[] Host<T>(Tensor<T> tensor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => [.. tensor.ToArray().Select(double.CreateTruncating)];

    public static double Dot<T>(Tensor<T> x, Tensor<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Host(x).Zip(Host(y), (a, b) => a * b).Sum();

    public static double Norm<T>(Tensor<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Math.Sqrt(Dot(x, x));

    /// <summary>a x + b y.</summary>
    public static Tensor<T> Combine<T>(Device<T> device, double a, Tensor<T> x, double b, Tensor<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var numbers = Host(x).Zip(Host(y), (p, q) => T.CreateTruncating((a * p) + (b * q))).ToArray();
        return device.From(numbers, x.Shape);
    }
}
