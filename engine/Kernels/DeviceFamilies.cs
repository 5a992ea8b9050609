using System.Collections.Concurrent;
using System.Numerics;

namespace PoseEngine.Kernels;

/// <summary>
/// Families of operators beyond the engine's own: one study's kernels, a user's. Whoever has an implementation registers
/// it beside its code, for instance in the static constructor of the class that calls the operators, and
/// <see cref="ComputeDevice{T}.Family{TFamily}"/> finds it on every device.
/// </summary>
public static class DeviceFamilies
{
    private static readonly ConcurrentDictionary<Type, Delegate[]> Factories = new();

    /// <summary>Registers an implementation of a family; any thread may.</summary>
    /// <typeparam name="T">The number type of the devices.</typeparam>
    /// <typeparam name="TFamily">The interface of the family, such as <c>IExampleKernels&lt;T&gt;</c>.</typeparam>
    /// <param name="create">
    /// Makes the implementation for a device, or gives null where it is none for that kind of device. Called once a device;
    /// what it made is disposed of with the device if it is <see cref="IDisposable"/>. The newest registration that makes
    /// one wins, also over what the device itself offers. Devices keep what they have made before.
    /// </param>
    public static void Register<T, TFamily>(Func<ComputeDevice<T>, TFamily?> create)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFamily : class
        => Factories.AddOrUpdate(typeof(Func<ComputeDevice<T>, TFamily?>), [create], (_, before) => [create, .. before]);

    /// <summary>What the newest registration for that device makes, or null.</summary>
    internal static TFamily? Create<T, TFamily>(ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFamily : class
    {
        if (!Factories.TryGetValue(typeof(Func<ComputeDevice<T>, TFamily?>), out var factories)) return null;
        return factories.Cast<Func<ComputeDevice<T>, TFamily?>>().Select(create => create(device)).FirstOrDefault(family => family is not null);
    }
}
