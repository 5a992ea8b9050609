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
    private readonly Tensor<T> _before;
    private readonly Tensor<T> _rows;
    private readonly T[] _host;
    private bool _hasMoved;

    /// <summary>Memory for trials of a method.</summary>
    /// <param name="device">Where the vectors are.</param>
    /// <param name="constraint">C.</param>
    /// <param name="parameters">w.</param>
    public StepTrial(ComputeDevice<T> device, ConstraintFunction<T> constraint, Tensor<T> parameters)
    {
        (_device, _constraint, _parameters) = (device, constraint, parameters);
        _memory = new Workspace<T>(device);
        _before = _memory.Zeros(parameters.Count);
        _rows = _memory.Zeros(constraint.RowCount);
        _host = new T[constraint.RowCount];
    }

    /// <summary>A step begins: there is nothing to take back.</summary>
    public void Begin() => _hasMoved = false;

    /// <summary>C + A dw; part of a recording.</summary>
    public void Promise(Tensor<T> step)
    {
        _constraint.Rop(step, _rows);
        _device.Vectors.Axpy(1, _constraint.Value, _rows);
    }

    /// <summary>Keeps w, which is about to move.</summary>
    public void Keep()
    {
        _device.Vectors.Copy(_parameters, _before);
        _hasMoved = true;
    }

    /// <summary>w as <see cref="Keep"/> found it, to the bit, if it has moved since <see cref="Begin"/>.</summary>
    public void TakeBack()
    {
        if (_hasMoved) _device.Vectors.Copy(_before, _parameters);
        _hasMoved = false;
    }

    /// <summary>C where the constraint is.</summary>
    public double[] Rows() => Read(_constraint.Value);

    /// <summary>What <see cref="Promise"/> left.</summary>
    public double[] PromisedRows() => Read(_rows);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();

    private double[] Read(Tensor<T> rows)
    {
        rows.CopyTo(_host);
        return Array.ConvertAll(_host, double.CreateTruncating);
    }
}

/// <summary>
/// R and C before a step, as its linearization promises them, and behind it, with the merit by which it is judged: the function
/// of which the step is one. For d = 0 that is the exact penalty R + mu ||C||_1 with mu = 2 max |Lambda| (Fletcher 1987; above
/// max |Lambda| the step descends); damped it is the soft objective R + ||C||^2 / (2 d), whose Gauss-Newton step it is.
/// </summary>
/// <param name="Mu">mu.</param>
/// <param name="Damping">d.</param>
/// <param name="RiskBefore">R(w).</param>
/// <param name="RiskPromised">What the method's model promises of R; NaN where it has none.</param>
/// <param name="RiskAfter">R(w + dw); NaN where nobody asks.</param>
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
