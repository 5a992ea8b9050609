namespace PoseEngine.Experiments.Data;

/// <summary>Draws scenes. The image is a function of the scene alone: same bytes in any order and on any number of threads. Bodies of any
/// origin can be drawn, the walker's as well as those of motion capture.</summary>
public sealed class WalkerImage
{
    /// <summary>The bytes of an image: 128 rows of 128 pixels, red, green and blue.</summary>
    public const int ByteCount = CropGeometry.Pixels * CropGeometry.Pixels * 3;

    private const int Pixels = CropGeometry.Pixels;
    private const float SamplesPerPixel = 4;

    [ThreadStatic]
    private static WalkerImage? _ofThread;
    private readonly CapsuleRaster _raster = new();
    private readonly CameraCapsule[] _capsules = new CameraCapsule[BodyShape.CapsuleCount + 1];
    private readonly float[] _red = new float[Pixels * Pixels];
    private readonly float[] _green = new float[Pixels * Pixels];
    private readonly float[] _blue = new float[Pixels * Pixels];

    private WalkerImage()
    {
    }

    /// <summary>Draws a scene into 128 x 128 x 3 bytes, row by row from the top, RGB.</summary>
    public static void Render(WalkerScene scene, Span<byte> rgb)
    {
        if (rgb.Length != ByteCount) throw new ArgumentException($"an image takes {ByteCount} bytes, the buffer has {rgb.Length}", nameof(rgb));
        (_ofThread ??= new WalkerImage()).Draw(scene, rgb);
    }

    /// <summary>The depth (mm) and capsule of each of the 256 x 256 rays, as the renderer sees them; for tests.</summary>
    internal static CapsuleRaster Cast(WalkerScene scene)
    {
        var image = new WalkerImage();
        image.CastBody(scene, Body(scene));
        return image._raster;
    }

    private void Draw(WalkerScene scene, Span<byte> rgb)
    {
        var body = Body(scene);
        CastBody(scene, body);
        var backdrop = new Backdrop(scene, body);
        var shader = new BodyShader(scene);
        var rays = RayGrid.Of(scene.Crop, 1);
        var samples = RayGrid.Of(scene.Crop, 2);
        var sensor = new Sensor(scene.Conditions);
        for (var row = 0; row < Pixels; row++)
        {
            var red = Row(_red, row);
            var green = Row(_green, row);
            var blue = Row(_blue, row);
            backdrop.PaintRow(rays, row, red, green, blue);
            if ((2 * row) + 1 >= _raster.Rows.First && 2 * row < _raster.Rows.End) PaintBody(shader, samples, row, red, green, blue);
        }
        sensor.Expose(_red, _green, _blue, rgb);
    }

    private static Span<float> Row(float[] plane, int row) => plane.AsSpan(row * Pixels, Pixels);
    private static Capsule[] Body(WalkerScene scene) => BodyShape.Build(scene.Body, scene.Look.Girth);

    private void CastBody(WalkerScene scene, ReadOnlySpan<Capsule> body)
    {
        var rays = RayGrid.Of(scene.Crop, 2);
        _raster.Clear();
        for (var i = 0; i < body.Length; i++)
        {
            _capsules[i] = new CameraCapsule(body[i], scene.Camera);
            _raster.Draw(_capsules[i], i, rays);
        }
        if (scene.Conditions.PoleShift is not { } shift) return;
        var foot = scene.Body[Joint.Pelvis] + scene.Camera.DirectionToWorld(shift);
        var pole = new Capsule(foot with { Z = 0 }, foot with { Z = 3200 }, 34, 34, BodyPart.Pole);
        _capsules[body.Length] = new CameraCapsule(pole, scene.Camera);
        _raster.Draw(_capsules[body.Length], body.Length, rays);
    }

    /// <summary>Blends the body into a row of pixels: each capsule that a pixel's four rays meet is shaded once.</summary>
    private void PaintBody(BodyShader shader, in RayGrid samples, int row, Span<float> red, Span<float> green, Span<float> blue)
    {
        var upper = _raster.Ids.Slice(2 * row * CapsuleRaster.Side, CapsuleRaster.Side);
        var lower = _raster.Ids.Slice(((2 * row) + 1) * CapsuleRaster.Side, CapsuleRaster.Side);
        Span<int> ids = stackalloc int[4];
        for (var column = 0; column < Pixels; column++)
        {
            var at = 2 * column;
            (ids[0], ids[1], ids[2], ids[3]) = (upper[at], upper[at + 1], lower[at], lower[at + 1]);
            if ((ids[0] & ids[1] & ids[2] & ids[3]) == CapsuleRaster.Nothing) continue;
            var mixed = Mix(shader, samples, row, column, ids, out var covered);
            var rest = 1 - covered;
            red[column] = (red[column] * rest) + mixed.R;
            green[column] = (green[column] * rest) + mixed.G;
            blue[column] = (blue[column] * rest) + mixed.B;
        }
    }

    private Rgb Mix(BodyShader shader, in RayGrid samples, int row, int column, Span<int> ids, out float covered)
    {
        var sum = default(Rgb);
        covered = 0;
        for (var first = 0; first < 4; first++)
        {
            var id = ids[first];
            if (id == CapsuleRaster.Nothing) continue;
            var (count, x, y, depth) = (0, 0f, 0f, 0f);
            for (var i = first; i < 4; i++)
            {
                if (ids[i] != id) continue;
                var (sampleX, sampleY) = ((2 * column) + (i & 1), (2 * row) + (i >> 1));
                x += samples.X(sampleX);
                y += samples.Y(sampleY);
                depth += _raster.Depths[(sampleY * CapsuleRaster.Side) + sampleX];
                count++;
                ids[i] = CapsuleRaster.Nothing;
            }
            var colour = shader.Shade(_capsules[id], x / count, y / count, depth / count);
            var weight = count / SamplesPerPixel;
            sum = new Rgb(sum.R + (weight * colour.R), sum.G + (weight * colour.G), sum.B + (weight * colour.B));
            covered += weight;
        }
        return sum;
    }
}
