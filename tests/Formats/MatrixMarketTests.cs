using System.IO.Pipes;
using PoseEngine.Experiments.Krylov;
using PoseEngine.Formats;
using PoseEngine.Krylov;
using PoseEngine.Tests.Experiments.Reports;

namespace PoseEngine.Tests.Formats;

/// <summary>The reader on every kind of file that it takes, and on hostile ones.</summary>
public class MatrixMarketTests
{
    private const string Symmetric = "%%MatrixMarket matrix coordinate real symmetric\n";

    [TestCase("%%MatrixMarket matrix coordinate real symmetric\n% a comment\n\n2 2 2\n1 1 4\n2 1 -1.5e0\n")]
    [TestCase("%%matrixmarket MATRIX Coordinate Real General\r\n2 2 3\r\n1 1 4\r\n2 1 -1.5\r\n1 2 -1.5\r\n")]
    [TestCase("%%MatrixMarket matrix coordinate real general\n2 2 4\n1 1 3\n1 1 1\n2 1 -1.5\n1 2 -1.5")]
    [TestCase("%%MatrixMarket matrix array real symmetric\n2 2\n4\n-1.5\n0\n")]
    [TestCase("%%MatrixMarket matrix array real general\n2 2\n4\n-1.5\n\n-1.5\n0\n% the end\n")]
    public void EveryFormatGivesTheSameMatrix(string text)
    {
        var matrix = Matrix(text);
        Assert.That(matrix.Asymmetry, Is.Null);
        Assert.That(new[] { matrix.At(0, 0), matrix.At(1, 0), matrix.At(0, 1), matrix.At(1, 1) }, Is.EqualTo(new[] { 4, -1.5, -1.5, 0 }));
    }

    [Test]
    public void IntegersAndPatternsAreNumbers()
    {
        Assert.That(Matrix("%%MatrixMarket matrix coordinate integer symmetric\n2 2 1\n2 1 7\n").At(0, 1), Is.EqualTo(7));
        Assert.That(Matrix("%%MatrixMarket matrix coordinate pattern symmetric\n3 3 1\n3 2\n").At(1, 2), Is.EqualTo(1));
    }

    [Test]
    public void ProductsAreThoseOfTheMatrix()
    {
        var matrix = Matrix("%%MatrixMarket matrix coordinate real general\n3 3 4\n1 2 5\n3 1 2\n3 3 -1\n2 2 4\n");
        var y = new double[3];
        matrix.Multiply([1, 2, 3], y);
        Assert.That(y, Is.EqualTo(new double[] { 10, 8, -1 }));
        matrix.MultiplyTranspose([1, 2, 3], y);
        Assert.That(y, Is.EqualTo(new double[] { 6, 13, -3 }));
        Assert.That(matrix.Asymmetry, Is.EqualTo(new MatrixEntry(0, 1, 5)));
    }

    [TestCase("symmetric")]
    [TestCase("general")]
    public void ManyEntriesOfOnePlaceAddUpToTheSameOnBothSides(string symmetry)
    {
        // Sums in another order would round otherwise; the general file has its upper triangle backwards.
        string[] values = [.. Enumerable.Range(1, 40).Select(i => $"{Math.Pow(-7, i % 20) / 3:R}")];
        var lower = values.Select(value => $"2 1 {value}\n");
        var all = symmetry == "symmetric" ? lower : lower.Concat(values.Reverse().Select(value => $"1 2 {value}\n"));
        var matrix = Matrix($"%%MatrixMarket matrix coordinate real {symmetry}\n2 2 {all.Count()}\n{string.Concat(all)}");
        Assert.That(matrix.Asymmetry, Is.Null);
        Assert.That(matrix.Count, Is.EqualTo(2));
    }

