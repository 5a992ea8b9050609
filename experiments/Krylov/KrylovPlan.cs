namespace PoseEngine.Experiments.Krylov;

/// <summary>The sizes of <c>poseengine krylov</c>.</summary>
/// <param name="Batch">Samples of a minibatch of the training.</param>
/// <param name="Points">Steps of the training behind which systems are taken.</param>
/// <param name="Samples">Samples whose constraints make a system: six rows each.</param>
/// <param name="Copies">How many of them are copies of others where rows are dependent.</param>
/// <param name="MaxIterations">Iterations on a system of the network at the most.</param>
/// <param name="Restart">Vectors of a basis of GMRES.</param>
internal sealed record KrylovPlan(string Preset, int Images, int Batch, IReadOnlyList<int> Points, int Samples, int Copies, int MaxIterations, int Restart)
{
    /// <summary>eta of Eq. 5, the usual one of Hard-SGD.</summary>
    public const double Eta = 300;

    /// <exception cref="UserErrorException">There is no such preset.</exception>
    public static KrylovPlan OfPreset(string name) => name switch
    {
        "smoke" => new(name, 40, 8, [0, 4], 3, 1, 60, 40),
        "quick" => new(name, 600, 32, [0, 30, 60], 8, 2, 400, 100),
        "paper" => new(name, 10_000, 128, [0, 300, 1000], 32, 8, 1500, 200),
        _ => throw new UserErrorException($"--preset {name}: no such preset; choose one of smoke, quick, paper"),
    };

    /// <summary>What a point of the training is called.</summary>
    public string NameOf(int point) => point == 0 ? "start" : point == Points[^1] ? $"step {point}, end" : $"step {point}";
}
