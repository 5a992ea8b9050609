using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// Samples side by side in the lanes of vectors, each on a course of its own to its nearest point. A round evaluates the rows
/// at every lane's trial point, lets <see cref="NewtonCourse"/> judge it, finds the multipliers of those that go on, and
/// makes their steps. No lane's numbers touch another's, so that a sample's result does not depend on its neighbours.
/// </summary>
internal unsafe struct ProjectionLanes
{
    /// <summary>Samples side by side.</summary>
    public static readonly int Count = ExpressionBlock<double>.Samples;

    private readonly ProjectionPlan _plan;
    private readonly bool _useSimd;
    private readonly double* _slots, _base, _target, _step;

    /// <summary>Multipliers of the accepted point, of the step, shown at the trial point, and penalties: J numbers a lane each.</summary>
    private readonly double* _lambda, _next, _shown, _mu;

    private readonly double* _schur, _right, _scratch;
    private Courses _courses;
    private Fates _fates;
    private Flags _isStepping;

    public ProjectionLanes(ProjectionPlan plan, double* scratch, bool useSimd)
    {
        (_plan, _useSimd) = (plan, useSimd);
        var (variables, rows) = (plan.Variables.Length * Count, plan.Rows * Count);
        _slots = scratch;
        _base = _slots + ((long)plan.Plan.SlotCount * Count);
        _target = _base + variables;
        _step = _target + variables;
        _lambda = _step + variables;
        _next = _lambda + rows;
        _shown = _next + rows;
        _mu = _shown + rows;
        _schur = _mu + rows;
        _right = _schur + (plan.Rows * plan.Rows);
        _scratch = _right + plan.Rows;
        new Span<double>(scratch, (int)plan.ScratchSize).Clear();
        foreach (var (slot, number) in plan.Plan.Constants) new Span<double>(_slots + (slot * Count), Count).Fill(number);
        for (var lane = 0; lane < Count; lane++) _fates[lane] = Fate.Idle;
    }

    /// <summary>What happens to a lane.</summary>
    private enum Fate : byte
    {
        Idle,
        Running,
        EndsHere,
        EndsBefore,
        GivenUp,
    }

    /// <summary>Sets a sample out at yhat.</summary>
    public void Load(int lane, ReadOnlySpan<double> target, ReadOnlySpan<double> columns)
    {
        var largest = 0.0;
        foreach (var value in target) largest = Math.Max(largest, Math.Abs(value));
        _courses[lane] = NewtonCourse.Begin(largest);
        _fates[lane] = Fate.Running;
        for (var i = 0; i < _plan.Variables.Length; i++)
        {
            var at = (i * Count) + lane;
            (_base[at], _target[at], _step[at]) = (target[_plan.Variables[i]], target[_plan.Variables[i]], 0);
        }
        LoadColumns(lane, columns);
        Lane(_lambda, lane).Clear();
        Lane(_next, lane).Clear();
        Lane(_mu, lane).Clear();
    }

    /// <summary>One evaluation of every lane, and the steps that follow.</summary>
    public void Round()
    {
        Try();
        Run(early: true);
        for (var lane = 0; lane < Count; lane++)
        {
            _isStepping[lane] = 0;
            if (_fates[lane] == Fate.Running) Judge(lane);
        }
        Run(early: false);
        KeepSteps();
        for (var lane = 0; lane < Count; lane++)
        {
            if (_isStepping[lane] != 0) SetOut(lane);
        }
    }

    /// <summary>Whether a lane's course has ended; the exit is null where the sample needs the dense way.</summary>
    public readonly bool HasEnded(int lane, out ProjectionExit? exit, out int rounds)
    {
        rounds = _courses[lane].Rounds;
        exit = _fates[lane] == Fate.GivenUp ? null : rounds == 1 ? ProjectionExit.Feasible : ProjectionExit.Converged;
        return _fates[lane] is not (Fate.Running or Fate.Idle);
    }

    /// <summary>Writes the nearest point of a lane that has ended, and frees it.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="point">yhat, whose variables are overwritten by the point.</param>
    /// <param name="multipliers">Overwritten.</param>
    public void Unload(int lane, Span<double> point, Span<double> multipliers)
    {
        var isHere = _fates[lane] == Fate.EndsHere;
        for (var i = 0; i < _plan.Variables.Length && _courses[lane].Rounds > 1; i++)
        {
            var at = (i * Count) + lane;
            point[_plan.Variables[i]] = isHere ? _base[at] + (_courses[lane].Share * _step[at]) : _base[at];
        }
        Lane(isHere ? _shown : _lambda, lane).CopyTo(multipliers);
        _fates[lane] = Fate.Idle;
    }

