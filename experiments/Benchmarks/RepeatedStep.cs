namespace PoseEngine.Experiments.Benchmarks;

/// <summary>
/// The first step of a method, again and again: a path of steps would measure another system each time. Before each one the
/// parameters, the method's state and the count of its steps are those before the first.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class RepeatedStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostPreparations = 10_000;

    private readonly TrainingMethod<T> _method;
    private readonly Tensor<T> _start;
    private readonly Batch<T> _minibatch;
    private readonly Batch<T> _active;
    private readonly (Tensor<T> Vector, Tensor<T> Saved)[] _state;
    private readonly bool _prepares;
    private bool _isPrepared;
    private long _iteration;

    /// <summary>A method's step from given parameters.</summary>
    /// <param name="settings">The method.</param>
    /// <param name="parts">The problem on the device.</param>
    /// <param name="start">w [N_P] before each step.</param>
    /// <param name="minibatch">The labelled samples.</param>
    /// <param name="active">The samples under constraints; their number must be that of the settings.</param>
    public RepeatedStep(MethodSettings settings, ProblemParts<T> parts, Tensor<T> start, Batch<T> minibatch, Batch<T> active)
    {
        (_start, _minibatch, _active) = (start, minibatch, active);
        _prepares = settings.IsHard;
        _method = parts.Method(settings, parts.Network.Device.Zeros(start.Count), minibatch.Count);
        _state = [.. _method.State.Select(s => (s.Vector, parts.Network.Device.Zeros(s.Vector.Count)))];
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
            if (!_prepares || report.Solve is not null || i == MostPreparations) return report;
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
