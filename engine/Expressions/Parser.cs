namespace PoseEngine.Expressions;

/// <summary>
/// Recursive descent over the text, which checks types and makes scalar operations as it goes:
/// <code>
/// row     = sum ("=" | "&lt;=" | "&gt;=") sum | "same" "within" name ":" sum
/// sum     = product (("+" | "-") product)*
/// product = unary (("*" | "/" | nothing) unary)*        nothing: before a name or "(", as in 2 x1
/// unary   = ("+" | "-") unary | power
/// power   = postfix ("^" unary)?                        so -a^2 = -(a^2) and a^b^c = a^(b^c)
/// postfix = primary ("[" index "]" | "[" from ":" to "]")*
/// primary = number | name | name "(" sum ("," sum)* ")" | "(" sum ")" | "[" sum ("," sum)* "]"
/// </code>
/// A product by juxtaposition binds like "*", from left to right: a b^2 = a (b^2), 1/2 x1 = (1/2) x1.
/// </summary>
internal sealed class Parser
{
    private readonly string _what;
    private readonly string _text;
    private readonly ExpressionVariables _variables;
    private readonly ProgramBuilder _make;
    private readonly OutputScale? _scale;
    private readonly bool _isCutOff;
    private readonly Lexer _lexer;
    private Token _token;
    private int _depth;
    private bool _readsOutput;

    private Parser(string what, string text, ExpressionVariables variables, ProgramBuilder make, OutputScale? scale, bool isCutOff = true)
    {
        (_what, _text, _variables, _make, _scale, _isCutOff) = (what, text, variables, make, scale, isCutOff);
        if (text.Length > ExpressionLimits.Characters)
        {
            throw new ExpressionException(
                what, text, ExpressionLimits.Characters, $"the text has {text.Length} characters, at most {ExpressionLimits.Characters} are taken: split it, or write the constraint in C#");
        }
        _lexer = new Lexer(what, text);
        _token = _lexer.Next();
    }

    /// <summary>
    /// Makes the value that a row wants to be 0; of an inequality its violation, max(0, left - right) or max(0, right - left),
    /// or the difference itself where it is not to be cut off; of "same within" what its group's mean is taken from.
    /// </summary>
    public static ParsedRow Row(string what, string text, ExpressionVariables variables, ProgramBuilder make, bool isCutOff = true)
        => InUnits(variables, make, (builder, scale) => new Parser(what, text, variables, builder, scale, isCutOff).Guarded(parser => parser.ParseRow()));

    /// <summary>Makes the value of a scalar expression without comparison.</summary>
    public static int Scalar(string what, string text, ExpressionVariables variables, ProgramBuilder make)
        => InUnits(variables, make, (builder, scale) => new Parser(what, text, variables, builder, scale).Guarded(parser => new ParsedRow(parser.ParseScalar()))).Value;

    /// <summary>What the value of <see cref="Row"/> is to be multiplied by to be that of the text.</summary>
    public static double UnitOfRow(string what, string text, ExpressionVariables variables)
    {
        if (variables.Scale is not { Unit: { } unit } || unit == 1) return 1;
        var alone = new ProgramBuilder(variables.Arrays, ExpressionLimits.Operations);
        var value = new Parser(what, text, variables, alone, null).Guarded(parser => parser.ParseRow()).Value;
        // A row of degree d in the outputs is a factor u^d smaller, one of none is divided by u; 0 = 0 has every degree.
        return Homogeneity.DegreeOf(alone, value) is { } degree ? double.IsNaN(degree) ? 1 : Math.Pow(unit, degree) : unit;
    }

    /// <summary>
    /// A value in units of the outputs: with one unit for all of them as it is written where that changes it by a factor only,
    /// else divided by the unit.
    /// </summary>
    private static ParsedRow InUnits(ExpressionVariables variables, ProgramBuilder make, Func<ProgramBuilder, OutputScale?, ParsedRow> parse)
    {
        if (variables.Scale is not { Unit: { } unit } scale) return parse(make, variables.Scale);
        // Apart, so that what is looked at only is no part of the program.
        var alone = new ProgramBuilder(variables.Arrays, ExpressionLimits.Operations);
        if (unit == 1 || Homogeneity.DegreeOf(alone, parse(alone, null).Value) is not null) return parse(make, null);
        var row = parse(make, scale);
        return row with { Value = make.Apply(Operation.Multiply, make.Constant(1 / unit), row.Value) };
    }