    [Test, Platform("Linux")]
    public void APipeIsRefused()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        var path = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        Assert.That(() => MatrixMarketFile.Read(path), Throws.InstanceOf<UserErrorException>().With.Message.EqualTo($"{path} is a pipe; give a file"));
    }

    [Test]
    public void AVectorIsReadAsItWasWritten()
    {
        using var folder = new TempFolder();
        double[] values = [1, -0.1, 1.0 / 3, 5e-324, double.MaxValue];
        MatrixMarketFile.WriteVector(folder.At("x.mtx"), values, "two\nlines");
        var file = MatrixMarketFile.Read(folder.At("x.mtx"));
        Assert.That((file.Rows, file.Columns), Is.EqualTo((5, 1)));
        Assert.That(file.Entries.Select(e => e.Value), Is.EqualTo(values));
    }

    [TestCase("", 1, "the file is empty")]
    [TestCase("hello\n", 1, "begins with %%MatrixMarket")]
    [TestCase("%%MatrixMarket matrix coordinate real\n1 1 0\n", 1, "4 words; it needs five")]
    [TestCase("%%MatrixMarket tensor coordinate real general\n", 1, "\"tensor\" is not supported")]
    [TestCase("%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 2 3\n", 1, "complex matrices are not supported")]
    [TestCase("%%MatrixMarket matrix coordinate real skew-symmetric\n", 1, "skew-symmetric matrices are not supported")]
    [TestCase("%%MatrixMarket matrix coordinate real hermitian\n", 1, "hermitian matrices are not supported")]
    [TestCase("%%MatrixMarket matrix array pattern general\n", 1, "cannot be a pattern")]
    [TestCase(Symmetric, 1, "the file ends where the size line should be")]
    [TestCase(Symmetric + "2 2\n", 2, "the size line has 2 words, 3 are needed")]
    [TestCase(Symmetric + "2 3 1\n1 1 1\n", 2, "a symmetric matrix is square, not 2 x 3")]
    [TestCase(Symmetric + "0 0 0\n", 2, "\"0\" is not a number of rows")]
    [TestCase(Symmetric + "-2 2 1\n", 2, "\"-2\" is not a number of rows")]
    [TestCase(Symmetric + "2 2 3\n1 1 1\n2 2 1\n", 4, "the file ends behind 2 of 3 entries")]
    [TestCase(Symmetric + "2 2 1\n1 1 1\n% more\n2 2 1\n", 5, "more entries than the size line says")]
    [TestCase(Symmetric + "2 2 1\n3 1 1\n", 3, "row \"3\" is not between 1 and 2")]
    [TestCase(Symmetric + "2 2 1\n1 0 1\n", 3, "column \"0\" is not between 1 and 2")]
    [TestCase(Symmetric + "2 2 1\n1 2 1\n", 3, "(1, 2) is above the diagonal")]
    [TestCase(Symmetric + "2 2 1\n1 1 NaN\n", 3, "\"NaN\" is not a finite number")]
    [TestCase(Symmetric + "2 2 1\n1 1 1e999\n", 3, "\"1e999\" is not a finite number")]
    [TestCase(Symmetric + "2 2 1\n1 1 x\n", 3, "\"x\" is not a finite number")]
    [TestCase(Symmetric + "2 2 1\n1 1\n", 3, "an entry has 2 words, 3 are needed")]
    [TestCase(Symmetric + "2 2 99999999999999999999\n", 2, "is not a number of entries")]
    [TestCase(Symmetric + "1000 1000 400000\n", 2, "promises 400,000 entries; a file of")]
    [TestCase(Symmetric + "2000000000 2000000000 1\n1 1 1\n", 2, "2,000,000,000 rows are too many for a file of")]
    [TestCase("%%MatrixMarket matrix array real general\n900 900\n1\n", 2, "promises 810,000 entries")]
    [TestCase("%%MatrixMarket matrix array real symmetric\n2 2\n1\n2\n", 4, "the file ends behind 2 of 3 entries")]
    public void HostileFilesAreOneLineWithTheirNumber(string text, int line, string message)
    {
        using var folder = new TempFolder();
        var path = folder.At("hostile.mtx");
        File.WriteAllText(path, text);
        var error = Assert.Throws<UserErrorException>(() => MatrixMarketFile.Read(path));
        Assert.That(error.Message, Does.StartWith($"{path}, line {line}: ").And.Contains(message));
        Assert.That(error.Message, Does.Not.Contain("\n"));
    }

    [Test]
    public void ALineWithoutEndIsRefusedBeforeItIsInMemory()
    {
        using var folder = new TempFolder();
        var path = folder.At("long.mtx");
        File.WriteAllText(path, Symmetric + "%" + new string('x', 3_000_000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => MatrixMarketFile.Read(path), Throws.InstanceOf<UserErrorException>().With.Message.Contains("line 2: the line is longer than 1024"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200_000));
    }

    [Test]
    public void MissingFilesAndFoldersAreNamed()
    {
        using var folder = new TempFolder();
        Assert.That(() => MatrixMarketFile.Read(folder.At("none.mtx")), Throws.InstanceOf<UserErrorException>().With.Message.Contains("none.mtx"));
        Assert.That(() => MatrixMarketFile.Read(folder.Path), Throws.InstanceOf<UserErrorException>());
    }

    private static SparseMatrix Matrix(string text)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.At("a.mtx"), text);
        var file = MatrixMarketFile.Read(folder.At("a.mtx"));
        return new SparseMatrix(file.Rows, file.Entries);
    }
}
