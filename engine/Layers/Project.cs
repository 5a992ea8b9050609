using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// The projection onto the constraints of the network's outputs, sample by sample (<see cref="Projection{T}"/>):
/// <code>
/// forward  y = P(x, columns)
/// R-op     dy = dP/dx dx
/// L-op     ux = dP/dx u      (dP/dx is symmetric)
/// </code>
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="name">Unique in the network, such as "project1".</param>
/// <param name="input">Extents of one sample.</param>
/// <param name="constraints">What it projects onto.</param>
public sealed class Project<T>(string name, Shape input, ConstraintTexts constraints) : Layer<T>(name, input, input)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override LayerLinearization<T> CreateLinearization(ComputeDevice<T> device, int batch)
        => new At(new Projection<T>(device, constraints, batch));

    private sealed class At(Projection<T> projection) : LayerLinearization<T>
    {
        public override Tensor<T> Columns { get; set; }

        public override ProjectionReport? Projected => projection.Report();

        public override void Forward(Tensor<T> x, Tensor<T> w, Tensor<T> y) => projection.Project(x, Columns, y);

        public override void Rop(Tensor<T> dx, Tensor<T> dw, Tensor<T> dy) => projection.Product(dx, dy);

        public override void Lop(Tensor<T> u, Tensor<T> ux, Tensor<T> uw) => projection.Product(u, ux);

        protected override void Dispose(bool disposing)
        {
            projection.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>
/// <c>project</c>: the projection onto the constraints that the network is built with. The text does not hold them; model files
/// keep them beside it.
/// </summary>
/// <param name="Constraints">What it projects onto; null as long as only the text was read.</param>
public sealed record ProjectSpec(ConstraintTexts? Constraints = null) : LayerSpec
{
    /// <inheritdoc/>
    public override string Kind => "project";

    internal static LayerWord Word { get; } = new("project", "project", text => text.Length == 0 ? new ProjectSpec() : null);

    /// <inheritdoc/>
    public override LayerSpec On(ConstraintTexts constraints) => new ProjectSpec(constraints);

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input)
    {
        if (Constraints is null) throw new ArgumentException($"{name}: there are no constraints to project onto; build the network with some");
        Guard.Equal(input.Count, Constraints.Variables.Outputs, $"{name}: the numbers that constraints are about");
        return new Project<T>(name, input, Constraints);
    }

    /// <inheritdoc/>
    public override string OnnxReason
        => "each sample takes as many rounds as it needs, in float64; export the network without it, and project what it computes";

    /// <inheritdoc/>
    public override string ToString() => Kind;
}
