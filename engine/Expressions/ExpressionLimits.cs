namespace PoseEngine.Expressions;

/// <summary>How large expressions may be. An error names the limit that a text exceeds.</summary>
public static class ExpressionLimits
{
    /// <summary>Characters of one text.</summary>
    public const int Characters = 65_536;

    /// <summary>How deep brackets, signs and powers may be nested.</summary>
    public const int Depth = 200;

    /// <summary>
    /// Operations on numbers of all rows of a constraint together, each element that is read among them; of the value, and of
    /// each derivative as well. The same on all devices. CUDA makes a kernel of it: Clang takes 2 seconds for so many on one
    /// core, and NVRTC's back end has to find registers for them beside.
    /// </summary>
    public const int Operations = 32_768;

    /// <summary>Throws unless programs that belong together are short enough for any device.</summary>
    /// <exception cref="ArgumentException">One has more than <see cref="Operations"/>; the message names all sizes.</exception>
    internal static void Check(string what, params IReadOnlyList<SampleProgram> programs)
    {
        if (programs.All(program => program.Instructions.Count <= Operations)) return;
        var sizes = string.Join(", ", programs.Select(program => $"{program.Instructions.Count} for {program.Outputs[0].Name}"));
        throw new ArgumentException($"{what}: the text takes {sizes} operations on numbers, each may have {Operations}: write fewer or shorter rows, or write the constraint in C#");
    }
}
