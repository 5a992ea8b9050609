using PoseEngine.Expressions;

namespace PoseEngine.Tests.Expressions;

/// <summary>What text means: values, binding, names, and what is said of text that means nothing.</summary>
public class ParserTests
{
    private static readonly ExpressionVariables Variables = new(6, ["p", "q"], columns: ["height", "age"]);
    private static readonly double[] Y = [1, 2, 3, 4, 5, 6];
    private static readonly double[] X = [1.5, 40];

    [TestCase("1 + 2 * 3", 7)]
    [TestCase("(1 + 2) * 3", 9)]
    [TestCase("1 - 2 - 3", -4)]
    [TestCase("8 / 4 / 2", 1)]
    [TestCase("-2^2", -4)]
    [TestCase("2^-1", 0.5)]
    [TestCase("2^3^2", 512)]
    [TestCase("--3", 3)]
    [TestCase("+3", 3)]
    [TestCase("2 * -3", -6)]
    [TestCase("1e3 + 1.5E-1 + .5 + 2.", 1002.65)]
    [TestCase("pi", Math.PI)]
    [TestCase("2 y3", 6)]
    [TestCase("2y3", 6)]
    [TestCase("y2 y3", 6)]
    [TestCase("y2 y3^2", 18)]
    [TestCase("1/2 y4", 2)]
    [TestCase("2 (y1 + y2)", 6)]
    [TestCase("(y1 + y2)(y3 + y4)", 21)]
    [TestCase("2 sqrt(y4) y2", 8)]
    [TestCase("-y1 y2", -2)]
    [TestCase("y1 - y2", -1)]
    [TestCase("y[0] + 10 y[5] + 100 y[-1]", 661)]
    [TestCase("sum(y[1:3])", 5)]
    [TestCase("sum(y[:2]) + 10 sum(y[4:])", 113)]
    [TestCase("sum(y[-2:])", 11)]
    [TestCase("sum(p) + 10 q[2]", 66)]
    [TestCase("height + x2 + x[0]", 43)]
    [TestCase("sum(x)", 41.5)]
    [TestCase("sum([y1, 2, 3][1:])", 5)]
    [TestCase("(q - p)[1]", 3)]
    [TestCase("norm([3, 4])", 5)]
    [TestCase("distance(p, q)", 5.196152422706632)]
    [TestCase("dot(p, q)", 32)]
    [TestCase("cross(p, q)[0]", -3)]
    [TestCase("cross(p, q)[1]", 6)]
    [TestCase("cross(p, q)[2]", -3)]
    [TestCase("sum(p * q)", 32)]
    [TestCase("sum(1 + p / 2)", 6)]
    [TestCase("sum(p^2)", 14)]
    [TestCase("angle([1, 0, 0], [0, 2, 0])", Math.PI / 2)]
    [TestCase("angle([1, 1], [0, 0], [-3, 3])", Math.PI / 2)]
    [TestCase("mean(y) + mean(1, 2)", 5)]
    [TestCase("min(3, 1, 2) + 10 max(y)", 61)]
    [TestCase("abs(-3) + exp(0) + log(1) + cos(0) + sin(0) + tan(0) + tanh(0)", 5)]
    [TestCase("atan2(1, -1)", 3 * Math.PI / 4)]
    [TestCase("sqrt(16) + 16^0.5 + 4^1.5 + 2^70 / 2^69", 18)]
    [TestCase("1\n+\t2", 3)]
    public void TextHasItsValue(string text, double value)
        => Assert.That(Reference.Run(ExpressionPrograms.Scalar(Variables, "test", text), Y, X)[0], Is.EqualTo(value).Within(1e-14 * Math.Abs(value)));

