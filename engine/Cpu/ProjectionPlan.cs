using PoseEngine.Expressions;

namespace PoseEngine.Cpu;

/// <summary>Where <see cref="ProjectionLanes"/> find the values of a <see cref="NewtonProgram"/>, and how much memory they take.</summary>
internal sealed class ProjectionPlan
{
    public ProjectionPlan(ProjectionProgram program)
    {
        var (newton, variables) = program.Newton!.Value;
        (Plan, Outputs, Columns, Rows) = (new ExpressionPlan(newton, NewtonProgram.Next), program.Outputs, program.Columns, program.IsAtMost.Count);
        (Variables, IsAtMost) = ([.. variables], [.. program.IsAtMost]);
        PointSlots = Inputs(NewtonProgram.Point, Variables);
        GradientSlots = Inputs(NewtonProgram.Gradient, Variables);
        ColumnSlots = Inputs(ExpressionVariables.ColumnArray, Enumerable.Range(0, Columns));
        MultiplierSlots = Inputs(NewtonProgram.Multipliers, Enumerable.Range(0, Rows));
        NextSlots = Inputs(NewtonProgram.Next, Enumerable.Range(0, Rows));
        ValueSlot = Plan.OutputSlot(NewtonProgram.Values, 0);
        SchurSlot = Plan.OutputSlot(NewtonProgram.Schur, 0);
        PulledSlot = Plan.OutputSlot(NewtonProgram.Pulled, 0);
        SizeSlot = Plan.OutputSlot(NewtonProgram.Sizes, 0);
        ScalarSlot = Plan.OutputSlot(NewtonProgram.Scalars, 0);
        StepSlots = [.. Variables.Select(i => Plan.OutputSlot(NewtonProgram.Step, i))];
    }

    public ExpressionPlan Plan { get; }

    public int Outputs { get; }

    public int Columns { get; }

    /// <summary>J.</summary>
    public int Rows { get; }

    /// <summary>The outputs that move.</summary>
    public int[] Variables { get; }

    public bool[] IsAtMost { get; }

    /// <summary>For each variable; -1 where its value is not read, as in a linear row.</summary>
    public int[] PointSlots { get; }

    public int[] GradientSlots { get; }

    public int[] ColumnSlots { get; }

    public int[] MultiplierSlots { get; }

    public int[] NextSlots { get; }

    public int[] StepSlots { get; }

    public int ValueSlot { get; }

    public int SchurSlot { get; }

    public int PulledSlot { get; }

    public int SizeSlot { get; }

    public int ScalarSlot { get; }

    /// <summary>Numbers that a thread's lanes take.</summary>
    public long ScratchSize => (ProjectionLanes.Count * ((long)Plan.SlotCount + (3 * Variables.Length) + (4 * Rows)))
        + (Rows * Rows) + Rows + Kernels.ActiveRows.ScratchSize(Rows);

    private int[] Inputs(int array, IEnumerable<int> elements) => [.. elements.Select(element => Plan.InputSlot(array, element))];
}
