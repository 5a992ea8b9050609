namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Compares Human36M_subject1_camera.json, {"1": {"R", "t", "f", "c"}, ...}, with the table of cameras that is used. There t is -R
/// C, so that a point in the camera is R x + t; some files have the place C itself.</summary>
internal static class JsonCameras
{
    private const int MostBytes = 1 << 20;
    private const double MostMillimetres = 50;
    private const double MostDegrees = 1;
    private const double MostPixels = 10;

    /// <summary>Tells in which way the file differs from the table; its own cameras are not used.</summary>
    public static void Compare(string path, int subject, IEnumerable<int> cameras, ImportLog log)
    {
        using var document = Parse(path);
        var places = new List<int>();
        foreach (var number in cameras)
        {
            var (camera, t) = Read(document.RootElement, path, number);
            var table = CameraTable.For(subject, number);
            var away = (camera.Centre - table.Centre).Length;
            if (away > MostMillimetres && (t - table.Centre).Length <= MostMillimetres)
            {
                places.Add(number);
                away = 0;
            }
            var degrees = Degrees(camera, table);
            var pixels = Math.Max((camera.Focal - table.Focal).Length, (camera.Principal - table.Principal).Length);
            // Not a number is a difference too.
            if (away <= MostMillimetres && degrees <= MostDegrees && pixels <= MostPixels) continue;
            log.Warn($"{path}: camera {number} ({CameraTable.Id(number)}) stands {away:0} mm and looks {degrees:0.0} degrees from where the survey of S{subject} has it, and its lens differs by {pixels:0} pixels; "
                + "the survey is used: where images were changed or belong to another camera, people will not be in the middle of them");
        }
        if (places.Count > 0)
            log.Note($"{path}: t of camera {string.Join(", ", places)} is where the camera stands, not -R times that; the survey is used, so nothing is wrong with the pack");
    }

    private static JsonDocument Parse(string path) => Attempt.Of(
        () => JsonDocument.Parse(InputFile.ReadAll(path, MostBytes), new JsonDocumentOptions { MaxDepth = 16 }),
        (JsonException error) => Unreadable.File(path, $"line {error.LineNumber + 1}, byte {error.BytePositionInLine}: this is no JSON of at most 16 levels ({error.Message.Split(". ")[0].TrimEnd('.')})", error));

    private static (Camera Camera, Vec3 T) Read(JsonElement root, string path, int number)
    {
        var place = $"camera {number}";
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty($"{number}", out var camera) || camera.ValueKind != JsonValueKind.Object)
            throw Unreadable.File(path, $"it has no {place} with R, t, f and c");
        var (r, t) = (Numbers(camera, "R", 9, path, place), Vector(Numbers(camera, "t", 3, path, place)));
        var (f, c) = (Numbers(camera, "f", 2, path, place), Numbers(camera, "c", 2, path, place));
        var (right, down, forward) = (Vector(r), Vector(r.AsSpan(3)), Vector(r.AsSpan(6)));
        var centre = -((t.X * right) + (t.Y * down) + (t.Z * forward));
        return (new Camera(number, right, down, forward, centre, new Vec3(f[0], f[1], 0), new Vec3(c[0], c[1], 0)), t);
    }

    private static double[] Numbers(JsonElement camera, string name, int count, string path, string place)
    {
        var values = new List<double>();
        if (camera.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in list.EnumerateArray().SelectMany(item => item.ValueKind == JsonValueKind.Array ? [.. item.EnumerateArray()] : new[] { item }))
                values.Add(item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out var value) ? value : double.NaN);
        }
        return values.Count == count && values.TrueForAll(double.IsFinite)
            ? [.. values]
            : throw Unreadable.File(path, $"{place}: its {name} is no list of {count} finite numbers");
    }

    /// <summary>The largest angle between an axis and the same one of the other camera.</summary>
    private static double Degrees(Camera a, Camera b) => Math.Max(Degrees(a.Right, b.Right), Math.Max(Degrees(a.Down, b.Down), Degrees(a.Forward, b.Forward)));

    private static double Degrees(Vec3 a, Vec3 b) => Math.Acos(Math.Clamp(Vec3.Dot(a, b) / (a.Length * b.Length), -1, 1)) * 180 / Math.PI;

    private static Vec3 Vector(ReadOnlySpan<double> values) => new(values[0], values[1], values[2]);
}
