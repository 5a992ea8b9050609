using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>The dual system with S, its factors and all vectors of constraint rows on the host.</summary>
/// <typeparam name="T">The number type of the vectors; S and its factors are float64.</typeparam>
internal sealed class HostDual<T> : GramDual<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly DifferentiableFunction<T> _constraint;
    private readonly GramSystem<T> _system;
    private readonly double _eta;
    private readonly Tensor<T> _rows;
    private readonly Tensor<T> _pull;
    private double[] _b2 = [];
    private double _norm;

    /// <summary>Memory for the systems of a constraint function.</summary>
    public HostDual(ComputeDevice<T> device, DifferentiableFunction<T> constraint, double eta)
    {
        (_device, _constraint, _eta) = (device, constraint, eta);
        _system = new GramSystem<T>(device, constraint);
        _rows = device.Zeros(constraint.RowCount);
        _pull = device.Zeros(constraint.ParameterCount);
    }

    /// <inheritdoc/>
    public override bool IsExact => _system.IsExact;

    /// <inheritdoc/>
    public override double Trace => _system.Trace;

    /// <inheritdoc/>
    public override double Shift => _system.Shift;

    /// <inheritdoc/>
    public override double Largest => _system.Factor.Largest;

    /// <inheritdoc/>
    public override GramRank Rank => _system.Factor.Rank;

    /// <inheritdoc/>
    public override double RightHandSideNorm => _norm;

    /// <inheritdoc/>
    public override SolveExit Form(in GramUnknowns<T> at, double delta, bool isExact, ReadOnlySpan<double> ahead, CancellationToken cancellation)
    {
        _b2 = HostVectors.Read(at.B2);
        _norm = double.Hypot(_device.Vectors.Norm(at.B1), HostVectors.Norm(_b2));
        return double.IsFinite(_norm) ? _system.Form(delta, isExact, cancellation) : SolveExit.NotFinite;
    }

    /// <inheritdoc/>
    public override GramCourse Take(in GramUnknowns<T> at, CancellationToken cancellation)
    {
        var target = _system.Factor.Project(_b2);
        var lambda = _system.Factor.Solve(HostVectors.Combine(1, _system.RowProducts?.Rop(at.B1) ?? Rop(at.B1), -_eta, target));
        Pull(lambda, at.Multipliers);
        _device.Vectors.Combine(1 / _eta, at.B1, -1 / _eta, _pull, at.Step);
        var miss = Miss(target, at.Step, lambda);
        var length = _device.Vectors.Norm(at.Step);
        var error = BackwardError(miss, length, lambda, target);
        var refinements = 0;
        while (refinements < MostRefinements && !cancellation.IsCancellationRequested && error > Tolerance)
        {
            refinements++;
            var correction = _system.Factor.Solve(HostVectors.Combine(-_eta, miss, 0, miss));
            HostVectors.AddScaled(lambda, 1, correction);
            Pull(correction, at.Multipliers);
            _device.Vectors.Axpy(-1 / _eta, _pull, at.Step);
            var better = Miss(target, at.Step, lambda);
            if (!(HostVectors.Norm(better) < HostVectors.Norm(miss)))
            {
                HostVectors.AddScaled(lambda, -1, correction);
                _device.Vectors.Axpy(1 / _eta, _pull, at.Step);
                break;
            }
            miss = better;
            length = _device.Vectors.Norm(at.Step);
            error = BackwardError(miss, length, lambda, target);
        }
        HostVectors.Write(lambda, at.Multipliers);
        var removed = HostVectors.Combine(1, _b2, -1, target);
        var residual = HostVectors.Norm(HostVectors.Combine(1, miss, 1, removed));
        return new GramCourse(HostVectors.Norm(target), HostVectors.Norm(removed), residual, HostVectors.Norm(lambda), length, error, refinements > 0);
    }

    /// <inheritdoc/>
    /// <remarks>Unless a refinement has changed Lambda, the scratch vector holds A^T Lambda.</remarks>
    public override double TrueResidual(in GramUnknowns<T> at, GramCourse course)
    {
        if (course.IsRefined) _constraint.Lop(at.Multipliers, _pull);
        return TrueResidual(_device, at, _eta, _pull, course);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _system.Dispose();
        _rows.Storage.Dispose();
        _pull.Storage.Dispose();
    }

    /// <summary>A^T Lambda, which stays in the scratch vector.</summary>
    private void Pull(double[] lambda, Tensor<T> multipliers)
    {
        if (_system.RowProducts is { } rows)
        {
            rows.Lop(lambda, _pull);
            return;
        }
        HostVectors.Write(lambda, multipliers);
        _constraint.Lop(multipliers, _pull);
    }

    /// <summary>A v by the function's own R-op.</summary>
    private double[] Rop(Tensor<T> v)
    {
        _constraint.Rop(v, _rows);
        return HostVectors.Read(_rows);
    }

    /// <summary>P b2 - A dw + d Lambda.</summary>
    private double[] Miss(double[] target, Tensor<T> dw, double[] lambda)
    {
        var miss = HostVectors.Combine(1, target, -1, Rop(dw));
        if (_system.Shift > 0) HostVectors.AddScaled(miss, _system.Shift / _eta, lambda);
        return miss;
    }

    private double BackwardError(double[] miss, double length, double[] lambda, double[] target)
        => GramCourse.BackwardErrorOf(HostVectors.Norm(miss), Trace, length, Shift / _eta, HostVectors.Norm(lambda), HostVectors.Norm(target));
}
