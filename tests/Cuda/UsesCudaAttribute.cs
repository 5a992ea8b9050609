namespace PoseEngine.Tests.Cuda;

/// <summary>Of a fixture that uses CUDA in this process without saying so by an argument: see <see cref="CudaLane"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class UsesCudaAttribute : Attribute;
