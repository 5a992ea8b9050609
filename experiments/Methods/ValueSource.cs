namespace PoseEngine.Experiments.Methods;

/// <summary>Where a value was given, for errors: an option of the command line, or a line of a file.</summary>
/// <param name="Place">"--eta", or "sweep.toml, line 3, eta".</param>
/// <param name="Verb">What an error says between the value and what is allowed.</param>
internal sealed record ValueSource(string Place, string Shown, string Verb = ": must be ")
{
    public static ValueSource Option(string name, string shown) => new($"--{name}", shown);

    public static ValueSource Line(string file, int line, string key, string shown) => new($"{file}, line {line}, {key}:", shown, " is not allowed; give ");

    /// <summary>The error that says what is allowed instead.</summary>
    public UserErrorException NotAllowed(string allowed, bool isChoice = false)
        => new($"{Place} {Shown}{(isChoice && Verb[0] == ':' ? $": choose {allowed}" : Verb + allowed)}");

    public UserErrorException Wrong(string text) => new($"{Place} {Shown}: {text}");
}
