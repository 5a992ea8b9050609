using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// The dual system on a device that factors S itself: S, its factors and all vectors of constraint rows stay there. The usual
/// course, a well-conditioned S, is given to the device as a whole, check included; the host reads what came of it and decides
/// whether to refine, to sum S in float64, or to cut its spectrum, each of which waits once more.
/// </summary>
/// <typeparam name="T">The number type of the vectors; S and its factors are float64.</typeparam>
internal sealed class DeviceDual<T> : GramDual<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly IDualKernels<T> _kernels;
    private readonly OutputConstraintFunction<T> _constraint;
    private readonly ConstraintGram<T> _gram;
    private readonly Workspace<T> _memory;
    private readonly double _eta;
    private readonly Tensor<double> _numbers;
    private readonly Tensor<double> _delta;
    private readonly Tensor<double> _diagonal;
    private readonly Tensor<double> _values;
    private readonly Tensor<double> _target;
    private readonly Tensor<double> _right;
    private readonly Tensor<double> _lambda;
    private readonly Tensor<double> _miss;
    private readonly Tensor<double> _correction;
    private readonly Tensor<int> _info;
    private readonly Tensor<T> _forth;
    private readonly Tensor<T> _product;
    private readonly Tensor<T> _change;
    private readonly Tensor<T> _pull;
    private readonly double[] _host = new double[(int)DualNumber.Count];
    private double _sent;
    private Course? _course;
    private bool _isBegun;
    private bool _tookAhead;
    private bool _isExact;
    private DeviceSpectrum<T>? _spectrum;
    private double _removed;
    private double _norm;

    private DeviceDual(ComputeDevice<T> device, IDualKernels<T> kernels, OutputConstraintFunction<T> constraint, double eta, Tensor<double> numbers)
    {
        (_device, _kernels, _constraint, _eta) = (device, kernels, constraint, eta);
        _memory = new Workspace<T>(device);
        _gram = _memory.Own(new ConstraintGram<T>(constraint));
        var rows = constraint.RowCount;
        _numbers = numbers.IsAbsent ? Doubles((int)DualNumber.Count) : numbers;
        _delta = Doubles(1);
        (_diagonal, _values) = (Doubles(rows), Doubles(rows));
        (_target, _right, _lambda, _miss, _correction) = (Doubles(rows), Doubles(rows), Doubles(rows), Doubles(rows), Doubles(rows));
        _info = _memory.Zeros<int>(new Shape(1));
        (_forth, _product, _change) = (_memory.Zeros(rows), _memory.Zeros(rows), _memory.Zeros(rows));
        _pull = _memory.Zeros(constraint.ParameterCount);
    }

    /// <inheritdoc/>
    public override bool IsExact => _isExact;

    /// <inheritdoc/>
    public override double Trace => this[DualNumber.Trace];

    /// <inheritdoc/>
    public override double Shift => this[DualNumber.Shift];

    /// <inheritdoc/>
    public override double Largest => _spectrum?.Cut.Largest ?? this[DualNumber.Largest];

    /// <inheritdoc/>
    public override GramRank Rank => _spectrum?.Cut.Rank
        ?? new GramRank(_constraint.RowCount, _constraint.RowCount, 1 / this[DualNumber.SmallestPivot], double.PositiveInfinity);

    /// <inheritdoc/>
    public override double RightHandSideNorm => _norm;

    /// <inheritdoc/>
    public override bool TookAhead => _tookAhead;

    private double this[DualNumber number] => _host[(int)number];

    private Tensor<double> S => _gram.StackedSum;

    /// <summary>The dual system of a function, or null where there is none, see <see cref="Holds"/>.</summary>
    public static DeviceDual<T>? Create(ComputeDevice<T> device, DifferentiableFunction<T> constraint, double eta, Tensor<double> numbers)
        => Holds(device, constraint)
            ? new DeviceDual<T>(device, device.Family<IDualKernels<T>>(), (OutputConstraintFunction<T>)constraint, eta, numbers)
            : null;

    /// <summary>Whether S of a function stays on a device: it has the kernels, and the function is of outputs and binds no samples together.</summary>
    public static bool Holds(ComputeDevice<T> device, DifferentiableFunction<T> constraint)
        => constraint is OutputConstraintFunction<T> { Centring: null, RowCount: > 0 } && device.FindFamily<IDualKernels<T>>() is not null;

    /// <inheritdoc/>
    public override bool CanBegin => true;

    /// <inheritdoc/>
    public override void Begin(in GramUnknowns<T> at, double delta)
    {
        if (_sent != delta) _delta.CopyFrom([_sent = delta]);
        if (_course?.IsAt(at, _constraint) != true)
        {
            _course?.Dispose();
            _course = new Course(this, at);
        }
        _course.Form.Run();
        _kernels.Factor(S, _info);
        _kernels.Solve(S, _right);
        _course.Finish.Run();
        _isBegun = true;
    }

    /// <inheritdoc/>
    public override SolveExit Form(in GramUnknowns<T> at, double delta, bool isExact, ReadOnlySpan<double> ahead, CancellationToken cancellation)
    {
        var isAhead = _isBegun && ahead.Length > 0 && _course!.IsAt(at, _constraint) && _sent == delta;
        (_isBegun, _spectrum, _tookAhead, _removed) = (false, null, false, 0);
        if (cancellation.IsCancellationRequested) return SolveExit.Stopped;
        if (isExact && _gram.SumsInBlocks) FormExactly(at);
        else if (!isAhead) Begin(at, delta);
        _isBegun = false;
        if (isAhead) ahead.CopyTo(_host);
        else _numbers.CopyTo(_host);
        _isExact = isExact || !_gram.SumsInBlocks;
        _norm = Math.Sqrt(this[DualNumber.Right] + this[DualNumber.Target]);
        if (!double.IsFinite(_norm) || !double.IsFinite(Trace) || !double.IsFinite(Shift)) return SolveExit.NotFinite;
        var least = _isExact ? GramFactor.SafePivot(_constraint.RowCount, GramSystem<T>.Accuracy) : GramFactor.BlockedPivot;
        if (this[DualNumber.SmallestPivot] > least)
        {
            _tookAhead = isAhead;
            return SolveExit.None;
        }
        return _isExact ? CutSpectrum(at, cancellation) : Form(at, delta, isExact: true, [], cancellation);
    }

    /// <inheritdoc/>
    public override GramCourse Take(in GramUnknowns<T> at, CancellationToken cancellation)
    {
        var course = Observed(isRefined: false);
        for (var i = 0; i < MostRefinements && course.BackwardError > Tolerance && !cancellation.IsCancellationRequested; i++)
        {
            _tookAhead = false;
            var miss = this[DualNumber.Miss];
            Refine(at);
            if (!(this[DualNumber.Miss] < miss))
            {
                TakeBack(at);
                return course with { IsRefined = true };
            }
            course = Observed(isRefined: true);
        }
        return course;
    }

    /// <inheritdoc/>
    public override double TrueResidual(in GramUnknowns<T> at, GramCourse course)
    {
        if (!course.IsRefined) return double.Hypot(Math.Sqrt(this[DualNumber.Residual]), course.Residual);
        _constraint.Lop(at.Multipliers, _pull);
        return TrueResidual(_device, at, _eta, _pull, course);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _course?.Dispose();
        _memory.Dispose();
    }

    private Tensor<double> Doubles(int count) => _memory.Zeros<double>(new Shape(count));

    private GramCourse Observed(bool isRefined)
    {
        var (miss, multipliers) = (Math.Sqrt(this[DualNumber.Miss]), Math.Sqrt(this[DualNumber.Multipliers]));
        var (target, length) = (Math.Sqrt(this[DualNumber.Target]), Math.Sqrt(this[DualNumber.Step]));
        var error = GramCourse.BackwardErrorOf(miss, Trace, length, Shift / _eta, multipliers, target);
        // What was removed is orthogonal to what the step still misses.
        return new GramCourse(target, _removed, double.Hypot(miss, _removed), multipliers, length, error, isRefined);
    }

    /// <summary>S and the right-hand side; recorded in the usual course.</summary>
    private void FormSystem(in GramUnknowns<T> at, bool isExact)
    {
        _gram.FormStacked(isExact);
        _kernels.Prepare(S, _delta, _numbers);
        if (isExact) _kernels.Keep(S, _diagonal);
        if (_gram.HasRows) _gram.RopStacked(at.B1, _forth);
        else _constraint.Rop(at.B1, _forth);
        _kernels.RightHandSide(_forth, _gram.HasRows, at.B2, _eta, _target, _right, _gram.Stack);
    }

    /// <summary>Lambda, dw and the check from a solution of S; recorded in the usual course.</summary>
    private void Finish(in GramUnknowns<T> at, bool byFactor)
    {
        Pull(at, _right, isCorrection: false);
        _kernels.Step(at.B1, _pull, _eta, at.Step);
        Check(at, byFactor ? S : default, sumsStep: true);
    }

    private void FormExactly(in GramUnknowns<T> at)
    {
        FormSystem(at, isExact: true);
        _kernels.Factor(S, _info);
        _kernels.Solve(S, _right);
        Finish(at, byFactor: true);
    }

    /// <summary>The eigenvalues of an S that is nearly singular, and the solution from those that count.</summary>
    private SolveExit CutSpectrum(in GramUnknowns<T> at, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return SolveExit.Stopped;
        _spectrum = DeviceSpectrum<T>.Of(_kernels, S, _diagonal, _values, _info, Shift);
        if (_spectrum is null) return SolveExit.EigenvaluesNotFound;
        if (Shift == 0) _removed = _spectrum.Project(_target);
        _kernels.RightHandSide(_forth, _gram.HasRows, default, _eta, _target, _right, _gram.Stack);
        _spectrum.Solve(_right);
        Finish(at, byFactor: false);
        _numbers.CopyTo(_host);
        return SolveExit.None;
    }

    private void Refine(in GramUnknowns<T> at)
    {
        _kernels.Scale(-_eta, _miss, _correction);
        if (_spectrum is not null) _spectrum.Solve(_correction);
        else _kernels.Solve(S, _correction);
        Pull(at, _correction, isCorrection: true);
        _device.Vectors.Axpy(-1 / _eta, _pull, at.Step);
        _device.Vectors.Dot(at.Step, at.Step, _numbers.Slice((int)DualNumber.Step, 1));
        Check(at, default, sumsStep: false);
        _numbers.CopyTo(_host);
    }

    /// <summary>Undoes a correction that did not help; its pull is still there.</summary>
    private void TakeBack(in GramUnknowns<T> at)
    {
        _kernels.Split(_correction, -1, true, _lambda, at.Multipliers, _change, _gram.HasRows, _gram.Stack);
        _device.Vectors.Axpy(1 / _eta, _pull, at.Step);
    }

    /// <summary>Lambda from a solution or with a correction, and A^T of that.</summary>
    private void Pull(in GramUnknowns<T> at, Tensor<double> solution, bool isCorrection)
    {
        _kernels.Split(solution, 1, isCorrection, _lambda, at.Multipliers, _change, _gram.HasRows, _gram.Stack);
        if (_gram.HasRows) _gram.LopStacked(_change, _pull);
        else _constraint.Lop(_change, _pull);
    }

    private void Check(in GramUnknowns<T> at, Tensor<double> factor, bool sumsStep)
    {
        _constraint.Rop(at.Step, _product);
        _kernels.Miss(_target, _product, _lambda, _eta, _miss, factor, factor.IsAbsent ? default : _info, sumsStep, _numbers, _gram.Stack);
    }

    /// <summary>The usual course at some unknowns: two pieces, between which the device's library factors and solves.</summary>
    private sealed class Course : IDisposable
    {
        private readonly GramUnknowns<T> _at;
        private readonly long _memoryVersion;

        public Course(DeviceDual<T> dual, GramUnknowns<T> at)
        {
            (_at, _memoryVersion) = (at, dual._constraint.MemoryVersion);
            var isExact = !dual._gram.SumsInBlocks;
            Form = Record(dual, "gram.form", () => dual.FormSystem(at, isExact));
            Finish = Record(dual, "gram.finish", () => dual.Finish(at, byFactor: true));
        }

        public IRecording Form { get; }

        public IRecording Finish { get; }

        public bool IsAt(in GramUnknowns<T> at, OutputConstraintFunction<T> constraint)
            => at.IsSameMemory(_at) && constraint.MemoryVersion == _memoryVersion;

        public void Dispose()
        {
            Form.Dispose();
            Finish.Dispose();
        }

        private static IRecording Record(DeviceDual<T> dual, string name, Action work)
            => dual._constraint.CanRecord ? dual._device.Record(name, work) : new DirectRecording(work);
    }
}
