namespace PoseEngine.Experiments.Krylov;

/// <param name="Key">The name in files, such as "singular".</param>
internal sealed record KrylovClass(string Key, string Title, KrylovProperty Lacks)
{
    public static readonly KrylovClass
        Definite = new("definite", "symmetric positive definite", KrylovProperty.None),
        Nonsymmetric = new("nonsymmetric", "nonsymmetric, full rank", KrylovProperty.Symmetric),
        Indefinite = new("indefinite", "indefinite, full rank", KrylovProperty.Definite),
        Singular = new("singular", "singular, consistent", KrylovProperty.FullRank),
        Contradictory = new("contradictory", "singular, contradictory", KrylovProperty.Solvable),
        IllConditioned = new("ill-conditioned", "condition 1e10", KrylovProperty.Other),
        NetworkIndependent = new("network-independent", "Eq. 5 of the pose network, independent rows", KrylovProperty.Definite),
        NetworkDuplicated = new("network-duplicated", "Eq. 5 of the pose network, duplicated samples", KrylovProperty.FullRank),
        NetworkContradictory = new("network-contradictory", "Eq. 5 of the pose network, contradictory constraints", KrylovProperty.Solvable),
        Own = new("own", "a matrix of your own", KrylovProperty.Other);
}

/// <summary>A column of Table 1; <see cref="Solvable"/> stands for full rank where the right-hand side is not in the range.</summary>
internal enum KrylovProperty
{
    None, Symmetric, Definite, FullRank, Solvable, Other,
}
