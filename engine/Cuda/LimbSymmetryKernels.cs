using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// <see cref="ILimbSymmetryKernels{T}"/> on CUDA, see <c>kernels/limb_symmetry.cu</c>. The table of joints lives on the
/// device and is not read here: a joint that the outputs do not hold gives rows of NaN.
/// </summary>
internal sealed class LimbSymmetryKernels<T>(CudaContext context) : ILimbSymmetryKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Threads = 128;

    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("limb_symmetry.cu");

    public void Forward(Tensor<int> joints, Tensor<T> y, Tensor<T> c)
    {
        CheckRows(joints, y, c);
        var arguments = new KernelArguments();
        arguments.Add(joints.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(c.DevicePointer());
        Launch("limb_symmetry_forward", c.Count, joints, y, arguments);
    }

    public void Rop(Tensor<int> joints, Tensor<T> y, Tensor<T> dy, Tensor<T> dc)
    {
        CheckRows(joints, y, dc);
        Guard.Equal(dy.Count, y.Count, "the direction of the outputs");
        Product("limb_symmetry_rop", joints, y, dy, dc);
    }

    public void Lop(Tensor<int> joints, Tensor<T> y, Tensor<T> u, Tensor<T> uy)
    {
        CheckRows(joints, y, u);
        Guard.Equal(uy.Count, y.Count, "the adjoint of the outputs");
        Product("limb_symmetry_lop", joints, y, u, uy);
    }

    private static void CheckRows(Tensor<int> joints, Tensor<T> y, Tensor<T> c)
    {
        Guard.Equal(joints.Shape[1], 4, "a constraint's joints");
        Guard.Equal(c.Count, (long)y.Shape[0] * joints.Shape[0], "limb symmetry rows");
    }

    /// <summary>A product with the Jacobian at y or its transpose: a thread for each number of the result.</summary>
    private void Product(string kernel, Tensor<int> joints, Tensor<T> y, Tensor<T> vector, Tensor<T> result)
    {
        var arguments = new KernelArguments();
        arguments.Add(joints.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(vector.DevicePointer());
        arguments.Add(result.DevicePointer());
        Launch(kernel, result.Count, joints, y, arguments);
    }

    private void Launch(string kernel, int threads, Tensor<int> joints, Tensor<T> y, scoped in KernelArguments begun)
    {
        var samples = y.Shape[0];
        var arguments = begun;
        arguments.Add(samples);
        arguments.Add(y.Count / Math.Max(samples, 1));
        arguments.Add(joints.Shape[0]);
        Module[kernel].Launch(LaunchShape.Linear(threads, Threads), arguments);
    }
}
