using PoseEngine.Expressions;

namespace PoseEngine.Cpu;

/// <summary>The places of a step's result and operands, in slots; C is of fused steps alone, d = c + a b or c - a b.</summary>
internal readonly record struct ExpressionStep(int D, int A, int B, int C = 0);

/// <summary>Steps that follow each other and do the same operation.</summary>
internal readonly record struct ExpressionRun(Operation Operation, int First, int Count);

/// <summary>Neighbouring elements of an array whose values are in neighbouring slots.</summary>
internal readonly record struct ExpressionTransfer(int Array, int Element, int Slot, int Count);

/// <summary>
/// A <see cref="SampleProgram"/> as the CPU runs it. A slot holds one value of every sample of a block; there are slots for
/// the elements that are read, those that are written, the constants, and as many more as other values are alive at one
/// time. Steps are ordered by how many steps must come before and then by operation, so that equal operations follow each
/// other and are told apart once for all of them.
/// </summary>
internal sealed class ExpressionPlan
{
    /// <summary>The operation that copies slot a to slot d.</summary>
    public const Operation Copy = Operation.Input;

    /// <summary>d = c + a b, rounded once; in plans with a late input alone, whose bits nothing else has to match.</summary>
    public const Operation MultiplyAdd = (Operation)254;

    /// <summary>d = c - a b, likewise.</summary>
    public const Operation MultiplySubtract = (Operation)255;

    /// <summary>Elements in between that are read in vain rather than two pieces made: less than a block of a transpose.</summary>
    private const int LargestGap = 8;

    private readonly SampleProgram _program;
    private readonly int[] _slots;

    /// <summary>For each sum or difference the product that is fused into it, and for each product whether it is; -1 and false for others.</summary>
    private readonly int[] _products;
    private readonly bool[] _isFused;
    private readonly List<ExpressionStep> _steps = [];
    private readonly List<ExpressionRun> _runs = [];
    private readonly List<(int Slot, double Number)> _constants = [];

    /// <summary>A plan for a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="lateInput">An input array that is known only after all that does not need it was run; -1 for none.</param>
    public ExpressionPlan(SampleProgram program, int lateInput = -1)
    {
        _program = program;
        Loads = Neighbours(program.Instructions.Where(own => own.Operation == Operation.Input).Select(own => (own.A, own.B)), LargestGap, 0);
        SlotCount = Loads.Sum(load => load.Count);
        Stores = Neighbours(program.Outputs.SelectMany((output, i) => Enumerable.Range(0, output.Width).Select(element => (i, element))), 0, SlotCount);
        SlotCount += Stores.Sum(store => store.Count);
        _slots = new int[program.Instructions.Count];
        (_products, _isFused) = (new int[_slots.Length], new bool[_slots.Length]);
        Array.Fill(_products, -1);
        PlaceFixed();
        if (lateInput >= 0) Fuse();
        var isLate = Late(lateInput);
        var order = Order();
        var last = LastUses([.. order.Where(i => !isLate[i]), .. order.Where(i => isLate[i])]);
        var free = new Stack<int>();
        PlaceSteps(order.Where(i => !isLate[i]), last, free);
        PlaceCopies(store => !isLate[store.Value]);
        LateRun = _runs.Count;
        PlaceSteps(order.Where(i => isLate[i]), last, free);
        PlaceCopies(store => isLate[store.Value]);
        (Steps, Runs, Constants) = ([.. _steps], [.. _runs], [.. _constants]);
    }

    /// <summary>What is read before the steps.</summary>
    public ExpressionTransfer[] Loads { get; }

    /// <summary>What is written after the steps: all elements of all outputs.</summary>
    public ExpressionTransfer[] Stores { get; }

    /// <summary>Slots that hold one number throughout.</summary>
    public (int Slot, double Number)[] Constants { get; }

    public ExpressionStep[] Steps { get; }

    public ExpressionRun[] Runs { get; }

    public int SlotCount { get; private set; }

    /// <summary>The first run of what needs the late input.</summary>
    public int LateRun { get; private set; } = -1;

    /// <summary>The slot of an element of an input array, or -1 where it is not read.</summary>
    public int InputSlot(int array, int element) => SlotOrNone(Loads, array, element);

    /// <summary>The slot of an element of an output array.</summary>
    public int OutputSlot(int array, int element) => Slot(Stores, array, element);

