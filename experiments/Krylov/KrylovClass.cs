namespace PoseEngine.Experiments.Krylov;

/// <summary>A kind of system, by what it lacks of the properties of Table 1.</summary>
/// <param name="Key">The name in files, such as "singular".</param>
/// <param name="Title">What people read.</param>
/// <param name="Lacks">The property of Table 1 that the systems do not have.</param>
internal sealed record KrylovClass(string Key, string Title, KrylovProperty Lacks)
{
    public static KrylovClass Definite { get; } = new("definite", "symmetric positive definite", KrylovProperty.None);

    public static KrylovClass Nonsymmetric { get; } = new("nonsymmetric", "nonsymmetric, full rank", KrylovProperty.Symmetric);

    public static KrylovClass Indefinite { get; } = new("indefinite", "indefinite, full rank", KrylovProperty.Definite);

    public static KrylovClass Singular { get; } = new("singular", "singular, consistent", KrylovProperty.FullRank);

    public static KrylovClass Contradictory { get; } = new("contradictory", "singular, contradictory", KrylovProperty.Solvable);

    public static KrylovClass IllConditioned { get; } = new("ill-conditioned", "condition 1e10", KrylovProperty.Other);

    public static KrylovClass NetworkIndependent { get; } = new("network-independent", "Eq. 5 of the pose network, independent rows", KrylovProperty.Definite);

    public static KrylovClass NetworkDuplicated { get; } = new("network-duplicated", "Eq. 5 of the pose network, duplicated samples", KrylovProperty.FullRank);

    public static KrylovClass NetworkContradictory { get; } = new("network-contradictory", "Eq. 5 of the pose network, contradictory constraints", KrylovProperty.Solvable);

    public static KrylovClass Own { get; } = new("own", "a matrix of your own", KrylovProperty.Other);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KrylovClass> All { get; } =
    [
        Definite, Nonsymmetric, Indefinite, Singular, Contradictory, IllConditioned, NetworkIndependent, NetworkDuplicated, NetworkContradictory, Own,
    ];
}

/// <summary>A column of Table 1; <see cref="Solvable"/> stands for full rank where the right-hand side is not in the range.</summary>
internal enum KrylovProperty
{
    None,
    Symmetric,
    Definite,
    FullRank,
    Solvable,
    Other,
}