    /// <summary>Sets a lane to a point that was found, for a product with a direction v.</summary>
    public readonly void LoadProduct(int lane, ReadOnlySpan<double> point, ReadOnlySpan<double> columns, ReadOnlySpan<double> multipliers, ReadOnlySpan<double> v)
    {
        for (var i = 0; i < _plan.Variables.Length; i++)
        {
            if (_plan.PointSlots[i] is var slot and >= 0) _slots[(slot * Count) + lane] = point[_plan.Variables[i]];
            _slots[(_plan.GradientSlots[i] * Count) + lane] = v[_plan.Variables[i]];
        }
        LoadColumns(lane, columns);
        multipliers.CopyTo(Lane(_shown, lane));
        ShowMultipliers(_plan.MultiplierSlots, _shown, lane);
    }

    /// <summary>The products of the first lanes.</summary>
    public readonly void Multiply(int lanes)
    {
        Run(early: true);
        var rows = _plan.Rows;
        var isIn = new Span<double>(_scratch, rows);
        var rest = new Span<double>(_scratch + rows, (rows * rows) + (4 * rows));
        for (var lane = 0; lane < lanes; lane++)
        {
            ReadSystem(lane, isProduct: true);
            for (var j = 0; j < rows; j++) isIn[j] = !_plan.IsAtMost[j] || Lane(_shown, lane)[j] > 0 ? 1 : 0;
            ActiveRows.SolveRows(new(_schur, rows * rows), new(_right, rows), isIn, Lane(_next, lane), rest);
            ShowMultipliers(_plan.NextSlots, _next, lane);
        }
        Run(early: false);
    }

    /// <summary>Writes a lane's product over the direction; false where W is not positive definite.</summary>
    public readonly bool UnloadProduct(int lane, Span<double> v)
    {
        if (!(Value(_plan.ScalarSlot + 2, lane) > NewtonCourse.SmallestPivot)) return false;
        for (var i = 0; i < _plan.Variables.Length; i++) v[_plan.Variables[i]] = -Value(_plan.StepSlots[i], lane);
        return true;
    }

    private readonly double Value(int slot, int lane) => _slots[((long)slot * Count) + lane];

    private readonly Span<double> Lane(double* rows, int lane) => new(rows + (lane * _plan.Rows), _plan.Rows);

    private readonly void LoadColumns(int lane, ReadOnlySpan<double> columns)
    {
        for (var i = 0; i < columns.Length; i++)
        {
            if (_plan.ColumnSlots[i] is var slot and >= 0) _slots[(slot * Count) + lane] = columns[i];
        }
    }

    private readonly void ShowMultipliers(int[] slots, double* rows, int lane)
    {
        var own = Lane(rows, lane);
        for (var j = 0; j < own.Length; j++)
        {
            if (slots[j] is var slot and >= 0) _slots[(slot * Count) + lane] = own[j];
        }
    }

    private readonly void Run(bool early)
    {
        var plan = _plan.Plan;
        var (first, end) = early ? (0, plan.LateRun) : (plan.LateRun, plan.Runs.Length);
        for (var i = first; i < end; i++)
        {
            var run = plan.Runs[i];
            ExpressionBlock<double>.Run(run.Operation, plan.Steps.AsSpan(run.First, run.Count), _slots, Count, _useSimd);
        }
    }

    /// <summary>Trial points: y = base + share step, and g = y - yhat.</summary>
    private void Try()
    {
        var shares = stackalloc double[Count];
        for (var lane = 0; lane < Count; lane++)
        {
            var share = shares[lane] = _courses[lane].Share;
            Span<double> lambda = Lane(_lambda, lane), next = Lane(_next, lane), shown = Lane(_shown, lane);
            for (var j = 0; j < shown.Length; j++) shown[j] = share == 1 ? next[j] : lambda[j] + (share * (next[j] - lambda[j]));
            ShowMultipliers(_plan.MultiplierSlots, _shown, lane);
        }
        for (var i = 0; i < _plan.Variables.Length; i++)
        {
            var point = _plan.PointSlots[i];
            var gradient = _slots + ((long)_plan.GradientSlots[i] * Count);
            for (var first = 0; first < Count; first += Vector<double>.Count)
            {
                var at = (i * Count) + first;
                var y = Vector.Load(_base + at) + (Vector.Load(shares + first) * Vector.Load(_step + at));
                if (point >= 0) y.Store(_slots + ((long)point * Count) + first);
                (y - Vector.Load(_target + at)).Store(gradient + first);
            }
        }
    }

