using System.Text;
using PoseEngine.Formats;

namespace PoseEngine.Tests.Formats;

public class NumberTableTests
{
    [TestCase("x1,x2\n1,2.5\n-3e-2,+4\n", TestName = "Commas")]
    [TestCase("\uFEFFx1,x2\r\n1,2.5\r\n-3e-2,+4", TestName = "ByteOrderMarkAndCrLf")]
    [TestCase("x1,x2\r1,2.5\r-3e-2,+4\r", TestName = "LineEndsOfOldMacs")]
    [TestCase("x1;x2\n1;2,5\n-3e-2;+4\n", TestName = "DecimalCommas")]
    [TestCase("x1;x2\n1;2.5\n-3e-2;+4\n", TestName = "SemicolonsAndPoints")]
    [TestCase("x1\tx2\n1\t2.5\n-3e-2\t+4\n", TestName = "Tabs")]
    [TestCase("\"x1\" , \"x2\"\n\"1\", 2.5\n -3e-2 ,\"+4\"\n\n  \n\n", TestName = "QuotesSpacesAndBlankLastLines")]
    [TestCase("# x1,x2\n1.0,2.5\n-3.0e-02,4\n", TestName = "HeaderOfNumpy")]
    public void Reads(string text)
    {
        foreach (var encoding in new[] { new UTF8Encoding(false), Encoding.Unicode })
        {
            // A text in UTF-16 is known by its mark.
            var marked = encoding is UTF8Encoding || text[0] == '\uFEFF' ? text : '\uFEFF' + text;
            var table = NumberTable.Read(new MemoryStream(encoding.GetBytes(marked)), "t.csv");
            Assert.That(table.Names, Is.EqualTo(new[] { "x1", "x2" }));
            Assert.That(table.Shape, Is.EqualTo(new[] { 2, 2 }));
            Assert.That(table.Values, Is.EqualTo(new[] { 1, 2.5, -0.03, 4 }));
        }
    }

    [Test]
    public void NamesMayHoldSeparatorsInQuotes()
        => Assert.That(Read("\"a;b\",\"c \"\"d\"\"\",é\n1,2,3\n").Names, Is.EqualTo(new[] { "a;b", "c \"d\"", "é" }));

    [Test]
    public void EveryFiniteNumberComesBackAsItself()
    {
        double[] values = [double.MaxValue, double.Epsilon, 0.1, -1 / 3.0, 1e22, 123456789012345680];
        Assert.That(Read("x\n" + string.Join("\n", values.Select(value => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))).Values, Is.EqualTo(values));
    }

    [TestCase("", "line 1: the file is empty, expected a line of names")]
    [TestCase("\n1\n", "line 1: column 1 has no name: give every column one")]
    [TestCase("x1,,x3\n1,2,3\n", "line 1: column 2 has no name: give every column one")]
    [TestCase("0.5,2\n1,2\n", "line 1: \"0.5\" is a number, expected the names of the columns: put a line such as x1,x2 above the rows")]
    [TestCase("x,nan\n1,2\n", "line 1: \"nan\" is a number, expected the names of the columns: put a line such as x1,x2 above the rows")]
    [TestCase("0,5;2\n1;2\n", "line 1: \"0,5\" is a number, expected the names of the columns: put a line such as x1,x2 above the rows")]
    [TestCase("x,y,x\n1,2,3\n", "line 1: two columns are called \"x\": give each a name of its own")]
    [TestCase("\u0001x,y\n1,2\n", "line 1: column 1 is called \"?x\", which is no text: give a table as text")]
    [TestCase("x,\"y\n1,2\n", "line 1: a quote is not closed on its line")]
    [TestCase("x,y\n", "line 1: there are no rows behind the line of names")]
    [TestCase("x,y\n\n\n", "line 3: there are no rows behind the line of names")]
    [TestCase("x,y\n1,2\n\n3,4\n", "line 4: rows go on behind the empty line 3: remove it")]
    [TestCase("x,y\n1,2\n3\n", "line 3: the row has 1 cells, line 1 has 2 names")]
    [TestCase("x,y\n1,2,3\n", "line 2: the row has 3 cells, line 1 has 2 names")]
    [TestCase("x,y\n0,1,2,5\n", "line 2: the row has 4 cells, line 1 has 2 names")]
    [TestCase("x1,x2\n1,2\n3,abc\n", "line 3, x2: \"abc\" is not a number")]
    [TestCase("x,y\n1,\n", "line 2, y: the cell is empty, expected a number")]
    [TestCase("x,y\n1,\"2,500\"\n", "line 2, y: \"2,500\" is not a number: write decimals with a point and no marks between thousands")]
    [TestCase("x\ty\n1\t2,5\n", "line 2, y: \"2,5\" is not a number: write decimals with a point and no marks between thousands")]
    [TestCase("x;y\n1;1.000,5\n", "line 2, y: \"1.000,5\" is not a number: write decimals with a point and no marks between thousands")]
    [TestCase("x;y\n1;1,000,5\n", "line 2, y: \"1,000,5\" is not a number: write decimals with a point and no marks between thousands")]
    [TestCase("x;y\n1,5;2\n1;2.500\n", "line 3, y: \"2.500\" has a decimal point, a number of line 2 a decimal comma: write all alike")]
    [TestCase("x;y\n1.5;2,5\n", "line 2, y: \"2,5\" has a decimal comma, a number of line 2 a decimal point: write all alike")]
    [TestCase("x\n1_000\n", "line 2, x: \"1_000\" is not a number")]
    [TestCase("x\n0x10\n", "line 2, x: \"0x10\" is not a number")]
    [TestCase("x\n1e\n", "line 2, x: \"1e\" is not a number")]
    [TestCase("x\n+-1\n", "line 2, x: \"+-1\" is not a number")]
    [TestCase("x\n\u0661\n", "line 2, x: \"\u0661\" is not a number")]
    [TestCase("x\n1 2\n", "line 2, x: \"1 2\" is not a number")]
    [TestCase("x\nnan\n", "line 2, x: \"nan\" is not a finite number")]
    [TestCase("x\n-inf\n", "line 2, x: \"-inf\" is not a number")]
    [TestCase("x\n-Infinity\n", "line 2, x: \"-Infinity\" is not a finite number")]
    [TestCase("x\n1e999\n", "line 2, x: \"1e999\" is not a finite number")]
    public void Refuses(string text, string message)
        => Assert.That(() => Read(text), Throws.TypeOf<UserErrorException>().With.Message.EqualTo($"t.csv, {message}"));

    [Test]
    public void LargeFilesAndLinesHaveLimits()
    {
        Assert.That(() => Read("x,y\n1,2\n3,4\n5,6\n", 5), Throws.TypeOf<UserErrorException>().With.Message.Contains("line 4: the table has more than 5 numbers"));
        Assert.That(() => Read("x,y\n" + new string('1', 2_000_000)), Throws.TypeOf<UserErrorException>().With.Message.EqualTo("t.csv, line 2: the line is longer than 1048576 characters"));
    }

    internal static NumberArray Read(string text, int limit = NumberTable.MostNumbers)
        => NumberTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t.csv", limit);
}
