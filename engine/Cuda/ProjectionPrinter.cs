using System.Globalization;
using System.Text;
using PoseEngine.Expressions;
using PoseEngine.Kernels;

namespace PoseEngine.Cuda;

/// <summary>
/// The rows of a projection as CUDA C: their tapes as functions of one lane, and the sizes that <c>kernels/projection.cuh</c>
/// reads, which holds the algorithm. The text is the same for both precisions: tapes are float64, tensors are <c>REAL</c>.
/// </summary>
internal sealed class ProjectionPrinter
{
    /// <summary>Threads of a block: the warp of one sample, so that a batch is spread over the multiprocessors.</summary>
    public const int Threads = 32;

    /// <summary>Shared memory of a block on any device, without asking for more.</summary>
    public const int MostSharedBytes = 48 << 10;

    private readonly ProjectionProgram _program;
    private readonly SampleProgram _slopes;
    private readonly SampleProgram? _curvature;
    private readonly int[] _variables;
    private readonly Dictionary<int, int> _places;

    /// <summary>Makes the tapes of rows.</summary>
    /// <exception cref="NotSupportedException">A tape is too long for a kernel.</exception>
    public ProjectionPrinter(ProjectionProgram program)
    {
        _program = program;
        _slopes = Slopes(program.Value);
        // Where the CPU does without curvature, so does every device.
        if (program.Hessian is not null) _curvature = Derivatives.Tangent(program.Pullback, ExpressionVariables.OutputArray, "v", "curvature");
        if (_curvature?.Stores.Count == 0) _curvature = null;
        ExpressionPrinter.CheckLength(_slopes);
        if (_curvature is not null) ExpressionPrinter.CheckLength(_curvature);
        var read = program.Value.Instructions
            .Where(own => own.Operation == Operation.Input && own.A == ExpressionVariables.OutputArray).Select(own => own.B).Distinct().Order();
        _variables = [.. read.DefaultIfEmpty(0)];
        _places = _variables.Index().ToDictionary(own => own.Item, own => own.Index);
    }

    /// <summary>The state of a sample, as the kernels lay it out.</summary>
    public long StateBytes
    {
        get
        {
            long n = _variables.Length, rows = _program.IsAtMost.Count;
            var triangle = _curvature is null ? 0 : n * (n + 1) / 2;
            return sizeof(double) * ((4 * n) + (7 * rows) + (rows * n) + ((rows + 1) * n) + (2 * rows * rows) + (rows * (rows + 6)) + triangle + 1);
        }
    }

    /// <summary>Whether the state lies in shared memory, else in the device's.</summary>
    public bool IsInShared => StateBytes <= MostSharedBytes;

    /// <summary>The outputs that rows read.</summary>
    public int Variables => _variables.Length;

    /// <summary>The limits of the C# classes, under the names that the kernels use.</summary>
    public static string Limits { get; } = string.Concat(
        Number("TOLERANCE", NewtonCourse.Tolerance), Number("ROUNDING_FLOOR", NewtonCourse.RoundingFloor),
        Number("SMALLEST_PIVOT", NewtonCourse.SmallestPivot), Number("ARMIJO", NewtonCourse.Armijo),
        Number("SHORTEST_STEP", NewtonCourse.ShortestStep), Number("NEARLY_THERE", NewtonCourse.NearlyThere),
        Number("LEAST_SHORTENING", NewtonCourse.LeastShortening), Number("MUCH_SHORTENED", NewtonCourse.MuchShortened),
        Number("NO_SLOPE", NewtonPoint.NoSlope),
        Number("DEPENDENT_ROW", ActiveRows.DependentRow), Whole("MOST_ROUNDS", NewtonCourse.MostRounds),
        Whole("EXIT_FEASIBLE", (int)ProjectionExit.Feasible), Whole("EXIT_CONVERGED", (int)ProjectionExit.Converged),
        Whole("EXIT_STALLED", (int)ProjectionExit.Stalled), Whole("EXIT_MOST_ROUNDS", (int)ProjectionExit.MostRounds),
        Whole("EXIT_NOT_FINITE", (int)ProjectionExit.NotFinite));

    /// <summary>The text of the kernels <c>projection_nearest</c> and <c>projection_product</c>.</summary>
    public string Print()
    {
        var text = new StringBuilder("// The tensors' number type; everything else is float64.\ntypedef REAL output;\n#undef REAL\n#define REAL double\n");
        text.Append("#include \"expressions.cuh\"\n\n").Append(Limits);
        text.Append(Whole("OUTPUTS", _program.Outputs)).Append(Whole("COLUMNS", _program.Columns)).Append(Whole("STATE_BYTES", StateBytes));
        text.Append(Whole("VARIABLES", Variables));
        PrintRows(_program.IsAtMost, text);
        text.Append(CultureInfo.InvariantCulture, $"__constant__ const int OUTPUT_OF[VARIABLES] = {{{string.Join(", ", _variables)}}};\n");
        text.Append(CultureInfo.InvariantCulture, $"#define CURVED {(_curvature is null ? 0 : 1)}\n#define IN_SHARED {(IsInShared ? 1 : 0)}\n\n");
        PrintSlopes(text);
        if (_curvature is not null) PrintCurvature(_curvature, text);
        return text.Append("#include \"projection.cuh\"\n").ToString();
    }