    private ParsedRow Guarded(Func<Parser, ParsedRow> parse)
    {
        try
        {
            return parse(this);
        }
        catch (ProgramTooLongException)
        {
            throw Wrong(_token.Position, $"the expressions have more than {ExpressionLimits.Operations} operations on numbers: take fewer rows, or write the constraint in C#");
        }
    }

    private ParsedRow ParseRow()
    {
        if (IsSameWithin()) return ParseSameWithin();
        var left = WantScalar(Sum(), "a side of a comparison");
        var comparison = _token;
        if (!IsComparison(comparison))
        {
            throw Wrong(comparison.Position, comparison.Kind == TokenKind.End ? "a row needs one of = <= >= and a right side, as in norm(y) = 1" : Unexpected(comparison));
        }
        Advance();
        var right = WantScalar(Sum(), "a side of a comparison");
        if (IsComparison(_token)) throw Wrong(_token.Position, "a row has one comparison; write the second one as a row of its own");
        End();
        WantOutput();
        var value = comparison.Text == ">=" ? _make.Apply(Operation.Subtract, right, left) : _make.Apply(Operation.Subtract, left, right);
        if (comparison.Text == "=") return new(value);
        return new(_isCutOff ? _make.Apply(Operation.Maximum, _make.Constant(0), value) : value, IsAtMost: true);
    }

    private ParsedRow ParseSameWithin()
    {
        Advance();
        Advance();
        var group = _token;
        if (group.Kind != TokenKind.Name) throw Wrong(group.Position, "the name of a column of the samples is missing, as in same within subject: norm(y)");
        Advance();
        if (!_token.Is(":")) throw Wrong(_token.Position, $"\":\" is missing, as in same within {group.Text}: norm(y)");
        Advance();
        var value = WantScalar(Sum(), "what is the same within a group");
        if (IsComparison(_token)) throw Wrong(_token.Position, "a row of \"same within\" has no comparison: each value is compared with the mean of its group");
        End();
        WantOutput();
        return new(value, Group: group.Text);
    }

    /// <summary>Whether the text begins with both words, which stand for no product then.</summary>
    private bool IsSameWithin()
    {
        if (_token is not { Kind: TokenKind.Name, Text: "same" }) return false;
        var ahead = new Lexer(_what, _text);
        ahead.Next();
        return ahead.Next() is { Kind: TokenKind.Name, Text: "within" };
    }

    private void WantOutput()
    {
        if (!_readsOutput) throw Wrong(0, "the row reads no output, so that no network can change whether it holds: compare something of y, or leave it out");
    }

    private int ParseScalar()
    {
        var value = WantScalar(Sum(), "an objective");
        if (IsComparison(_token)) throw Wrong(_token.Position, "an objective has no comparison; it is the number to be made small");
        End();
        return value;
    }

    private Term Sum()
    {
        var sum = Product();
        while (_token.Is("+") || _token.Is("-"))
        {
            var operation = _token;
            Advance();
            sum = Combine(operation.Is("+") ? Operation.Add : Operation.Subtract, sum, Product(), operation);
        }
        return sum;
    }

    private Term Product()
    {
        var product = Unary();
        while (true)
        {
            var operation = _token;
            if (operation.Is("*") || operation.Is("/")) Advance();
            else if (operation.Kind == TokenKind.Number) throw Wrong(operation.Position, $"an operator is missing before {operation.Text}");
            else if (operation.Kind != TokenKind.Name && !operation.Is("(")) return product;
            product = Combine(operation.Is("/") ? Operation.Divide : Operation.Multiply, product, Unary(), operation);
        }
    }

    private Term Unary()
    {
        if (!_token.Is("-") && !_token.Is("+")) return Power();
        var sign = _token;
        Enter();
        Advance();
        var term = Unary();
        _depth--;
        return sign.Is("+") ? term : term with { Values = Array.ConvertAll(term.Values, x => _make.Apply(Operation.Negate, x)), Position = sign.Position };
    }

