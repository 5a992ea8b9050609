using System.Globalization;
using System.Numerics;
using PoseEngine.Models;
using PoseEngine.Tensors;

namespace PoseEngine.Experiments.Spheres;

/// <summary>
/// A course on disk: where its runs are and what was observed. Vectors and active sets come from the seed again, so that a
/// resumed course goes on to the same bits.
/// </summary>
internal static class CourseCheckpoint
{
    private const string Points = "w";
    private const string Iteration = "iteration";
    private const string Seconds = "seconds";

    /// <summary>Writes the checkpoint, whole or not at all.</summary>
    /// <param name="course">The course.</param>
    /// <param name="seconds">What its steps have taken so far.</param>
    /// <param name="path">The file.</param>
    public static void Save<T>(SphereCourse<T> course, double seconds, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var file = new SafeTensorsFile();
        file.Metadata[Iteration] = course.Iteration.ToString(CultureInfo.InvariantCulture);
        file.Metadata[Seconds] = seconds.ToString("R", CultureInfo.InvariantCulture);
        file.Add<T>(Points, course.Points.ToArray(), course.Points.Shape[0], course.Points.Shape[1]);
        foreach (var (name, values) in Curves(course)) file.Add<double>(name, values, values.Length);
        file.Save(path);
    }

    /// <summary>Puts a saved state into a course of the same settings and returns the seconds that its steps have taken.</summary>
    /// <exception cref="ModelFileException">The file is damaged, or of another course.</exception>
    public static double Restore<T>(SphereCourse<T> course, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var file = SafeTensorsFile.Load(path);
        var steps = course.Curves[0].Change.Length;
        if (!int.TryParse(file.Metadata.GetValueOrDefault(Iteration), NumberStyles.None, CultureInfo.InvariantCulture, out var iteration)
            || iteration > steps)
        {
            throw new ModelFileException($"{path}: iteration \"{file.Metadata.GetValueOrDefault(Iteration)}\" is not one of {steps}; start anew with --overwrite");
        }
        if (!double.TryParse(file.Metadata.GetValueOrDefault(Seconds), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || !(seconds >= 0 && double.IsFinite(seconds)))
        {
            throw new ModelFileException($"{path}: seconds \"{file.Metadata.GetValueOrDefault(Seconds)}\" are not a time; start anew with --overwrite");
        }
        course.Points.CopyFrom(Read<T>(file, path, Points, course.Points.Count));
        foreach (var (name, values) in Curves(course)) Read<double>(file, path, name, values.Length).CopyTo(values, 0);
        course.ResumeAt(iteration);
        return seconds;
    }

    private static IEnumerable<(string Name, double[] Values)> Curves<T>(SphereCourse<T> course)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => course.Curves.SelectMany(c => c.All, (c, curve) => ($"{c.Reading.Name}.{c.Method}.{curve.Name}", curve.Values));

    private static TElement[] Read<TElement>(SafeTensorsFile file, string path, string name, int count)
        where TElement : unmanaged
    {
        if (!file.Tensors.TryGetValue(name, out var tensor))
        {
            throw new ModelFileException($"{path}: tensor {name} is missing; start anew with --overwrite");
        }
        var values = tensor.As<TElement>().ToArray();
        return values.Length == count
            ? values
            : throw new ModelFileException($"{path}: tensor {name} holds {values.Length} numbers, expected {count}; start anew with --overwrite");
    }
}
