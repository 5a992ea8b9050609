using System.Numerics;
using System.Runtime.InteropServices;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// <see cref="IProjectionKernels{T}"/> on the CPU: Newton rounds run in vectors over samples, see <see cref="ProjectionLanes"/>;
/// a sample whose W is not positive definite, or that no step brings on, takes <see cref="DenseProjection"/>, and so does
/// every sample where a round would be too long a program.
/// </summary>
internal sealed class ProjectionKernels<T>(CpuContext context) : IProjectionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ICompiledProjection<T> Compile(ProjectionProgram program) => new CpuProjection<T>(context, program);
}

/// <summary>A projection on the CPU.</summary>
internal sealed unsafe class CpuProjection<T> : ICompiledProjection<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Samples of one part: a few microseconds each, so that a part is worth waking a thread for.</summary>
    private const int SamplesPerPart = 64;

    private readonly CpuContext _context;
    private readonly ProjectionProgram _program;
    private readonly ProjectionPlan? _plan;
    private readonly DenseProjection?[] _dense;

    public CpuProjection(CpuContext context, ProjectionProgram program)
    {
        (_context, _program) = (context, program);
        _plan = program.Newton is null ? null : new ProjectionPlan(program);
        _dense = new DenseProjection?[context.Pool.ThreadCount];
    }

    public void Project(Tensor<T> target, Tensor<T> columns, in ProjectedSamples samples, Tensor<T> y)
    {
        if (!columns.IsAbsent && !samples.Columns.IsAbsent) Widen(columns, samples.Columns);
        Run(new Samples(samples, _program, target.Pointer(), y.Pointer()), isProduct: false);
    }

    public void Product(in ProjectedSamples samples, Tensor<T> v, Tensor<T> result)
        => Run(new Samples(samples, _program, v.Pointer(), result.Pointer()), isProduct: true);

    /// <summary>Two rows of outputs, up to a boundary of vectors.</summary>
    private int RowsSize => ((2 * _program.Outputs) + 15) / 16 * 16;

    /// <summary>The dense way of the thread that asks.</summary>
    internal DenseProjection Dense => _dense[WorkerPool.CurrentSlot] ??= new DenseProjection(_program.CreateRows());

    private static void Widen(Tensor<T> from, Tensor<double> to)
    {
        T* source = from.Pointer();
        double* target = to.Pointer();
        for (var i = 0; i < to.Count; i++) target[i] = double.CreateTruncating(source[i]);
    }

    private void Run(Samples samples, bool isProduct)
    {
        var scratch = _context.ThreadScratch<double>(ScratchArea.ProjectionLanes, RowsSize + (_plan?.ScratchSize ?? 0));
        var self = GCHandle.Alloc(this);
        try
        {
            _context.Pool.Run(new Work(GCHandle.ToIntPtr(self), samples, scratch, isProduct), (samples.Count + SamplesPerPart - 1) / SamplesPerPart);
        }
        finally
        {
            self.Free();
        }
    }

    private void Part(in Samples samples, int first, int end, double* scratch, bool isProduct)
    {
        var rows = new Span<double>(scratch, RowsSize);
        if (_plan is null)
        {
            for (var k = first; k < end; k++) OneByOne(samples, k, rows, isProduct);
            return;
        }
        var lanes = new ProjectionLanes(_plan, scratch + RowsSize, _context.UseSimd);
        if (isProduct) Products(lanes, samples, first, end, rows);
        else Course(lanes, samples, first, end);
    }

    /// <summary>Keeps all lanes busy: one that has ended takes the next sample.</summary>
    private void Course(ProjectionLanes lanes, in Samples samples, int first, int end)
    {
        var (next, busy) = (first, 0);
        Span<int> own = stackalloc int[ProjectionLanes.Count];
        own.Fill(-1);
        do
        {
            for (var lane = 0; lane < own.Length; lane++)
            {
                while (own[lane] < 0 && next < end)
                {
                    var k = next++;
                    if (!samples.Begin(k)) continue;
                    lanes.Load(lane, samples.Point(k), samples.Column(k));
                    own[lane] = k;
                    busy++;
                }
            }
            lanes.Round();
            for (var lane = 0; lane < own.Length; lane++)
            {
                if (own[lane] < 0 || !lanes.HasEnded(lane, out var exit, out var rounds)) continue;
                var k = own[lane];
                if (exit is { } found) lanes.Unload(lane, samples.Point(k), samples.Multipliers(k));
                else (found, rounds) = Thorough(samples, k, rounds);
                samples.End(k, found, rounds);
                own[lane] = -1;
                busy--;
            }
        }
        while (busy > 0 || next < end);
    }

    /// <summary>The dense way from yhat, for a sample that vectors gave up.</summary>
    private (ProjectionExit Exit, int Rounds) Thorough(in Samples samples, int k, int before)
    {
        var point = samples.Point(k);
        Span<double> target = new double[point.Length];
        samples.Read(k, target);
        var (exit, rounds) = Dense.Project(target, samples.Column(k), point, samples.Multipliers(k));
        return (exit, before + rounds);
    }

    private void Products(ProjectionLanes lanes, in Samples samples, int first, int end, Span<double> scratch)
    {
        var direction = scratch[.._program.Outputs];
        var result = scratch.Slice(_program.Outputs, _program.Outputs);
        for (; first < end; first += ProjectionLanes.Count)
        {
            var count = Math.Min(ProjectionLanes.Count, end - first);
            for (var lane = 0; lane < count; lane++)
            {
                samples.Read(first + lane, direction);
                lanes.LoadProduct(lane, samples.Point(first + lane), samples.Column(first + lane), samples.Multipliers(first + lane), direction);
            }
            lanes.Multiply(count);
            for (var lane = 0; lane < count; lane++)
            {
                var k = first + lane;
                samples.Read(k, direction);
                if (samples.IsFinite(k) && !lanes.UnloadProduct(lane, direction))
                {
                    Dense.Product(samples.Point(k), samples.Column(k), samples.Multipliers(k), direction, result);
                    result.CopyTo(direction);
                }
                samples.WriteProduct(k, direction);
            }
        }
    }

    private void OneByOne(in Samples samples, int k, Span<double> scratch, bool isProduct)
    {
        var given = scratch[.._program.Outputs];
        var result = scratch.Slice(_program.Outputs, _program.Outputs);
        samples.Read(k, given);
        if (!isProduct)
        {
            var (exit, rounds) = Dense.Project(given, samples.Column(k), samples.Point(k), samples.Multipliers(k));
            samples.End(k, exit, rounds);
            return;
        }
        if (samples.IsFinite(k)) Dense.Product(samples.Point(k), samples.Column(k), samples.Multipliers(k), given, result);
        samples.WriteProduct(k, result);
    }

    /// <summary>The rows of the tensors of one call.</summary>
    private readonly struct Samples(in ProjectedSamples samples, ProjectionProgram program, T* given, T* result)
    {
        private readonly double* _points = samples.Points.Pointer(), _columns = samples.Columns.PointerOrNull(), _multipliers = samples.Multipliers.Pointer();
        private readonly int* _exits = samples.Exits.Pointer(), _rounds = samples.Rounds.Pointer();
        private readonly int _outputs = program.Outputs, _width = program.Columns, _rows = program.IsAtMost.Count;
        private readonly T* _given = given, _result = result;

        public int Count { get; } = samples.Count;

        public Span<double> Point(int k) => new(_points + ((long)k * _outputs), _outputs);

        public ReadOnlySpan<double> Column(int k) => _columns is null ? default : new(_columns + ((long)k * _width), _width);

        public Span<double> Multipliers(int k) => new(_multipliers + ((long)k * _rows), _rows);

        public bool IsFinite(int k) => _exits[k] != (int)ProjectionExit.NotFinite;

        public void Read(int k, Span<double> into)
        {
            for (var i = 0; i < _outputs; i++) into[i] = double.CreateTruncating(_given[((long)k * _outputs) + i]);
        }

        /// <summary>Puts yhat where the point will be; false where it is no number, and the sample is done.</summary>
        public bool Begin(int k)
        {
            Read(k, Point(k));
            Multipliers(k).Clear();
            foreach (var value in Point(k))
            {
                if (double.IsFinite(value)) continue;
                End(k, ProjectionExit.NotFinite, 0);
                return false;
            }
            return true;
        }

        public void End(int k, ProjectionExit exit, int rounds)
        {
            (_exits[k], _rounds[k]) = ((int)exit, rounds);
            var point = Point(k);
            for (var i = 0; i < _outputs; i++) _result[((long)k * _outputs) + i] = T.CreateTruncating(point[i]);
        }

        public void WriteProduct(int k, ReadOnlySpan<double> values)
        {
            for (var i = 0; i < _outputs; i++) _result[((long)k * _outputs) + i] = IsFinite(k) ? T.CreateTruncating(values[i]) : T.NaN;
        }
    }

    private readonly struct Work(nint self, Samples samples, ThreadScratch<double> scratch, bool isProduct) : IParts
    {
        public void Run(int part)
        {
            var first = part * SamplesPerPart;
            ((CpuProjection<T>)GCHandle.FromIntPtr(self).Target!).Part(samples, first, Math.Min(first + SamplesPerPart, samples.Count), scratch.Here, isProduct);
        }
    }
}
