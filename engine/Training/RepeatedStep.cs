using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// The first step of a method, again and again, to be measured: a path of steps would measure another system each time.
/// Before each one the parameters, the method's state and the count of its steps are those before the first.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class RepeatedStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostPreparations = 10_000;

    private readonly TrainingMethod<T> _method;
    private readonly Tensor<T> _start;
    private readonly Batch<T> _minibatch;
    private readonly Batch<T> _active;
    private readonly (Tensor<T> Vector, Tensor<T> Saved)[] _state;
    private bool _isPrepared;
    private long _iteration;

    /// <summary>A method's step from given parameters.</summary>
    /// <param name="method">The method, which stays the caller's; it has taken no step, and nobody else takes one.</param>
    /// <param name="start">w [N_P] before each step, in other memory than the method's own w; it is not copied.</param>
    /// <param name="minibatch">The labelled samples of each step.</param>
    /// <param name="active">The samples under constraints, as many as the method wants.</param>
    /// <exception cref="ArgumentException">w has another length than the method's parameters.</exception>
    public RepeatedStep(TrainingMethod<T> method, Tensor<T> start, Batch<T> minibatch, Batch<T> active)
    {
        Guard.Equal(start.Count, method.Parameters.Count, "the parameters before a repeated step");
        (_method, _start, _minibatch, _active) = (method, start, minibatch, active);
        _state = [.. method.State.Select(s => (s.Vector, method.Device.Zeros(s.Vector.Count)))];
    }

    /// <summary>
    /// Takes the step. A hard method may begin with steps that solve nothing, in which it gathers what it needs: the first
    /// call takes them too, so it must not be measured.
    /// </summary>
    public StepReport Take()
    {
        if (_isPrepared) return Once();
        _isPrepared = true;
        for (var i = 1; ; i++)
        {
            Save();
            var report = Once();
            if (_method is not HardMethod<T> || report.Solve is not null || i == MostPreparations) return report;
        }
    }

    private void Save()
    {
        foreach (var (vector, saved) in _state) _method.Device.Vectors.Copy(vector, saved);
        _iteration = _method.Iteration;
    }

    private StepReport Once()
    {
        var vectors = _method.Device.Vectors;
        vectors.Copy(_start, _method.Parameters);
        foreach (var (vector, saved) in _state) vectors.Copy(saved, vector);
        _method.ResumeAt(_iteration);
        return _method.Step(_minibatch, _active);
    }
}
