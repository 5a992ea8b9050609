namespace PoseEngine.Experiments.Checks;

/// <summary>A function of w that can be moved: what central differences need beside the products.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class FunctionAt<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linearization<T> _linearization;
    private readonly Tensor<T> _x;
    private readonly Action _update;

    private FunctionAt(string name, Linearization<T> linearization, Tensor<T> x, DifferentiableFunction<T> function, Action update)
    {
        (Name, _linearization, _x, Function, _update) = (name, linearization, x, function, update);
    }

    public string Name { get; }

    public DifferentiableFunction<T> Function { get; }

    /// <summary>The functions of a case: the residual of Eq. 14, and the constraints where there are some.</summary>
    public static IEnumerable<FunctionAt<T>> Of(CheckCase check, ComputeDevice<T> device, double[] inputs, double[] targets)
    {
        var network = new Network<T>(device, check.Input, LayerSpec.ParseNetwork(check.Network));
        var x = device.From(Convert(inputs), check.Input.Prepend(check.Batch));
        var linearization = network.CreateLinearization(check.Batch);
        var residual = new Residual<T>(linearization);
        var y = device.From(Convert(targets), linearization.Output.Shape);
        yield return new FunctionAt<T>($"{check.Name}: residual", linearization, x, residual, () => residual.Update(y));
        if (check.Constraints is null) yield break;
        var constraint = new OutputConstraintFunction<T>(linearization, new ConstraintSet<T>(device, check.Constraints));
        var columns = check.Samples is { Columns.Length: > 0 } samples ? device.From(Convert(samples.Columns), new Shape(check.Batch, samples.Columns.Length / check.Batch)) : default;
        yield return new FunctionAt<T>($"{check.Name}: constraints", linearization, x, constraint, () => constraint.Update(columns));
    }

    public static T[] Convert(double[] numbers) => [.. numbers.Select(T.CreateTruncating)];

    /// <summary>Moves to w and returns the value there.</summary>
    public double[] MoveTo(Tensor<T> w)
    {
        _linearization.MoveTo(w, _x);
        _update();
        return [.. Function.Value.ToArray().Select(value => double.CreateTruncating(value))];
    }
}
