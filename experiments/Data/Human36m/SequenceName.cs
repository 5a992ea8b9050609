using System.Globalization;

namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>
/// The name of a sequence as files have it: "Walking 1", "Walking", "Walking_1". The number is not the trial: of two
/// sequences of an action the one without a number is trial 2, and where both have numbers (S7 has "Walking 1" and
/// "Walking 2") they are in order.
/// </summary>
/// <param name="Number">The number behind the name; null where there is none.</param>
public readonly record struct SequenceName(HumanAction Action, int? Number)
{
    /// <summary>Reads a name; null where it is none, such as "_ALL 1" or "WalkingX".</summary>
    public static SequenceName? Parse(string text)
    {
        var name = text.AsSpan().TrimEnd("0123456789");
        var digits = text.AsSpan(name.Length);
        if (digits.Length > 0 && (name.Length == 0 || name[^1] is not (' ' or '_'))) return null;
        int? number = null;
        if (digits.Length > 0)
        {
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return null;
            number = value;
            name = name[..^1];
        }

        return HumanAction.Find(name.ToString()) is { } action ? new SequenceName(action, number) : null;
    }

    /// <summary>
    /// The action and the trial (1 or 2) of each name among all names that one subject has. Names that are none are
    /// left out.
    /// </summary>
    public static IReadOnlyDictionary<string, (HumanAction Action, int Trial)> Trials(IEnumerable<string> names)
    {
        var trials = new Dictionary<string, (HumanAction, int)>();
        var parsed = names.Distinct().Select(text => (Text: text, Name: Parse(text))).Where(n => n.Name is not null);
        foreach (var action in parsed.GroupBy(n => n.Name!.Value.Action))
        {
            // Without a number comes last.
            var numbers = action.Select(n => n.Name!.Value.Number ?? int.MaxValue).Distinct().Order().ToList();
            foreach (var (text, name) in action)
            {
                var number = name!.Value.Number;
                var trial = numbers.Count == 1
                    ? (number is 1 ? 1 : 2)
                    : 1 + numbers.IndexOf(number ?? int.MaxValue);
                trials[text] = (action.Key, trial);
            }
        }

        return trials;
    }
}
