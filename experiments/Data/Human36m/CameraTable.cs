namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The four cameras of the studio as surveyed for each of the seven subjects: facts of the data set. Lens distortion moves a body
/// by less than a pixel and is left out.</summary>
public static class CameraTable
{
    /// <summary>Focal lengths and principal points in pixels, cameras 1 to 4.</summary>
    private static readonly (Vec3 Focal, Vec3 Principal)[] Lenses =
    [
        (new(1145.0494384765625, 1143.7811279296875, 0), new(512.54150390625, 515.4514770507812, 0)),
        (new(1149.6756591796875, 1147.5916748046875, 0), new(508.8486328125, 508.0649108886719, 0)),
        (new(1149.1407470703125, 1148.7989501953125, 0), new(519.8158569335938, 501.40264892578125, 0)),
        (new(1145.5113525390625, 1144.77392578125, 0), new(514.9682006835938, 501.88201904296875, 0)),
    ];

    /// <summary>Cameras 1 to 4 of each subject: the quaternion (w, x, y, z) turns camera axes into the world (z up), the centre is in
    /// millimetres of the world.</summary>
    private static readonly double[][] Places =
    [
        .. EmbeddedText.Get("cameras.csv").Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..]
            .Select(row => row.Split(',')[1..].Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray()),
    ];

    public static IReadOnlyList<string> Ids { get; } = ["54138969", "55011271", "58860488", "60457274"];
    public static IReadOnlyList<int> Numbers { get; } = [1, 2, 3, 4];
    public static string Id(int number) => Ids[number - 1];

    /// <summary>The number (1 to 4) of an id; null for other texts.</summary>
    public static int? Number(string id) => Numbers.Cast<int?>().FirstOrDefault(number => Id(number!.Value) == id);

    /// <summary>Camera 1 to 4 as it stood for subject 1, 5, 6, 7, 8, 9 or 11.</summary>
    public static Camera For(int subject, int camera)
    {
        var at = Places[(SubjectName.IndexOf(subject) * Ids.Count) + camera - 1];
        var (focal, principal) = Lenses[camera - 1];
        return Camera.FromQuaternion(camera, (at[0], at[1], at[2], at[3]), new(at[4], at[5], at[6]), focal, principal);
    }
}