    [TestCase("y1 = 3", -2, false)]
    [TestCase("y4 <= 3", 1, true)]
    [TestCase("y4 <= 5", 0, true)]
    [TestCase("y4 >= 3", 0, true)]
    [TestCase("y4 >= 5", 1, true)]
    public void ARowIsWhatIsWantedToBeZero(string text, double value, bool isAtMost)
    {
        var (program, forms) = ExpressionPrograms.Rows(Variables, [("row", text)]);
        Assert.That(Reference.Run(program, Y, X), Is.EqualTo(new[] { value }));
        Assert.That(forms, Is.EqualTo(new[] { (isAtMost, (string?)null) }));
    }

    [Test]
    public void ARowThatIsTheSameWithinAGroupIsItsValue()
    {
        var (program, forms) = ExpressionPrograms.Rows(Variables, [("row", "same within subject: y1 + 10 y4"), ("other", "y1 = 3"), ("more", " same within take_2:y2")]);
        Assert.That(Reference.Run(program, Y, X), Is.EqualTo(new double[] { 41, -2, Y[1] }));
        Assert.That(forms, Is.EqualTo(new[] { (false, "subject"), (false, null), (false, "take_2") }));
        var named = new ExpressionVariables(2, outputNames: ["same", "within"]);
        Assert.That(ExpressionPrograms.Rows(named, [("row", "same * within = 1")]).Forms[0].Group, Is.Null, "outputs of these names");
    }

    [Test]
    public void OutputsMayHaveNamesOfTheirOwn()
    {
        var named = new ExpressionVariables(2, outputNames: ["flow", "x1"], columns: ["mass", "y2"]);
        Assert.That(Reference.Run(ExpressionPrograms.Scalar(named, "test", "flow + 10 x1 + 100 mass + 1000 y2"), [1, 2], [3, 4])[0], Is.EqualTo(4321));
    }

