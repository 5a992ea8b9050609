using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector256;

namespace PoseEngine.Experiments.Data;

/// <summary>Paints the room behind a body: floor with shadow, walls, boxes; one ray a pixel, eight pixels at a time.</summary>
internal sealed class Backdrop
{
    private const float Far = 1e9f;
    private readonly Room _room;
    private readonly Camera _camera;
    private readonly GroundShadow _shadow;
    private readonly float _ambient, _key, _wallLight;
    private readonly List<Box> _boxes = [];

    public Backdrop(WalkerScene scene, ReadOnlySpan<Capsule> body)
    {
        (_room, _camera) = (scene.Room, scene.Camera);
        var conditions = scene.Conditions;
        _shadow = new GroundShadow(body, conditions.Light, scene.Body[Joint.RightAnkle], scene.Body[Joint.LeftAnkle]);
        _ambient = (float)conditions.Ambient;
        _key = (float)(conditions.KeyLight * conditions.Light.Z);
        _wallLight = (float)(conditions.Ambient + (.45 * conditions.KeyLight));
        var clear = _camera.ToCamera(scene.Body[Joint.Pelvis]).Z + 600;
        foreach (var box in _room.Boxes)
        {
            // The body is painted over the room, so nothing of the room may stand nearer.
            var middle = .5 * (box.Low + box.High);
            if (_camera.ToCamera(middle).Z > clear) _boxes.Add(new Box(box, _camera.Centre));
        }
    }

    /// <summary>Paints a row of 128 pixels into three planes of linear light.</summary>
    public void PaintRow(in RayGrid rays, int row, Span<float> red, Span<float> green, Span<float> blue)
    {
        var (right, down, forward) = (_camera.Right, _camera.Down, _camera.Forward);
        var vy = rays.Y(row);
        var baseX = Create((float)((vy * down.X) + forward.X));
        var baseY = Create((float)((vy * down.Y) + forward.Y));
        var baseZ = Create((float)((vy * down.Z) + forward.Z));
        for (var column = 0; column < CropGeometry.Pixels; column += 8)
        {
            var vx = rays.X8(column);
            var ray = new Ray8(baseX + (vx * (float)right.X), baseY + (vx * (float)right.Y), baseZ + (vx * (float)right.Z));
            var colour = Look(ray);
            colour.R.CopyTo(red[column..]);
            colour.G.CopyTo(green[column..]);
            colour.B.CopyTo(blue[column..]);
        }
    }

    private Colour8 Look(in Ray8 ray)
    {
        var centre = _camera.Centre;
        var floorDepth = Positive(Create((float)-centre.Z) / ray.Z);
        var depthX = WallDepth(ray.X, (float)centre.X, (float)_room.HalfLengthX);
        var depthY = WallDepth(ray.Y, (float)centre.Y, (float)_room.HalfLengthY);
        var wallDepth = Min(depthX, depthY);
        var onFloor = LessThan(floorDepth, wallDepth);
        var depth = Min(floorDepth, wallDepth);
        var x = Create((float)centre.X) + (depth * ray.X);
        var y = Create((float)centre.Y) + (depth * ray.Y);
        var z = Create((float)centre.Z) + (depth * ray.Z);
        var acrossX = LessThan(depthX, depthY);
        var along = ConditionalSelect(acrossX, y, x);

        Colour8 colour;
        if (onFloor.AsUInt32() == Vector256<uint>.Zero) colour = Wall(along, z, acrossX);
        else if (onFloor.AsUInt32() == Vector256<uint>.AllBitsSet) colour = Floor(x, y);
        else colour = Colour8.Select(onFloor, Floor(x, y), Wall(along, z, acrossX));
        foreach (var box in _boxes) colour = box.Over(colour, ray, depth, _wallLight);
        return colour;
    }

    private Colour8 Floor(Vector256<float> x, Vector256<float> y)
    {
        var period = (float)(1 / _room.FloorPeriod);
        var share = _room.FloorPattern switch
        {
            SurfacePattern.Tiles => Odd(Vector256.Floor(x * period) + Vector256.Floor(y * period)),
            SurfacePattern.Planks => ConditionalSelect(LessThan(Fraction(y * (3 * period)), Create(.1f)), Vector256<float>.One, Vector256<float>.Zero),
            _ => Vector256<float>.Zero,
        };
        var light = (_shadow.Open(x, y) * _ambient) + (_shadow.Lit(x, y) * _key);
        return Colour8.Blend(_room.Floor, _room.FloorSecond, share) * (light * Cloud(x, y, .09f));
    }

