namespace PoseEngine.Experiments.Data;

/// <summary>Which frames of the walking sequences become images. Fewer images mean larger steps in time over all of each sequence, not
/// shorter sequences, so that the variety of poses and places stays.</summary>
public sealed class FrameSchedule
{
    private FrameSchedule(IReadOnlyList<Sequence> sequences) => Sequences = sequences;

    /// <summary>A sequence of <paramref name="Length"/> frames of which <paramref name="Count"/> are taken.</summary>
    public readonly record struct Sequence(WalkerSubject Subject, int Trial, int Length, int Count)
    {
        /// <summary>The frame number of the taken frame <paramref name="index"/>.</summary>
        public int Frame(int index) => (int)((long)index * Length / Count);
    }

    public IReadOnlyList<Sequence> Sequences { get; }

    /// <summary>Images over all four cameras.</summary>
    public int ImageCount => StudioCameras.Count * Sequences.Sum(s => s.Count);

    /// <summary>The frames that settings ask for.</summary>
    public static FrameSchedule For(WalkerSettings settings)
    {
        settings.Validate();
        var sequences = new List<Sequence>();
        foreach (var subject in settings.Subjects.Select(WalkerSubject.Named).OrderBy(s => s.Number))
        {
            for (var trial = 1; trial <= subject.FrameCounts.Count; trial++)
            {
                var length = subject.FrameCounts[trial - 1];
                sequences.Add(new Sequence(subject, trial, length, Math.Max(1, (int)(length / settings.Scale))));
            }
        }

        var frames = (settings.MaximumImages ?? int.MaxValue) / StudioCameras.Count;
        return new FrameSchedule(sequences.Sum(s => s.Count) <= frames ? sequences : Shortened(sequences, frames));
    }

    /// <summary>Shares out a number of frames in proportion, largest remainders first, so that the sum is exact.</summary>
    private static List<Sequence> Shortened(List<Sequence> sequences, int frames)
    {
        var all = sequences.Sum(s => (long)s.Count);
        var shares = sequences.Select(s => ((long)s.Count * frames / all, (long)s.Count * frames % all)).ToArray();
        var missing = frames - (int)shares.Sum(s => s.Item1);
        var favoured = Enumerable.Range(0, shares.Length).OrderByDescending(i => shares[i].Item2).ThenBy(i => i).Take(missing).ToHashSet();
        return [.. sequences.Select((s, i) => s with { Count = (int)shares[i].Item1 + (favoured.Contains(i) ? 1 : 0) }).Where(s => s.Count > 0)];
    }
}
