using System.Globalization;
using System.Text;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Writes the files of the layout of JSON annotations.</summary>
internal static class JsonTree
{
    /// <summary>Writes annotations/Human36M_subjectN_joint_3d.json.</summary>
    /// <param name="root">The folder above annotations.</param>
    /// <param name="subject">The number of the subject.</param>
    /// <param name="trials">World poses of 17 or 18 joints, by action, trial and frame.</param>
    public static string WritePoses(string root, int subject, params (int Action, int Trial, (int Frame, Vec3[] Joints)[] Poses)[] trials)
    {
        var actions = trials.GroupBy(trial => trial.Action).Select(action => Pair(action.Key, Object(
            action.Select(trial => Pair(trial.Trial, Object(trial.Poses.Select(pose => Pair(pose.Frame, Joints(pose.Joints)))))))));
        return Write(root, subject, "joint_3d", Object(actions));
    }

    /// <summary>Writes annotations/Human36M_subjectN_camera.json, with t = -R C where nothing else is wanted.</summary>
    public static string WriteCameras(string root, int subject, Func<Camera, Camera>? changed = null, Func<Camera, Vec3>? t = null)
    {
        var cameras = Enumerable.Range(1, 4).Select(number =>
        {
            var camera = (changed ?? (c => c))(CameraTable.For(subject, number));
            var shift = (t ?? (c => -c.DirectionToCamera(c.Centre)))(camera);
            return Pair(number, Object([
                $"\"R\": [{Point(camera.Right)}, {Point(camera.Down)}, {Point(camera.Forward)}]", $"\"t\": {Point(shift)}",
                $"\"f\": {List([camera.Focal.X, camera.Focal.Y])}", $"\"c\": {List([camera.Principal.X, camera.Principal.Y])}",
            ]));
        });
        return Write(root, subject, "camera", Object(cameras));
    }

    /// <summary>Writes one of the files as it is given.</summary>
    public static string Write(string root, int subject, string what, string text)
    {
        var path = Path.Combine(root, "annotations", string.Create(CultureInfo.InvariantCulture, $"Human36M_subject{subject}_{what}.json"));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(false));
        return path;
    }

    /// <summary>The file of an image: images/s_01_act_14_subact_01_ca_01/s_01_act_14_subact_01_ca_01_000001.jpg for frame 0.</summary>
    public static string Image(string root, RecordingKey key, int frame)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"s_{key.Subject:00}_act_{key.Action.Number:00}_subact_{key.Trial:00}_ca_{key.Camera:00}");
        return Path.Combine(root, "images", name, string.Create(CultureInfo.InvariantCulture, $"{name}_{frame + 1:000000}.jpg"));
    }

    private static string Object(IEnumerable<string> pairs) => "{" + string.Join(", ", pairs) + "}";

    private static string Pair(int name, string value) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\": {value}");

    private static string Joints(Vec3[] joints) => "[" + string.Join(", ", joints.Select(Point)) + "]";

    private static string Point(Vec3 point) => List([point.X, point.Y, point.Z]);

    private static string List(double[] values) => "[" + string.Join(", ", values.Select(v => v.ToString("R", CultureInfo.InvariantCulture))) + "]";
}
