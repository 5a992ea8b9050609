namespace PoseEngine.Experiments.Methods;

/// <summary>Where a value was given, for errors: an option of the command line, or a line of a file.</summary>
/// <param name="Place">"--eta", or "sweep.toml, line 3, eta".</param>
/// <param name="Shown">The value as it was written.</param>
/// <param name="Verb">What an error says between the value and what is allowed.</param>
internal sealed record ValueSource(string Place, string Shown, string Verb = ": must be ")
{
    /// <summary>An option of the command line.</summary>
    public static ValueSource Option(string name, string shown) => new($"--{name}", shown);

    /// <summary>A key of a file.</summary>
    public static ValueSource Line(string file, int line, string key, string shown) => new($"{file}, line {line}, {key}:", shown, " is not allowed; give ");

    /// <summary>The error that says what is allowed instead.</summary>
    public UserErrorException NotAllowed(string allowed, bool isChoice = false)
        => new($"{Place} {Shown}{(isChoice && Verb[0] == ':' ? $": choose {allowed}" : Verb + allowed)}");

    /// <summary>The error that says what is wrong with the value.</summary>
    public UserErrorException Wrong(string text) => new($"{Place} {Shown}: {text}");
}