    /// <summary>Slots of inputs, constants, outputs, and of output elements that stay 0; -1 for other values.</summary>
    private void PlaceFixed()
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            var (operation, a, b, constant) = _program.Instructions[i];
            _slots[i] = operation switch { Operation.Input => Slot(Loads, a, b), Operation.Constant => SlotCount++, _ => -1 };
            if (operation == Operation.Constant) _constants.Add((_slots[i], constant));
        }
        var zeros = Stores.SelectMany(store => Enumerable.Range(store.Slot, store.Count)).ToHashSet();
        foreach (var store in _program.Stores)
        {
            var slot = Slot(Stores, store.Array, store.Element);
            zeros.Remove(slot);
            if (_slots[store.Value] < 0) _slots[store.Value] = slot;
        }
        _constants.AddRange(zeros.Order().Select(slot => (slot, 0.0)));
    }

    /// <summary>Which values need an input array.</summary>
    private bool[] Late(int input)
    {
        var isLate = new bool[_slots.Length];
        for (var i = 0; i < isLate.Length; i++)
        {
            var (operation, a, b, _) = _program.Instructions[i];
            isLate[i] = operation.OperandCount() switch { 0 => operation == Operation.Input && a == input, 1 => isLate[a], _ => isLate[a] || isLate[b] };
        }
        return isLate;
    }

    /// <summary>For each value without a slot of its own the instruction that uses it last.</summary>
    private Dictionary<int, int> LastUses(IReadOnlyList<int> order)
    {
        var last = new Dictionary<int, int>();
        foreach (var i in order)
        {
            foreach (var operand in Operands(i))
            {
                if (_slots[operand] < 0) last[operand] = i;
            }
        }
        return last;
    }

    /// <summary>Slots of all other values from their definition to their last use.</summary>
    private void PlaceSteps(IEnumerable<int> order, Dictionary<int, int> last, Stack<int> free)
    {
        foreach (var i in order)
        {
            var operands = Operands(i);
            foreach (var operand in operands.Distinct())
            {
                if (last.GetValueOrDefault(operand, -1) == i) free.Push(_slots[operand]);
            }
            if (_slots[i] < 0) _slots[i] = free.Count > 0 ? free.Pop() : SlotCount++;
            AddStep(OperationOf(i), _slots[i], _slots[operands[0]], _slots[operands[^1]], operands.Length > 2 ? _slots[operands[1]] : 0);
        }
    }

    /// <summary>Outputs that are inputs, constants or other outputs.</summary>
    private void PlaceCopies(Func<ProgramStore, bool> which)
    {
        foreach (var store in _program.Stores.Where(which))
        {
            var slot = Slot(Stores, store.Array, store.Element);
            if (_slots[store.Value] != slot) AddStep(Copy, slot, _slots[store.Value], _slots[store.Value]);
        }
    }

    /// <summary>Products that only one sum or difference needs become part of it.</summary>
    private void Fuse()
    {
        var uses = new int[_slots.Length];
        for (var i = 0; i < uses.Length; i++)
        {
            foreach (var operand in Operands(i)) uses[operand]++;
        }
        foreach (var store in _program.Stores) uses[store.Value]++;
        bool IsFree(int value) => _program.Instructions[value].Operation == Operation.Multiply && uses[value] == 1;
        for (var i = 0; i < uses.Length; i++)
        {
            var (operation, a, b, _) = _program.Instructions[i];
            if (operation is not (Operation.Add or Operation.Subtract) || a == b) continue;
            var product = IsFree(b) ? b : operation == Operation.Add && IsFree(a) ? a : -1;
            if (product < 0) continue;
            (_products[i], _isFused[product]) = (product, true);
        }
    }

    /// <summary>The values that a step reads; of a fused one a, c and b of c + a b, in this order.</summary>
    private int[] Operands(int i)
    {
        var (operation, a, b, _) = _program.Instructions[i];
        if (_products[i] is var product and >= 0)
        {
            var factors = _program.Instructions[product];
            return [factors.A, product == b ? a : b, factors.B];
        }
        return operation.OperandCount() switch { 0 => [], 1 => [a], _ => [a, b] };
    }

    private Operation OperationOf(int i)
        => _products[i] < 0 ? _program.Instructions[i].Operation : _program.Instructions[i].Operation == Operation.Add ? MultiplyAdd : MultiplySubtract;

    private void AddStep(Operation operation, int d, int a, int b, int c = 0)
    {
        if (_runs.Count > Math.Max(LateRun, 0) && _runs[^1].Operation == operation) _runs[^1] = _runs[^1] with { Count = _runs[^1].Count + 1 };
        else _runs.Add(new ExpressionRun(operation, _steps.Count, 1));
        _steps.Add(new ExpressionStep(d, a, b, c));
    }

    /// <summary>The instructions with operands by the number of instructions that must come before, and by operation.</summary>
    private int[] Order()
    {
        var levels = new int[_slots.Length];
        for (var i = 0; i < levels.Length; i++)
        {
            var (operation, a, b, _) = _program.Instructions[i];
            var operands = operation.OperandCount();
            if (operands > 0) levels[i] = levels[a] + 1;
            if (operands > 1) levels[i] = Math.Max(levels[i], levels[b] + 1);
        }
        return [.. Enumerable.Range(0, levels.Length).Where(i => levels[i] > 0 && !_isFused[i]).OrderBy(i => levels[i]).ThenBy(OperationOf)];
    }

    private static ExpressionTransfer[] Neighbours(IEnumerable<(int Array, int Element)> elements, int gap, int slot)
    {
        var pieces = new List<ExpressionTransfer>();
        foreach (var (array, element) in elements.Order())
        {
            if (pieces.Count > 0 && pieces[^1].Array == array && element - pieces[^1].Element - pieces[^1].Count <= gap)
            {
                pieces[^1] = pieces[^1] with { Count = element + 1 - pieces[^1].Element };
            }
            else
            {
                pieces.Add(new ExpressionTransfer(array, element, pieces.Count == 0 ? slot : pieces[^1].Slot + pieces[^1].Count, 1));
            }
        }
        return [.. pieces];
    }

    private static int SlotOrNone(ExpressionTransfer[] pieces, int array, int element)
    {
        var piece = Array.FindLast(pieces, own => own.Array == array && own.Element <= element);
        return piece.Count > element - piece.Element ? piece.Slot + element - piece.Element : -1;
    }

    private static int Slot(ExpressionTransfer[] pieces, int array, int element)
    {
        var piece = pieces.Last(own => own.Array < array || (own.Array == array && own.Element <= element));
        return piece.Slot + element - piece.Element;
    }
}
