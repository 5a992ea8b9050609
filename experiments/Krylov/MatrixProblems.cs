namespace PoseEngine.Experiments.Krylov;

/// <summary>The stored systems on a device.</summary>
internal static class MatrixProblems
{
    /// <summary>Iterations at the most, in multiples of the size: rounding takes finite termination away.</summary>
    private const int IterationsOfSize = 10;

    /// <summary>Vectors of a basis of GMRES: none of the systems has more distinct eigenvalues.</summary>
    private const int Restart = 100;

    public static IEnumerable<KrylovProblem<T>> All<T>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => StoredSystem.All().Select(system => new KrylovProblem<T>(
            system.Name, system.Kind, new SparseOperator<T>(system.Matrix), Upload(device, system.RightHandSide),
            Upload(device, system.Expected), IterationsOfSize * system.Matrix.Size, Restart));

    public static Tensor<T> Upload<T>(ComputeDevice<T> device, double[] values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => device.From(Array.ConvertAll(values, T.CreateTruncating));
}
