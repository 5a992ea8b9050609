namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The four cameras of the studio, for each of the seven subjects; lens distortion moves a body by less than a pixel and is left out.</summary>
public static class CameraTable
{
    /// <summary>The ids of cameras 1 to 4, in ascending order.</summary>
    public static IReadOnlyList<string> Ids { get; } = ["54138969", "55011271", "58860488", "60457274"];

    /// <summary>The id of camera 1 to 4.</summary>
    public static string Id(int number) => Ids[number - 1];

    /// <summary>The number (1 to 4) of an id; null for other texts.</summary>
    public static int? Number(string id)
    {
        for (var i = 0; i < Ids.Count; i++)
            if (Ids[i] == id) return i + 1;

        return null;
    }

    /// <summary>A camera as it stood for a subject.</summary>
    /// <param name="subject">1, 5, 6, 7, 8, 9 or 11.</param>
    /// <param name="camera">1 to 4.</param>
    public static Camera For(int subject, int camera)
    {
        var (turn, centre) = CameraFigures.Extrinsics[subject][camera - 1];
        var (focal, principal) = CameraFigures.Intrinsics[camera - 1];
        return Camera.FromQuaternion(camera, turn, centre, focal, principal);
    }
}