    // Column of the fault (counted from 1), and what is said.
    [TestCase("norm(p) = lenght", 11, "unknown name \"lenght\"")]
    [TestCase("distance(p, q) = heigth", 18, "unknown name \"heigth\", did you mean \"height\"?")]
    [TestCase("nrom(p) = 1", 1, "unknown name \"nrom\", did you mean \"norm\"?")]
    [TestCase("p = 1", 1, "a side of a comparison must be a scalar, this is a vector of 3; norm, dot, sum or an index make a scalar of it")]
    [TestCase("1 = y1 + p", 5, "a side of a comparison must be a scalar, this is a vector of 3")]
    [TestCase("y1^p = 1", 4, "an exponent must be a scalar, this is a vector of 3")]
    [TestCase("sum([p, 1]) = 1", 6, "an element of a vector must be a scalar, this is a vector of 3")]
    [TestCase("norm(y1) = 1", 1, "norm takes 1 vector, got a scalar")]
    [TestCase("atan2(p, 1) = 1", 1, "atan2 takes 2 scalars, got a vector of 3 and a scalar")]
    [TestCase("cross(y[0:2], y[2:4]) = 1", 1, "cross takes 2 vectors of 3, got a vector of 2 and a vector of 2")]
    [TestCase("distance(p, y) = 1", 1, "distance takes 2 vectors of one length, got a vector of 3 and a vector of 6")]
    [TestCase("norm(p + y) = 1", 8, "a vector of 3 and a vector of 6 do not go together")]
    [TestCase("y7 = 1", 1, "there is no y7: the outputs are y1 to y6")]
    [TestCase("y99999999999 = 1", 1, "there is no y99999999999: the outputs are y1 to y6")]
    [TestCase("y0 = 1", 1, "unknown name \"y0\"")]
    [TestCase("x3 = y1", 1, "there is no x3: the columns are x1 to x2")]
    [TestCase("y[6] = 1", 3, "the vector has elements 0 to 5")]
    [TestCase("y[-7] = 1", 3, "the vector has elements 0 to 5")]
    [TestCase("norm(y[2:7]) = 1", 10, "the vector has elements 0 to 5, a part ends at 6 at the most")]
    [TestCase("norm(y[3:3]) = 1", 10, "the part [3:3] is empty")]
    [TestCase("y[1.5] = 1", 3, "an index is a whole number")]
    [TestCase("y1[0] = 1", 3, "a scalar has no elements")]
    [TestCase("y[0 = 1", 2, "the bracket [ is not closed")]
    [TestCase("norm(p", 5, "the bracket ( is not closed")]
    [TestCase("(y1 + y2 = 1", 1, "the bracket ( is not closed")]
    [TestCase("y1) = 1", 3, "the bracket ) was never opened")]
    [TestCase("y1 = 1)", 7, "the bracket ) was never opened")]
    [TestCase("(y1] = 1", 4, "the bracket ] was never opened; ) is missing")]
    [TestCase("(y1, y2) = 1", 6, "a bracket holds one expression")]
    [TestCase("y1 + y2", 8, "a row needs one of = <= >= and a right side")]
    [TestCase("y1 = y2 = y3", 9, "a row has one comparison")]
    [TestCase("y1 == y2", 4, "write = for equal")]
    [TestCase("y1 < y2", 4, "write <= ")]
    [TestCase("y1 =", 5, "the expression ends too early")]
    [TestCase("", 1, "the expression ends too early")]
    [TestCase("= 1", 1, "unexpected \"=\"")]
    [TestCase("y1 = 1 # one", 8, "unexpected character \"#\"")]
    [TestCase("y1 = \u0007", 6, "unexpected character \"U+0007\"")]
    [TestCase("y1 2 = 1", 4, "an operator is missing before 2")]
    [TestCase("y1 (y2) = 1", 1, "y1 is no function; write y1 * ( for a product")]
    [TestCase("norm = 1", 1, "unknown name \"norm\"")]
    [TestCase("y1 = 1e999", 6, "the number is larger than")]
    [TestCase("y1 * = 1", 6, "unexpected \"=\"")]
    [TestCase("same within subject", 20, "\":\" is missing, as in same within subject: norm(y)")]
    [TestCase("same within: y1", 12, "the name of a column of the samples is missing")]
    [TestCase("same within subject: y1 = y2", 25, "a row of \"same within\" has no comparison")]
    [TestCase("same within subject: p", 22, "what is the same within a group must be a scalar, this is a vector of 3")]
    [TestCase("same within subject: x1", 1, "the row reads no output")]
    [TestCase("same within subject: y1 : y2", 25, "unexpected \":\"")]
    [TestCase("same y1", 1, "unknown name \"same\"")]
    public void BadTextIsShownWithACaretUnderTheFault(string text, int column, string reason)
    {
        var error = Fault(text);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Reason, Does.StartWith(reason));
            Assert.That((error.What, error.Line, error.Column), Is.EqualTo(("constraint knee", 1, column)));
            var lines = error.Message.Split('\n');
            Assert.That(lines[0], Is.EqualTo($"constraint knee, line 1, column {column}: {error.Reason}"));
            Assert.That(lines[^1], Is.EqualTo(new string(' ', column + 1) + "^"));
        }
    }

    [Test]
    public void TheCaretIsUnderTheFaultOnItsLine()
    {
        var error = Fault("y1 +\r\n\ty8\r\n= 1");
        Assert.That((error.Line, error.Column), Is.EqualTo((2, 2)));
        Assert.That(error.Message, Is.EqualTo("constraint knee, line 2, column 2: there is no y8: the outputs are y1 to y6\n   y8\n   ^"));
        var distant = Fault($"{string.Concat(Enumerable.Repeat("y1 + ", 100))}y8 + {string.Concat(Enumerable.Repeat("y1 + ", 100))}y1 = 1");
        var lines = distant.Message.Split('\n');
        Assert.That(distant.Column, Is.EqualTo(501));
        Assert.That(lines[1][lines[2].IndexOf('^')..], Does.StartWith("y8 + y1"), "the part of a long line around the fault");
        Assert.That(lines[1], Has.Length.LessThan(140));
    }

    [Test]
    public void SizesHaveLimits()
    {
        var nested = Fault(new string('(', 10_000) + "y1" + new string(')', 10_000) + " = 1");
        Assert.That((nested.Column, nested.Reason), Is.EqualTo((201, "brackets, signs and powers are nested more than 200 deep: split the expression")));
        Assert.That(Fault($"{new string('-', 10_000)}y1 = 1").Column, Is.EqualTo(201));
        Assert.That(Fault($"{string.Concat(Enumerable.Repeat("2^", 10_000))}y1 = 1").Reason, Does.StartWith("brackets, signs and powers"));
        Assert.That(Fault($"{string.Concat(Enumerable.Repeat("y[", 10_000))} = 1").Reason, Is.EqualTo("an index is a whole number"));
        Assert.That(Fault(new string('1', 70_000)).Reason, Does.StartWith("the text has 70000 characters, at most 65536"));
        var steps = Fault($"{string.Join(" + ", Enumerable.Range(1, 1000).Select(i => $"angle(p, q + {i})"))} = 1");
        Assert.That(steps.Reason, Does.StartWith("the expressions have more than 32768 operations"));
        var wide = new ExpressionVariables(int.MaxValue);
        Assert.That(() => ExpressionPrograms.Rows(wide, [("row", "norm(y) = 1")]), Throws.InstanceOf<ExpressionException>().With.Message.Contains("more than 32768 operations"));
        Assert.That(ExpressionPrograms.Rows(wide, [("row", "norm(y[7:9]) = y[-1]")]).Program.Instructions, Has.Count.LessThan(12), "a part of very many outputs");
    }

    [TestCase("height = 1.7")]
    [TestCase("norm([x1, age]) <= 2 pi")]
    public void ARowReadsAnOutput(string text)
    {
        var fault = Fault(text);
        Assert.That((fault.Column, fault.What), Is.EqualTo((1, "constraint knee")));
        Assert.That(fault.Reason, Does.StartWith("the row reads no output"));
    }

    [Test]
    public void NumbersAreOneWhereTheirBitsAre()
    {
        Assert.That(Reference.Run(ExpressionPrograms.Scalar(Variables, "test", "1 / 0 + 1 / (-0)"), Y, X)[0], Is.NaN, "0 is no -0");
        var builder = new ProgramBuilder([]);
        foreach (var number in new[] { 0, double.NegativeZero, double.NaN, double.NaN, 0 }) builder.Constant(number);
        Assert.That(builder.Count, Is.EqualTo(3));
    }

    [TestCase("y1^2 + y2^2 = 1", 13, "an objective has no comparison")]
    [TestCase("y", 1, "an objective must be a scalar, this is a vector of 6")]
    public void AnObjectiveIsOneNumber(string text, int column, string reason)
    {
        var error = Assert.Throws<ExpressionException>(() => ExpressionPrograms.Scalar(Variables, "objective", text));
        Assert.That((error!.Column, error.What), Is.EqualTo((column, "objective")));
        Assert.That(error.Reason, Does.StartWith(reason));
    }

    [TestCase("2nd", "cannot stand in an expression")]
    [TestCase("left hip", "cannot stand in an expression")]
    [TestCase("", "cannot stand in an expression")]
    [TestCase("norm", "belongs to the language")]
    [TestCase("pi", "belongs to the language")]
    [TestCase("y", "belongs to the language")]
    [TestCase("hip", "is given twice")]
    public void NamesThatCannotBeAreRefused(string name, string reason)
        => Assert.That(() => new ExpressionVariables(6, ["hip", name], columns: ["height"]), Throws.ArgumentException.With.Message.Contains(reason));

    [Test]
    public void NumbersOfNamesMustFit()
    {
        Assert.That(() => new ExpressionVariables(7, ["p", "q"]), Throws.ArgumentException.With.Message.Contains("7 outputs cannot be shared evenly by 2 points"));
        Assert.That(() => new ExpressionVariables(2, outputNames: ["a"]), Throws.ArgumentException.With.Message.Contains("names of outputs"));
        Assert.That(() => new ExpressionVariables(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static ExpressionException Fault(string text)
        => Assert.Throws<ExpressionException>(() => ExpressionPrograms.Rows(Variables, [("constraint knee", text)]))!;
}
