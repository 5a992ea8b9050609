namespace PoseEngine.Expressions;

/// <summary>How large expressions may be. An error names the limit that a text exceeds.</summary>
public static class ExpressionLimits
{
    /// <summary>Characters of one text.</summary>
    public const int Characters = 65_536;

    /// <summary>How deep brackets, signs and powers may be nested.</summary>
    public const int Depth = 200;

    /// <summary>Operations on numbers of all rows of a constraint together, each element that is read among them.</summary>
    public const int Operations = 20_000;
}
