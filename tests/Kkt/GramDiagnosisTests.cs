using PoseEngine.Kkt;

namespace PoseEngine.Tests.Kkt;

/// <summary>What is said of Gram matrices whose spectrum, angles and contradictions are known.</summary>
public class GramDiagnosisTests
{
    private const double Accuracy = 1e-15;

    [Test]
    public void TheSpectrumOfADiagonalMatrix()
    {
        var diagnosis = new GramDiagnosis([2, 0, 0, 0, 8, 0, 0, 0, 0], 3, Accuracy);
        Assert.That(diagnosis.Spectrum, Is.EqualTo(new[] { 8.0, 2.0, 0.0 }).Within(1e-14));
        Assert.That((diagnosis.Rank, diagnosis.Condition), Is.EqualTo((2, 4.0)));
        Assert.That(diagnosis.Cut, Is.EqualTo(3 * Accuracy * 8).Within(1e-28));

        // Shares 0.8 and 0.2: exp(-0.8 ln 0.8 - 0.2 ln 0.2).
        Assert.That(diagnosis.EffectiveRank, Is.EqualTo(Math.Pow(0.8, -0.8) * Math.Pow(0.2, -0.2)).Within(1e-13));
        Assert.That(diagnosis.Solve([2, 8, 5]), Is.EqualTo(new[] { 1.0, 1.0, 0.0 }).Within(1e-14));
    }

    [Test]
    public void EqualEigenvaluesHaveTheWholeEffectiveRankAndZeroHasNone()
    {
        Assert.That(new GramDiagnosis([3, 0, 0, 0, 3, 0, 0, 0, 3], 3, Accuracy).EffectiveRank, Is.EqualTo(3).Within(1e-13));
        var nothing = new GramDiagnosis(new double[4], 2, Accuracy);
        Assert.That((nothing.Rank, nothing.EffectiveRank, nothing.Condition), Is.EqualTo((0, 0.0, 1.0)));
        Assert.That(nothing.Contradiction([1, -2]), Is.EqualTo(new[] { 1.0, -2.0 }), "no step changes anything");
    }

    [Test]
    public void DuplicatedRowsAreAParallelPairAndOneDirectionLess()
    {
        // Rows (1, 0), (3, 4), (1, 0), (-2, 0) and nothing.
        double[] s =
        [
            1, 3, 1, -2, 0,
            3, 25, 3, -6, 0,
            1, 3, 1, -2, 0,
            -2, -6, -2, 4, 0,
            0, 0, 0, 0, 0,
        ];
        var diagnosis = new GramDiagnosis(s, 5, Accuracy);
        var rows = new GramRows(s, 5, diagnosis.Cut);
        Assert.That(diagnosis.Rank, Is.EqualTo(2), "five rows, two directions");
        Assert.That(rows.Zero, Is.EqualTo(new[] { 4 }));
        var pairs = rows.MostParallel(4);
        Assert.That(pairs.Select(pair => (pair.First, pair.Second)), Is.EqualTo(new[] { (0, 2), (0, 3), (2, 3), (0, 1) }), "by the cosine, then by the rows");
        Assert.That(pairs.Select(pair => pair.Cosine), Is.EqualTo(new[] { 1, -1, -1, 0.6 }).Within(1e-15));
        Assert.That(rows.MostParallel(100), Has.Count.EqualTo(6), "a row of length 0 has no angle");

        var all = rows.SpreadOf((_, _) => true);
        Assert.That((all.Pairs, all.Largest, all.NearShare), Is.EqualTo((6L, 1.0, 0.5)));
        Assert.That(all.Mean, Is.EqualTo((3 + (3 * 0.6)) / 6).Within(1e-15));
        Assert.That(rows.SpreadOf((i, _) => i == 4).Mean, Is.NaN);

        // Brought to one length the three of one direction weigh as three, the other as one.
        var unit = new GramDiagnosis(rows.UnitGram(), 5, Accuracy);
        Assert.That(unit.Spectrum.Sum(), Is.EqualTo(4).Within(1e-14));
        Assert.That(unit.Rank, Is.EqualTo(2));
    }

    [Test]
    public void WhatDuplicatedRowsWantDifferentlyIsAContradiction()
    {
        // Twice the row (1, 0), once (0, 2): C = (3, 1, 4) has the mean 2 in the first direction and misses it by 1.
        var diagnosis = new GramDiagnosis([1, 1, 0, 1, 1, 0, 0, 0, 4], 3, Accuracy);
        Assert.That(diagnosis.Contradiction([3, 1, 4]), Is.EqualTo(new[] { 1.0, -1.0, 0.0 }).Within(1e-14));
        Assert.That(diagnosis.Contradiction([2, 2, 4]), Is.EqualTo(new double[3]).Within(1e-14), "what they want alike is none");
    }

    [Test]
    public void BadInputIsRefused()
    {
        Assert.That(() => new GramDiagnosis([1, double.NaN, double.NaN, 1], 2, Accuracy), Throws.InstanceOf<NotFiniteNumberException>());
        Assert.That(() => new GramDiagnosis([1, 2, 3], 2, Accuracy), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => new GramDiagnosis([], 0, Accuracy), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new GramDiagnosis([1], 1, Accuracy).Solve([1, 2]), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => new GramRows([1, 2, 3], 2), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => new GramRows([1], 1).MostParallel(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
