using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// A hard step that is looked at behind w + dw: what it promised of the constraints, what they and the risk are there, both on
/// the samples of the step, and the way back.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class StepTrial<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly ConstraintFunction<T> _constraint;
    private readonly Tensor<T> _parameters;
    private readonly Workspace<T> _memory;
    private readonly Tensor<T> _kept;
    private readonly Tensor<T> _before;
    private readonly Tensor<T> _promised;
    private readonly Tensor<T> _after;
    private readonly Tensor<T> _multipliers;
    private readonly Snapshot _read;
    private readonly SnapshotPart<T> _rows;
    private readonly SnapshotPart<double> _promise;
    private readonly SnapshotPart<double> _risk;
    private bool _hasMoved;

    /// <summary>Memory for trials of a method.</summary>
    /// <param name="device">Where the vectors are.</param>
    /// <param name="constraint">C.</param>
    /// <param name="parameters">w.</param>
    /// <param name="scalars">The numbers of the step, among them <see cref="StepScalar.Promise"/> and <see cref="StepScalar.Risk"/>.</param>
    public StepTrial(ComputeDevice<T> device, ConstraintFunction<T> constraint, Tensor<T> parameters, StepScalars scalars)
    {
        (_device, _constraint, _parameters) = (device, constraint, parameters);
        _memory = new Workspace<T>(device);
        _kept = _memory.Zeros(parameters.Count);
        var (count, rows) = (constraint.RowCount, _memory.Zeros(4 * constraint.RowCount));
        (_before, _promised, _after, _multipliers) = (rows.Slice(0, count), rows.Slice(count, count), rows.Slice(2 * count, count), rows.Slice(3 * count, count));
        _read = _memory.Own(device.CreateSnapshot());
        (_rows, _promise, _risk) = (_read.Add(rows), _read.Add(scalars.On(StepScalar.Promise)), _read.Add(scalars.On(StepScalar.Risk)));
    }

    /// <summary>A step begins: there is nothing to take back.</summary>
    public void Begin() => _hasMoved = false;

    /// <summary>C and C + A dw, with the multipliers Lambda that came with dw; part of a recording.</summary>
    public void Promise(Tensor<T> step, Tensor<T> multipliers)
    {
        _device.Vectors.Copy(_constraint.Value, _before);
        _device.Vectors.Copy(multipliers, _multipliers);
        _constraint.Rop(step, _promised);
        _device.Vectors.Axpy(1, _before, _promised);
    }

    /// <summary>C where the step has led; part of a recording.</summary>
    public void Arrive() => _device.Vectors.Copy(_constraint.Value, _after);

    /// <summary>Keeps w, which is about to move.</summary>
    public void Keep()
    {
        _device.Vectors.Copy(_parameters, _kept);
        _hasMoved = true;
    }

    /// <summary>w as <see cref="Keep"/> found it, to the bit, if it has moved since <see cref="Begin"/>.</summary>
    public void TakeBack()
    {
        if (_hasMoved) _device.Vectors.Copy(_kept, _parameters);
        _hasMoved = false;
    }

    /// <summary>Waits for all that was observed.</summary>
    /// <param name="loss">R before the step.</param>
    /// <param name="damping">d of its system.</param>
    public StepOutcome Read(double loss, double damping)
    {
        _read.Read();
        var mu = damping > 0 ? 0 : 2 * Rows(_multipliers).Aggregate(0.0, (greatest, multiplier) => Math.Max(greatest, Math.Abs(multiplier)));
        return new StepOutcome(
            mu, damping, loss, _promise.Numbers[0] / 2, _risk.Numbers[0] / 2, Rows(_before), Rows(_promised), Rows(_after));
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();

    private double[] Rows(Tensor<T> of) => HostVectors.Read(_rows.Numbers.Slice(of.Offset - _before.Offset, of.Count));
}

/// <summary>
/// R and C before a step, as its linearization promises them, and behind it, with the merit by which it is judged: the function
/// of which the step is one. For d = 0 that is the exact penalty R + mu ||C||_1 with mu = 2 max |Lambda| (Fletcher 1987; above
/// max |Lambda| the step descends); damped it is the soft objective R + ||C||^2 / (2 d), whose Gauss-Newton step it is.
/// </summary>
/// <param name="Mu">mu.</param>
/// <param name="Damping">d.</param>
/// <param name="RiskBefore">R(w).</param>
/// <param name="RiskPromised">What the method's model promises of R; 0 where it has none, and then of no use.</param>
/// <param name="RiskAfter">R(w + dw); R(w) where nobody asks.</param>
/// <param name="Before">C(w).</param>
/// <param name="Promised">C(w) + A dw.</param>
/// <param name="After">C(w + dw).</param>
public sealed record StepOutcome(
    double Mu, double Damping, double RiskBefore, double RiskPromised, double RiskAfter, double[] Before, double[] Promised, double[] After)
{
    /// <summary>The merit at w.</summary>
    public double MeritBefore => RiskBefore + Penalty(Before);

    /// <summary>The merit at w + dw.</summary>
    public double MeritAfter => RiskAfter + Penalty(After);

    /// <summary>By how much the linearization promises that the merit falls.</summary>
    public double PromisedGain => MeritBefore - RiskPromised - Penalty(Promised);

    /// <summary>The term of the constraints in the merit.</summary>
    private double Penalty(double[] rows)
    {
        var sum = 0.0;
        if (Damping > 0)
        {
            foreach (var row in rows) sum += row * row;
            return sum / (2 * Damping);
        }
        foreach (var row in rows) sum += Math.Abs(row);
        return Mu * sum;
    }

    /// <summary>Actual by predicted change of ||C||, see <see cref="DampingRule.Ratio"/>.</summary>
    public double? ViolationRatio(double epsilon)
        => DampingRule.Ratio(Norm(Before), Norm(Promised), Norm(After), epsilon);

    private static double Norm(double[] rows) => HostVectors.Norm(rows);
}
