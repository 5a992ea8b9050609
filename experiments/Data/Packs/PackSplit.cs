namespace PoseEngine.Experiments.Data;

/// <summary>Which images of a pack are trained on and which are held back, as ascending indices.</summary>
public sealed record PackSplit(int[] Training, int[] Validation)
{
    /// <summary>The subjects that are held back in Human3.6M.</summary>
    public static IReadOnlyList<string> UsualValidationSubjects { get; } = ["S9", "S11"];

    /// <summary>The split of the paper: 80 % of the images at random for training. Neighbouring frames fall on both sides, so it measures
    /// interpolation; <see cref="BySubject"/> measures new people.</summary>
    public static PackSplit Random(int count, ulong seed, double heldBack = 0.2)
    {
        var order = Enumerable.Range(0, count).ToArray();
        var random = new RandomGenerator(seed, stream: 7);
        for (var i = count - 1; i > 0; i--)
        {
            var other = random.NextInt(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        // A sum that is whole but for rounding is meant to be whole. One image at least on either side, where there are two.
        var most = Math.Max(count - 1, 0);
        var training = Math.Clamp((int)((count * (1 - heldBack)) + 1e-9), Math.Min(1, most), most);
        return new PackSplit(Sorted(order.AsSpan(0, training)), Sorted(order.AsSpan(training)));
    }

    /// <summary>Holds back all images of some subjects (S9 and S11 unless named).</summary>
    public static PackSplit BySubject(Pack pack, IReadOnlyList<string>? validationSubjects = null)
    {
        var held = validationSubjects ?? UsualValidationSubjects;
        var missing = held.FirstOrDefault(name => !pack.Subjects.Contains(name));
        if (missing is not null)
            throw new UserErrorException($"subject {missing} is not in {pack.Folder}, which has {string.Join(", ", pack.Subjects)}: name some of these");
        var lookup = held.ToHashSet();
        var indices = Enumerable.Range(0, pack.Count).ToLookup(i => lookup.Contains(pack.Subject(i)));
        var split = new PackSplit([.. indices[false]], [.. indices[true]]);
        if (split.Training.Length == 0 || split.Validation.Length == 0)
            throw new UserErrorException($"holding back {string.Join(", ", held)} leaves {split.Training.Length} of {pack.Count} images to train on: hold back some, not all");
        return split;
    }

    private static int[] Sorted(ReadOnlySpan<int> indices)
    {
        var sorted = indices.ToArray();
        Array.Sort(sorted);
        return sorted;
    }
}