    private Colour8 Wall(Vector256<float> along, Vector256<float> z, Vector256<float> acrossX)
    {
        var period = (float)_room.WallPeriod;
        var one = Vector256<float>.One;
        var zero = Vector256<float>.Zero;
        var share = _room.WallPattern switch
        {
            SurfacePattern.Panels => ConditionalSelect(LessThan(Fraction(along * (1 / period)), Create(.06f)), one, zero),
            SurfacePattern.Bands => ConditionalSelect(LessThan(z, Create(period)), one, zero),
            _ => zero,
        };
        // A skirting board marks where the wall meets the floor.
        share = ConditionalSelect(LessThan(z, Create(100f)), Create(1.35f), share);
        var side = ConditionalSelect(acrossX, Create(.86f), one);
        var gradient = Min(Create(.82f) + (z * 9e-5f), Create(1.1f));
        return Colour8.Blend(_room.Wall, _room.WallSecond, share) * (side * gradient * Cloud(along, z, .05f) * _wallLight);
    }

    private static Vector256<float> Cloud(Vector256<float> u, Vector256<float> v, float strength)
    {
        var scale = 1 / SurfaceNoise.Texel;
        var column = ConvertToInt32(Vector256.Floor(u * scale)) & Create(SurfaceNoise.Side - 1);
        var row = ConvertToInt32(Vector256.Floor(v * scale)) & Create(SurfaceNoise.Side - 1);
        var at = (row * SurfaceNoise.Side) + column;
        var values = SurfaceNoise.Values;
        var noise = Create(values[at[0]], values[at[1]], values[at[2]], values[at[3]], values[at[4]], values[at[5]], values[at[6]], values[at[7]]);
        return Vector256<float>.One + (noise * strength);
    }

    private static Vector256<float> WallDepth(Vector256<float> slope, float centre, float half)
    {
        var wall = ConditionalSelect(LessThan(slope, Vector256<float>.Zero), Create(-half), Create(half));
        return Positive((wall - Create(centre)) / slope);
    }

    private static Vector256<float> Positive(Vector256<float> depth)
        => ConditionalSelect(GreaterThan(depth, Vector256<float>.Zero), Min(depth, Create(Far)), Create(Far));

    private static Vector256<float> Fraction(Vector256<float> v) => v - Vector256.Floor(v);
    private static Vector256<float> Odd(Vector256<float> whole) => Fraction(whole * .5f) * 2;

    private readonly record struct Ray8(Vector256<float> X, Vector256<float> Y, Vector256<float> Z);

    private readonly record struct Colour8(Vector256<float> R, Vector256<float> G, Vector256<float> B)
    {
        public static Colour8 Blend(Rgb a, Rgb b, Vector256<float> share) => new(
            Create(a.R) + (share * (b.R - a.R)), Create(a.G) + (share * (b.G - a.G)), Create(a.B) + (share * (b.B - a.B)));

        public static Colour8 Select(Vector256<float> mask, Colour8 a, Colour8 b) => new(
            ConditionalSelect(mask, a.R, b.R), ConditionalSelect(mask, a.G, b.G), ConditionalSelect(mask, a.B, b.B));

        public static Colour8 operator *(Colour8 c, Vector256<float> s) => new(c.R * s, c.G * s, c.B * s);
    }

    /// <summary>A box relative to the camera, cast by slabs.</summary>
    private readonly struct Box(RoomBox box, Vec3 camera)
    {
        private readonly Vec3 _low = box.Low - camera;
        private readonly Vec3 _high = box.High - camera;

        public Colour8 Over(Colour8 behind, in Ray8 ray, Vector256<float> depth, float light)
        {
            var (xIn, xOut) = Slab(ray.X, (float)_low.X, (float)_high.X);
            var (yIn, yOut) = Slab(ray.Y, (float)_low.Y, (float)_high.Y);
            var (zIn, zOut) = Slab(ray.Z, (float)_low.Z, (float)_high.Z);
            var entry = Max(Max(xIn, yIn), zIn);
            var exit = Min(Min(xOut, yOut), zOut);
            var hit = LessThan(entry, exit) & GreaterThan(entry, Vector256<float>.Zero) & LessThan(entry, depth);
            if (hit.AsUInt32() == Vector256<uint>.Zero) return behind;
            // Top, front and side differ in brightness, so that a box reads as one.
            var brightness = ConditionalSelect(
                Vector256.Equals(entry, zIn), Create(1.1f * light), ConditionalSelect(Vector256.Equals(entry, xIn), Create(.7f * light), Create(.9f * light)));
            var own = Colour8.Blend(box.Colour, box.Colour, Vector256<float>.Zero) * brightness;
            return Colour8.Select(hit, own, behind);
        }

        private static (Vector256<float> In, Vector256<float> Out) Slab(Vector256<float> slope, float low, float high)
        {
            var a = Create(low) / slope;
            var b = Create(high) / slope;
            return (Min(a, b), Max(a, b));
        }
    }
}
