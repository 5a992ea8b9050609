using PoseEngine.Formats;
using PoseEngine.Tests.Experiments.Reports;

namespace PoseEngine.Tests.Formats;

/// <summary>Files that numpy 1.24 wrote: a = arange(6).reshape(2, 3) in types and orders, images of bytes, a table by savetxt.</summary>
public class NumberFileTests
{
    private static readonly string Numbers = NpzArchiveTests.TestData("numpy-numbers.npz");

    [TestCase("float32", 0, 0.25, 0.5, 0.75, 1, 1.25)]
    [TestCase("float64.npy", 0, 1 / 3.0, 2 / 3.0, 1, 4 / 3.0, 5 / 3.0)]
    [TestCase("int64", -3, -2, -1, 0, 1, 2)]
    [TestCase("big", 0, 1000, 2000, 3000, 4000, 5000)]
    [TestCase("flags", 0, 0, 0, 1, 1, 1)]
    public void MembersOfAnArchive(string name, params double[] values)
    {
        var array = NumberFile.Read($"{Numbers}:{name}");
        Assert.That(array.Shape, Is.EqualTo(new[] { 2, 3 }));
        Assert.That(array.Values, Is.EqualTo(values));
        Assert.That((array.Rows, array.Columns, array.Bytes, array.Names), Is.EqualTo((2, 3, (byte[]?)null, (IReadOnlyList<string>?)null)));
    }

    [Test]
    public void ImagesStayBytes()
    {
        var images = NumberFile.Read(NpzArchiveTests.TestData("numpy-images.npy"));
        Assert.That(images.Shape, Is.EqualTo(new[] { 2, 2, 2, 3 }));
        Assert.That(images.Bytes, Is.EqualTo(Enumerable.Range(0, 24)));
        Assert.That((images.Values.Length, images.Rows, images.Columns), Is.EqualTo((0, 2, 12)));
        Assert.That(NumberFile.Read(Numbers + ":images").Bytes, Is.EqualTo(Enumerable.Range(0, 36)), "Fortran order in the file");
    }

    [Test]
    public void ASingleMemberNeedsNoName()
        => Assert.That(NumberFile.Read(NpzArchiveTests.TestData("numpy-single.npz")).Values, Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75, 1 }));

    [Test]
    public void ATableOfNumpyHasItsNamesInAComment()
    {
        var table = NumberFile.Read(NpzArchiveTests.TestData("numpy-table.csv"));
        Assert.That(table.Names, Is.EqualTo(new[] { "x1", "height" }));
        Assert.That(table.Values, Is.EqualTo(new[] { 1.5, -2, 1e-300, 3e8 }));
    }

    [TestCase("", "numpy-numbers.npz holds 10 arrays: write ")]
    [TestCase(":no", "numpy-numbers.npz has no member 'no': its members are 'float32', 'float64', 'int64',")]
    [TestCase(":text", "numpy-numbers.npz:text holds items of type <U1, expected numbers")]
    [TestCase(":scalar", "numpy-numbers.npz:scalar has shape (), expected a sample or more")]
    [TestCase(":none", "numpy-numbers.npz:none has shape (0, 3), expected a sample or more")]
    [TestCase(":nan", "numpy-numbers.npz:nan, item [1, 1]: NaN is not a finite number")]
    public void RefusedMembers(string member, string message)
        => Assert.That(() => NumberFile.Read(Numbers + member), Throws.TypeOf<UserErrorException>().With.Message.Contains(message).And.Message.Not.Contains('\n'));

    [TestCase("table.xlsx", "table.xlsx is no file of numbers: give TABLE.csv")]
    [TestCase("missing.csv", "missing.csv cannot be read: there is no such file")]
    [TestCase("missing.npy", "missing.npy cannot be read: there is no such file")]
    [TestCase("missing.npz:x", "missing.npz cannot be read: there is no such file")]
    public void RefusedFiles(string path, string message)
        => Assert.That(() => NumberFile.Read(path), Throws.TypeOf<UserErrorException>().With.Message.StartsWith(message));

    [Test]
    public void AHeaderThatPromisesMoreThanTheFileHoldsTakesNoMemory()
    {
        using var folder = new TempFolder();
        foreach (var shape in new[] { "(1000000000, 2)", "(4294967296, 4294967296)", "(-1, 2)" })
        {
            File.WriteAllBytes(folder.At("a.npy"), NpyArrayTests.File("|u1", shape, new byte[8]));
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(() => NumberFile.Read(folder.At("a.npy")), Throws.TypeOf<UserErrorException>().With.Message.Contains("a.npy"));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        }
    }
}
