namespace PoseEngine.Experiments.Data;

/// <summary>Colours the points of a body: clothes by how far along a limb a point lies, the cues of front and back, Lambert light and an
/// ambient light that is stronger from above. Works in camera space.</summary>
internal sealed class BodyShader(WalkerScene scene)
{
    private readonly Outfit _outfit = Dressed(scene);
    private readonly ImageConditions _conditions = scene.Conditions;
    private readonly Vec3 _light = scene.Camera.DirectionToCamera(scene.Conditions.Light);
    private readonly Vec3 _up = scene.Camera.DirectionToCamera(new Vec3(0, 0, 1));
    private readonly Vec3 _facing = scene.Camera.DirectionToCamera(scene.Body.Facing);
    private readonly Vec3 _sideways = Vec3.Cross(scene.Camera.DirectionToCamera(scene.Body.Facing), scene.Camera.DirectionToCamera(new Vec3(0, 0, 1)));

    /// <summary>The light that a point of a capsule sends to the camera; the point lies at a depth on a ray.</summary>
    public Rgb Shade(in CameraCapsule k, float vx, float vy, float depth)
    {
        var (x, y, z) = ((vx * depth) - k.CentreX, (vy * depth) - k.CentreY, depth - k.CentreZ);
        var h = (x * k.AxisX) + (y * k.AxisY) + (z * k.AxisZ);
        var axial = Math.Clamp((h - (k.Radius0 * k.Sine)) / k.CosineSquared, 0, k.Length);
        var radius = k.Radius0 - (axial * k.Sine);
        var scale = 1 / radius;
        var normal = new Vec3((x - (axial * k.AxisX)) * scale, (y - (axial * k.AxisY)) * scale, (z - (axial * k.AxisZ)) * scale);
        var colour = Colour(k, axial, h, normal);
        var lambert = Math.Max(0, Vec3.Dot(normal, _light));
        var sky = .72 + (.28 * Vec3.Dot(normal, _up));
        // Grazing surfaces darken a little: without it limbs melt into the trunk behind them.
        var facing = .82 + (.18 * Math.Min(1, Math.Abs(normal.Z)));
        return colour * (float)(((_conditions.Ambient * sky) + (_conditions.KeyLight * lambert)) * facing);
    }

    private Rgb Colour(in CameraCapsule k, float axial, float h, Vec3 normal)
    {
        var share = k.Length > 0 ? axial / k.Length : 0;
        return k.Part switch
        {
            BodyPart.Torso => Shirt(h, normal),
            BodyPart.Hips => Folded(_outfit.Trousers, h, normal),
            BodyPart.Thigh => Covered(share, _outfit.TrouserLength) ? Folded(_outfit.Trousers, h, normal) : _outfit.Skin,
            BodyPart.Shank => Covered(1 + share, _outfit.TrouserLength) ? Folded(_outfit.Trousers, h, normal) : _outfit.Skin,
            BodyPart.Foot => _conditions.HasShoeTips && share > .55 && k.Length > 80 ? _outfit.ShoeTips : _outfit.Shoes,
            BodyPart.UpperArm => Covered(share, _outfit.SleeveLength) ? Shirt(h, normal) : _outfit.Skin,
            BodyPart.Forearm => Covered(1 + share, _outfit.SleeveLength) ? Shirt(h, normal) : _outfit.Skin,
            BodyPart.Head => Head(normal),
            BodyPart.Pole => new Rgb(.35f, .33f, .3f),
            _ => _outfit.Skin,
        };
    }

    private static bool Covered(float share, double length) => share <= length;

    private Rgb Shirt(float h, Vec3 normal)
    {
        var band = (int)Math.Floor(h / _outfit.StripeWidth) & 1;
        var second = _outfit.ShirtPattern switch
        {
            ClothPattern.Stripes => band == 1,
            ClothPattern.Checks => (band ^ ((int)(Across(normal) * 2.5) & 1)) == 1,
            _ => false,
        };
        return Folded(second ? _outfit.ShirtSecond : _outfit.Shirt, h, normal);
    }

    /// <summary>Cloth with soft folds: a slow wave along and around the limb.</summary>
    private Rgb Folded(Rgb cloth, float h, Vec3 normal)
    {
        var wave = (h * .018) + (Across(normal) * 1.3) + (Vec3.Dot(normal, _facing) * .9);
        var triangle = Math.Abs(wave - (2 * Math.Round(wave / 2)));
        return cloth * (float)(.9 + (.16 * triangle));
    }

    /// <summary>How far a normal points sideways, to either side: clothes and faces are the same left and right.</summary>
    private double Across(Vec3 normal) => Math.Abs(Vec3.Dot(normal, _sideways));

    /// <summary>Hair on crown and back of the head, eyes and a lighter face in front, as far as the cues are there.</summary>
    private Rgb Head(Vec3 normal)
    {
        var front = Vec3.Dot(normal, _facing);
        var height = Vec3.Dot(normal, _up);
        if (_conditions.HasHair)
        {
            // Without a face the cap is the same from all sides, so that it does not tell front from back.
            var hair = _conditions.HasFace ? front - (.9 * height) < .12 : height > .25;
            if (hair) return _outfit.Hair;
        }
        if (!_conditions.HasFace || front < .45) return _outfit.Skin;
        var side = Across(normal);
        if (height is > .02 and < .34 && side is > .16 and < .62) return _outfit.Skin * .22f;
        if (height is > -.62 and < -.42 && side < .3) return new Rgb(.30f, .08f, .07f);
        return Rgb.Blend(_outfit.Skin, new Rgb(1, .78f, .68f), .18f);
    }

    /// <summary>The outfit, with shirt or trousers of nearly the wall's colour where the conditions say so.</summary>
    private static Outfit Dressed(WalkerScene scene)
    {
        var outfit = scene.Look.Outfit;
        var wall = scene.Room.Wall * .92f;
        if (scene.Conditions.ShirtLikeWall) outfit = outfit with { Shirt = wall, ShirtSecond = wall * .9f };
        if (scene.Conditions.TrousersLikeWall) outfit = outfit with { Trousers = wall };
        return outfit;
    }
}