    private Term Power()
    {
        var power = Postfix();
        if (!_token.Is("^")) return power;
        Enter();
        Advance();
        var exponent = WantScalar(Unary(), "an exponent");
        _depth--;
        return power with { Values = Array.ConvertAll(power.Values, x => _make.Power(x, exponent)) };
    }

    private Term Postfix()
    {
        var term = Primary();
        while (_token.Is("[")) term = Indexed(term);
        return term;
    }

    private Term Primary()
    {
        var token = _token;
        switch (token.Kind)
        {
            case TokenKind.Number:
                Advance();
                return new Term([_make.Constant(token.Number)], false, token.Position);
            case TokenKind.Name:
                Advance();
                return _token.Is("(") ? Call(token) : Variable(token);
            case TokenKind.Symbol when token.Is("("):
                var inner = List("(", ")");
                if (inner.Count > 1) throw Wrong(inner[1].Position, "a bracket holds one expression; write a vector as [a, b, c]");
                return inner[0] with { Position = token.Position };
            case TokenKind.Symbol when token.Is("["):
                var elements = List("[", "]");
                return new Term([.. elements.Select(element => WantScalar(element, "an element of a vector"))], true, token.Position);
            default:
                throw Wrong(token.Position, token.Kind == TokenKind.End ? "the expression ends too early" : Unexpected(token));
        }
    }

    private Term Variable(Token name)
    {
        if (name.Text == "pi") return new Term([_make.Constant(Math.PI)], false, name.Position);
        if (_variables.Find(name.Text) is not { } variable) throw Wrong(name.Position, Unknown(name.Text));
        _readsOutput |= variable.Array == ExpressionVariables.OutputArray;
        var (from, to, isVector) = variable.IsVector && _token.Is("[") ? Part(variable.Count) : (0, variable.Count, variable.IsVector);
        if (to - from > ExpressionLimits.Operations) throw new ProgramTooLongException();
        var values = new int[to - from];
        for (var i = 0; i < values.Length; i++) values[i] = Element(variable.Array, variable.First + from + i);
        return new Term(values, isVector, name.Position);
    }

    /// <summary>An element of x, or of y out of what the network computes.</summary>
    private int Element(int array, int element)
    {
        var value = _make.Input(array, element);
        if (_scale is null || array != ExpressionVariables.OutputArray) return value;
        var scaled = _make.Apply(Operation.Multiply, _make.Constant(_scale.Spreads[element]), value);
        return _make.Apply(Operation.Add, scaled, _make.Constant(_scale.Means[element]));
    }

    private Term Call(Token name)
    {
        if (Functions.Find(name.Text) is not { } function)
        {
            throw Wrong(name.Position, _variables.Find(name.Text) is null ? Unknown(name.Text) : $"{name.Text} is no function; write {name.Text} * ( for a product");
        }
        var arguments = List("(", ")").ToArray();
        if (!function.Fits(arguments))
        {
            throw Wrong(name.Position, $"{name.Text} takes {function.Takes}, got {string.Join(" and ", arguments.Select(each => each.Kind))}");
        }
        var (values, isVector) = function.Lower(_make, arguments);
        return new Term(values, isVector, name.Position);
    }

    /// <summary>At least one expression between brackets, separated by commas.</summary>
    private List<Term> List(string open, string close)
    {
        var start = _token;
        Enter();
        Advance();
        var terms = new List<Term> { Sum() };
        while (_token.Is(","))
        {
            Advance();
            terms.Add(Sum());
        }
        if (!_token.Is(close)) throw NotClosed(start, open, close);
        Advance();
        _depth--;
        return terms;
    }

    private Term Indexed(Term term)
    {
        if (!term.IsVector) throw Wrong(_token.Position, "a scalar has no elements");
        var (from, to, isVector) = Part(term.Count);
        return term with { Values = term.Values[from..to], IsVector = isVector };
    }