    /// <summary>Looks at what a lane's trial point gave; finds the multipliers of a new step where it is taken.</summary>
    private void Judge(int lane)
    {
        ref var course = ref _courses[lane];
        var point = Measure(lane);
        switch (course.Judge(point))
        {
            case NewtonVerdict.EndHere:
                _fates[lane] = Fate.EndsHere;
                return;
            case NewtonVerdict.EndBefore:
                _fates[lane] = Fate.EndsBefore;
                return;
            case NewtonVerdict.Shorten:
                return;
            case NewtonVerdict.Correct or NewtonVerdict.Stall:
                _fates[lane] = Fate.GivenUp;
                return;
        }
        if (!(Value(_plan.ScalarSlot + 2, lane) > NewtonCourse.SmallestPivot))
        {
            _fates[lane] = Fate.GivenUp;
            return;
        }
        ReadSystem(lane, isProduct: false);
        Lane(_shown, lane).CopyTo(Lane(_lambda, lane));
        Lane(_shown, lane).CopyTo(Lane(_next, lane));
        var rows = _plan.Rows;
        ActiveRows.Solve(new(_schur, rows * rows), new(_right, rows), _plan.IsAtMost, Lane(_next, lane), new(_scratch, ActiveRows.ScratchSize(rows)));
        ShowMultipliers(_plan.NextSlots, _next, lane);
        course.Rest = point.HalfSquare;
        _isStepping[lane] = 1;
    }

    private readonly NewtonPoint Measure(int lane)
    {
        Span<double> shown = Lane(_shown, lane), mu = Lane(_mu, lane);
        var point = new NewtonPoint(0.5 * Value(_plan.ScalarSlot, lane), Math.Sqrt(Value(_plan.ScalarSlot + 1, lane)), 0, 0);
        for (var j = 0; j < shown.Length; j++)
        {
            point = point.With(_plan.IsAtMost[j], Value(_plan.ValueSlot + j, lane), Math.Sqrt(Value(_plan.SizeSlot + j, lane)), shown[j], mu[j]);
        }
        return point;
    }

    private readonly double Violation(int row, double c) => NewtonPoint.ViolationOf(_plan.IsAtMost[row], c);

    /// <summary>Brings S and the right-hand side of a lane out of the slots.</summary>
    private readonly void ReadSystem(int lane, bool isProduct)
    {
        var rows = _plan.Rows;
        var slot = _plan.SchurSlot;
        for (var j = 0; j < rows; j++)
        {
            for (var k = 0; k <= j; k++) _schur[(j * rows) + k] = _schur[(k * rows) + j] = Value(slot++, lane);
            _right[j] = (isProduct ? 0 : Value(_plan.ValueSlot + j, lane)) - Value(_plan.PulledSlot + j, lane);
        }
    }

    /// <summary>Lanes that go on: the trial point becomes the base, dy the step.</summary>
    private void KeepSteps()
    {
        var flags = stackalloc double[Count];
        for (var lane = 0; lane < Count; lane++) flags[lane] = _isStepping[lane];
        var shares = stackalloc double[Count];
        for (var lane = 0; lane < Count; lane++) shares[lane] = _courses[lane].Share;
        for (var i = 0; i < _plan.Variables.Length; i++)
        {
            var step = _slots + ((long)_plan.StepSlots[i] * Count);
            for (var first = 0; first < Count; first += Vector<double>.Count)
            {
                var at = (i * Count) + first;
                var isStepping = Vector.GreaterThan(Vector.Load(flags + first), Vector<double>.Zero);
                var (from, before) = (Vector.Load(_base + at), Vector.Load(_step + at));
                Vector.ConditionalSelect(isStepping, from + (Vector.Load(shares + first) * before), from).Store(_base + at);
                Vector.ConditionalSelect(isStepping, Vector.Load(step + first), before).Store(_step + at);
            }
        }
    }

    /// <summary>Penalties and slope of the merit function along a lane's step.</summary>
    private void SetOut(int lane)
    {
        var rows = _plan.Rows;
        Span<double> next = Lane(_next, lane), mu = Lane(_mu, lane);
        var (penalty, slope) = (0.0, Value(_plan.ScalarSlot + 3, lane));
        for (var j = 0; j < rows; j++)
        {
            var c = Value(_plan.ValueSlot + j, lane);
            var linear = c - Value(_plan.PulledSlot + j, lane);
            for (var k = 0; k < rows; k++)
            {
                var (high, low) = (Math.Max(j, k), Math.Min(j, k));
                linear -= Value(_plan.SchurSlot + (high * (high + 1) / 2) + low, lane) * next[k];
            }
            mu[j] = NewtonCourse.Penalty(mu[j], next[j]);
            var violation = Violation(j, c);
            penalty += mu[j] * violation;
            slope -= mu[j] * (violation - Violation(j, linear));
        }
        if (!double.IsFinite(slope) || !_courses[lane].SetOut(_courses[lane].Rest + penalty, slope)) _fates[lane] = Fate.GivenUp;
    }

    [InlineArray(MostLanes)]
    private struct Courses
    {
        private NewtonCourse _first;
    }

    [InlineArray(MostLanes)]
    private struct Fates
    {
        private Fate _first;
    }

    [InlineArray(MostLanes)]
    private struct Flags
    {
        private double _first;
    }

    /// <summary>Two vectors of 512 bits.</summary>
    private const int MostLanes = 16;
}
