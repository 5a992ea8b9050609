using PoseEngine.Expressions;

namespace PoseEngine.Tests.Expressions;

/// <summary>Programs evaluated for one sample in plain float64: what every device must agree with.</summary>
internal static class Reference
{
    /// <summary>All values of a program.</summary>
    public static double[] Values(SampleProgram program, params double[][] inputs)
    {
        var values = new double[program.Instructions.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var (operation, a, b, constant) = program.Instructions[i];
            values[i] = operation switch
            {
                Operation.Constant => constant,
                Operation.Input => inputs[a][b],
                _ => operation.Apply(values[a], operation.OperandCount() > 1 ? values[b] : 0),
            };
        }
        return values;
    }

    /// <summary>The only output array of a program.</summary>
    public static double[] Run(SampleProgram program, params double[][] inputs)
    {
        var values = Values(program, inputs);
        var output = new double[program.Outputs[0].Width];
        foreach (var store in program.Stores) output[store.Element] = values[store.Value];
        return output;
    }

    /// <summary>Which way every operation with a kink goes, and how far the nearest one is from its kink.</summary>
    public static (string Branches, double Margin) Kinks(SampleProgram program, params double[][] inputs)
    {
        var values = Values(program, inputs);
        var margin = double.PositiveInfinity;
        var branches = new List<char>();
        for (var i = 0; i < values.Length; i++)
        {
            var (operation, a, b, _) = program.Instructions[i];
            double? distance = operation switch
            {
                Operation.Absolute or Operation.Sign or Operation.Sqrt or Operation.ReciprocalOrZero => values[a],
                Operation.Minimum or Operation.Maximum or Operation.AtMost => values[a] - values[b],
                Operation.Atan2 => values[b] > 0 ? double.PositiveInfinity : values[a],
                _ => null,
            };
            if (distance is not { } d) continue;
            margin = Math.Min(margin, Math.Abs(d));
            branches.Add(d > 0 ? '+' : d < 0 ? '-' : '0');
        }
        return (string.Concat(branches), margin);
    }
}

/// <summary>The value of text and its derivatives, with y as the only variable.</summary>
internal sealed class Derived
{
    public Derived(SampleProgram value)
    {
        Value = value;
        Rop = Derivatives.Tangent(value, ExpressionVariables.OutputArray, "dy", "dc");
        Lop = Derivatives.Adjoint(value, ExpressionVariables.OutputArray, "u", "uy");
        Curvature = Derivatives.Tangent(Lop, ExpressionVariables.OutputArray, "v", "h");
    }

    public SampleProgram Value { get; }

    public SampleProgram Rop { get; }

    public SampleProgram Lop { get; }

    public SampleProgram Curvature { get; }

    public static Derived Of(ExpressionVariables variables, params string[] texts)
    {
        // Objectives become rows without a comparison: all values are compared with 0 at the very end.
        var rows = texts.Select((text, j) => ($"row {j}", text.Contains('=') ? text : $"{text} = 0")).ToArray();
        return new Derived(ExpressionPrograms.Rows(variables, rows).Program);
    }
}
