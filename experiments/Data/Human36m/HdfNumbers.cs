using PureHDF;
using PureHDF.VOL.Native;

namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Reads tables of numbers out of an HDF5 file, of float32, float64 or whole numbers, as float64 in C order.</summary>
internal sealed class HdfNumbers(string path, NativeFile file) : IDisposable
{
    // Five times what the longest recording of the data set has.
    private const long MaximumNumbers = 20_000_000;

    public static HdfNumbers Open(string path)
    {
        if (!File.Exists(path)) throw new UserErrorException($"{path}: no such file");
        return Guarded(path, () => new HdfNumbers(path, H5File.OpenRead(path)));
    }

    public bool Contains(string name) => Guarded(path, () =>
    {
        IH5Group group = file;
        var parts = name.Split('/');
        foreach (var part in parts[..^1])
        {
            if (!group.LinkExists(part)) return false;
            group = group.Group(part);
        }
        return group.LinkExists(parts[^1]);
    });

    public (long[] Shape, double[] Values) Read(string name)
    {
        if (!Contains(name)) throw new UserErrorException($"{path}: the table {name} is missing: process the data again");
        return Guarded(path, () =>
        {
            var table = file.Dataset(name);
            long[] shape = [.. table.Space.Dimensions.Select(extent => checked((long)extent))];
            long count = 1;
            foreach (var extent in shape)
            {
                count = extent == 0 ? 0 : extent > MaximumNumbers ? long.MaxValue / 2 : count * extent;
                if (count > MaximumNumbers)
                    throw new UserErrorException($"{path}: the table {name} claims {string.Join(" x ", shape)} numbers, the limit is {MaximumNumbers} in all: is this an annotation file?");
            }
            return (shape, Values(table, name, (int)count));
        });
    }

    public void Dispose() => file.Dispose();

    private double[] Values(IH5Dataset table, string name, int count)
    {
        double[] values = (table.Type.Class, table.Type.Size) switch
        {
            (H5DataTypeClass.FloatingPoint, 8) => table.Read<double[]>(),
            (H5DataTypeClass.FloatingPoint, 4) => [.. table.Read<float[]>().Select(v => (double)v)],
            (H5DataTypeClass.FixedPoint, 8) => [.. table.Read<long[]>().Select(v => (double)v)],
            (H5DataTypeClass.FixedPoint, 4) => [.. table.Read<int[]>().Select(v => (double)v)],
            var (kind, size) => throw new UserErrorException($"{path}: the table {name} holds {kind} of {size} bytes, expected numbers of 4 or 8 bytes"),
        };
        return values.Length == count ? values : throw new UserErrorException($"{path}: the table {name} has {values.Length} numbers where its shape says {count}: process the data again");
    }

    // Whatever the library throws at hostile bytes means the same.
    private static TResult Guarded<TResult>(string path, Func<TResult> read) => Attempt.When(
        read, error => error is not (UserErrorException or OutOfMemoryException),
        error => new UserErrorException($"{path} cannot be read as HDF5 ({error.Message.Split('\n')[0].TrimEnd('.', '\r')}): copy or process it again", error));
}