    /// <summary>What the kernels know of rows besides their tapes.</summary>
    public static void PrintRows(IReadOnlyList<bool> isAtMost, StringBuilder text)
    {
        text.Append(Whole("ROWS", isAtMost.Count));
        text.Append(CultureInfo.InvariantCulture, $"__constant__ const bool IS_AT_MOST[ROWS] = {{{string.Join(", ", isAtMost.Select(own => own ? "true" : "false"))}}};\n");
    }

    /// <summary>The program y, x, v -> c and its derivative along v.</summary>
    private static SampleProgram Slopes(SampleProgram value)
    {
        var tangent = Derivatives.Tangent(value, ExpressionVariables.OutputArray, "v", "slopes");
        var make = new ProgramBuilder(tangent.Inputs);
        var (values, slopes) = (Derivatives.Copy(value, make), Derivatives.Copy(tangent, make));
        var stores = value.Stores.Select(store => store with { Value = values[store.Value] })
            .Concat(tangent.Stores.Select(store => store with { Array = 1, Value = slopes[store.Value] }));
        return make.Build([value.Outputs[0], tangent.Outputs[0]], stores);
    }

    private static string Number(string name, double value) => $"[[maybe_unused]] constexpr double {name} = {ExpressionPrinter.Literal(value)};\n";

    private static string Whole(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"constexpr int {name} = {value};\n");

    private void PrintSlopes(StringBuilder text)
    {
        text.Append("// c, from one lane, and column `column` of A.\n__device__ __forceinline__ void evaluate_rows(");
        text.Append(Parameter(_slopes, ExpressionVariables.OutputArray, "y")).Append(Parameter(_slopes, ExpressionVariables.ColumnArray, "x"));
        text.Append("int column, double* c, double* a)\n{\n");
        PrintValues(_slopes, text);
        PrintStores(_slopes, 0, "if (column == 0)", "c[{0}]", text);
        PrintStores(_slopes, 1, "if (column < VARIABLES)", "a[{0} * VARIABLES + column]", text);
        text.Append("}\n\n");
    }

    private void PrintCurvature(SampleProgram curvature, StringBuilder text)
    {
        text.Append("// Column `column` of sum_j lambda_j d2c_j/dy2 from the diagonal down, into a triangle that is 0.\n__device__ __forceinline__ void curve_rows(");
        text.Append(Parameter(curvature, ExpressionVariables.OutputArray, "y")).Append(Parameter(curvature, ExpressionVariables.ColumnArray, "x"));
        text.Append(Parameter(curvature, NewtonProgram.Multipliers, "lambda")).Append("int column, double* w)\n{\n");
        PrintValues(curvature, text);
        foreach (var store in curvature.Stores)
        {
            var place = _places[store.Element];
            text.Append(CultureInfo.InvariantCulture, $"    if (column <= {place}) w[{place}] = v{store.Value};\n");
        }
        text.Append("}\n\n");
    }

    private static string Parameter(SampleProgram program, int array, string name)
        => program.Reads(array) ? $"const double* {name}, " : "const double*, ";

    /// <summary>The lines of a tape; its last input is the direction, whose only 1 is the lane's column.</summary>
    private void PrintValues(SampleProgram program, StringBuilder text)
    {
        var direction = program.Inputs.Count - 1;
        ExpressionPrinter.PrintValues<double>(program, Input, text);

        string Input(int array, int element)
        {
            if (array == direction) return $"column == {_places[element]} ? real(1) : real(0)";
            return array switch
            {
                ExpressionVariables.OutputArray => $"y[{_places[element]}]",
                ExpressionVariables.ColumnArray => $"x[{element}]",
                _ => $"lambda[{element}]",
            };
        }
    }

    private void PrintStores(SampleProgram program, int array, string condition, string place, StringBuilder text)
    {
        var values = program.Stores.Where(store => store.Array == array).ToDictionary(store => store.Element, store => store.Value);
        text.Append("    ").Append(condition).Append("\n    {\n");
        for (var j = 0; j < _program.IsAtMost.Count; j++)
        {
            text.Append("        ").AppendFormat(CultureInfo.InvariantCulture, place, j);
            text.Append(CultureInfo.InvariantCulture, $" = {(values.TryGetValue(j, out var value) ? $"v{value}" : "0")};\n");
        }
        text.Append("    }\n");
    }
}
