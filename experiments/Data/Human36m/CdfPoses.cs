namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The poses of a CDF file of Human3.6M: a variable "Pose" of poses x 96 numbers. The order in which such a table lies in the file
/// has been told wrongly by writers, so the bones are asked: their lengths do not change from frame to frame.</summary>
public static class CdfPoses
{
    private const string Variable = "Pose";
    private const int Numbers = 3 * Joints;

    // A thigh of 443 mm that varies by 1 mm; in a table of the wrong order it varies by more than its length.
    private const double MaximumSpread = 1.0 / 443;

    /// <summary>Joints of a pose in these files.</summary>
    public const int Joints = 32;

    /// <summary>Reads poses x 32 x 3 values.</summary>
    public static double[] Read(string path, ImportLog log)
    {
        var table = CdfFile.Read(path, Variable);
        // Writers put a dimension of 1 before the two, or make each pose a record.
        var shape = table.Dimensions.SkipWhile((extent, d) => extent == 1 && d < table.Dimensions.Length - 2).ToArray();
        if (shape.Length != 2 || (shape[0] != Numbers && shape[1] != Numbers))
        {
            throw new UserErrorException($"{path}: its poses have the shape ({string.Join(", ", table.Dimensions)}), N x {Numbers} was expected "
                + "(a 2D file has N x 64): give the files of D3_Positions");
        }

        var claimed = shape[1] == Numbers ? table.Values : Transposed(table.Values, Numbers, (int)shape[1]);
        if (BonesKeepTheirLength(claimed)) return claimed;
        // The numbers of a pose lie together in the file, or those of a coordinate do; now the opposite is tried.
        var (together, poses) = ((shape[1] == Numbers) == table.RowMajor, claimed.Length / Numbers);
        var other = together ? Transposed(claimed, Numbers, poses) : Transposed(claimed, poses, Numbers);
        if (!BonesKeepTheirLength(other))
        {
            throw new UserErrorException($"{path}: the legs of its poses change their lengths from frame to frame, in whichever order its table is read; "
                + "it holds something else than positions of joints, or is damaged: extract the file again");
        }

        log.Note($"{path}: its table lies in the other order than the file says; the order in which bones keep their lengths was taken");
        return other;
    }

    /// <summary>Rows of a table made its columns.</summary>
    private static double[] Transposed(double[] values, int rows, int columns)
    {
        var turned = new double[values.Length];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++) turned[(column * rows) + row] = values[(row * columns) + column];

        return turned;
    }

    private static bool BonesKeepTheirLength(double[] poses) => Spread(poses, 1, 2) <= MaximumSpread && Spread(poses, 2, 3) <= MaximumSpread;

    /// <summary>The standard deviation of a bone's length over its mean; frames that are not finite are no evidence.</summary>
    private static double Spread(double[] poses, int from, int to)
    {
        double sum = 0, squares = 0;
        var count = 0;
        for (var start = 0; start < poses.Length; start += Numbers)
        {
            var length = Math.Sqrt(Enumerable.Range(0, 3).Sum(axis => Math.Pow(poses[start + (3 * to) + axis] - poses[start + (3 * from) + axis], 2)));
            if (!double.IsFinite(length)) continue;
            (sum, squares, count) = (sum + length, squares + (length * length), count + 1);
        }

        if (count == 0) return 0;
        var mean = sum / count;
        // A bone of no length is none: no table of poses has it.
        return mean > 0 ? Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean))) / mean : double.PositiveInfinity;
    }
}