    /// <summary>The elements that brackets choose from a vector: one, or several from one up to but not including another.</summary>
    private (int From, int To, bool IsVector) Part(int count)
    {
        var open = _token;
        Advance();
        var from = _token.Is(":") ? 0 : Index(count - 1, count);
        var (to, isVector) = (from + 1, _token.Is(":"));
        if (isVector)
        {
            Advance();
            var end = _token;
            to = _token.Is("]") ? count : Index(count, count);
            if (to <= from) throw Wrong(end.Position, $"the part [{from}:{to}] is empty; it holds elements {from} up to but not including {to}");
        }
        if (!_token.Is("]")) throw NotClosed(open, "[", "]");
        Advance();
        return (from, to, isVector);
    }

    /// <summary>A whole number, counted from the end where it is negative.</summary>
    private int Index(int greatest, int count)
    {
        var token = _token;
        var isNegative = token.Is("-");
        if (isNegative) Advance();
        if (_token.Kind != TokenKind.Number || _token.Number != Math.Floor(_token.Number)) throw Wrong(_token.Position, "an index is a whole number");
        var index = isNegative ? count - _token.Number : _token.Number;
        if (index < 0 || index > greatest) throw Wrong(token.Position, $"the vector has elements 0 to {count - 1}{(greatest == count ? $", a part ends at {count} at the most" : "")}");
        Advance();
        return (int)index;
    }

    /// <summary>An operation element by element; a scalar goes with every element of a vector.</summary>
    private Term Combine(Operation operation, Term a, Term b, Token at)
    {
        if (a.IsVector && b.IsVector && a.Count != b.Count) throw Wrong(at.Position, $"{a.Kind} and {b.Kind} do not go together");
        var values = new int[Math.Max(a.Count, b.Count)];
        for (var i = 0; i < values.Length; i++) values[i] = _make.Apply(operation, a.Values[a.IsVector ? i : 0], b.Values[b.IsVector ? i : 0]);
        return new Term(values, a.IsVector || b.IsVector, a.Position);
    }

    private int WantScalar(Term term, string what) => term.IsVector
        ? throw Wrong(term.Position, $"{what} must be a scalar, this is {term.Kind}; norm, dot, sum or an index make a scalar of it")
        : term.Values[0];

    private static bool IsComparison(Token token) => token.Is("=") || token.Is("<=") || token.Is(">=");

    private void Advance() => _token = _lexer.Next();

    private void Enter()
    {
        if (++_depth > ExpressionLimits.Depth) throw Wrong(_token.Position, $"brackets, signs and powers are nested more than {ExpressionLimits.Depth} deep: split the expression");
    }

    private void End()
    {
        if (_token.Kind != TokenKind.End) throw Wrong(_token.Position, Unexpected(_token));
    }

    private ExpressionException NotClosed(Token start, string open, string close) => _token.Kind == TokenKind.End || IsComparison(_token)
        ? Wrong(start.Position, $"the bracket {open} is not closed")
        : Wrong(_token.Position, $"{Unexpected(_token)}; {close} is missing");

    private static string Unexpected(Token token) => token.Is(")") || token.Is("]") ? $"the bracket {token.Text} was never opened" : $"unexpected \"{token.Text}\"";

    /// <summary>What to say of a name that stands for nothing, with the nearest one that does.</summary>
    private string Unknown(string name)
    {
        if (ExpressionVariables.NumberOf(name, 'y') is not null) return $"there is no {name}: the outputs are y1 to y{_variables.Outputs}";
        if (name == "x" || ExpressionVariables.NumberOf(name, 'x') is not null)
        {
            return _variables.Columns.Count == 0 ? $"there is no {name}: the samples have no columns" : $"there is no {name}: the columns are x1 to x{_variables.Columns.Count}";
        }
        var nearest = Spelling.Nearest(name, _variables.Names.Concat(Functions.Names));
        return $"unknown name \"{name}\"" + (nearest is null ? "" : $", did you mean \"{nearest}\"?");
    }

    private ExpressionException Wrong(int position, string reason) => new(_what, _text, position, reason);
}

/// <summary>What a row, or an objective, came to.</summary>
/// <param name="Value">The operation that computes it.</param>
/// <param name="IsAtMost">Whether it is an inequality.</param>
/// <param name="Group">The column of "same within", or null.</param>
internal readonly record struct ParsedRow(int Value, bool IsAtMost = false, string? Group = null);
