using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Krylov;

/// <summary>The solvers of Table 1 by name, in its order.</summary>
public static class KrylovSolvers
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cg", "symmlq", "minres", "minres-qlp", "gmres", "bicg"];

    /// <summary>A solver with its memory.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="size">The number of unknowns.</param>
    /// <param name="restart">Vectors of a basis of GMRES; the others do not look at it.</param>
    /// <exception cref="ArgumentException">There is no such solver.</exception>
    public static KrylovSolver<T> Create<T>(string name, ComputeDevice<T> device, int size, int restart = Gmres<T>.DefaultRestart)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => name switch
        {
            "cg" => new ConjugateGradient<T>(device, size),
            "symmlq" => new Symmlq<T>(device, size),
            "minres" => new Minres<T>(device, size),
            "minres-qlp" => new MinresQlp<T>(device, size),
            "gmres" => new Gmres<T>(device, size, restart),
            "bicg" => new BiConjugateGradient<T>(device, size),
            _ => throw new ArgumentException($"there is no solver {name}; choose one of {string.Join(", ", Names)}", nameof(name)),
        };
}
