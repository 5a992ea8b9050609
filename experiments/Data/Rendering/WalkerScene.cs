namespace PoseEngine.Experiments.Data;

/// <summary>What names an image: nothing else decides what it shows.</summary>
public readonly record struct ImageKey(ulong Seed, ulong Subject, int Trial, int Camera, int Frame)
{
    internal RandomGenerator Random(ulong purpose) => new(RandomGenerator.Hash(Seed, purpose, Subject, (ulong)Trial, (ulong)Camera, (ulong)Frame));
}

/// <summary>The circumstances of one image. <see cref="Draw"/> explains how difficulty enters; tests set them by hand.</summary>
/// <param name="NoiseSigma">The deviation of the sensor noise, in 1/255.</param>
/// <param name="CropShiftX">The shift of the 2 m box, mm; likewise Y.</param>
/// <param name="PoleShift">Where a pole stands relative to the pelvis (camera space, mm; Y unused), if there is one.</param>
public sealed record ImageConditions(
    Vec3 Light, double KeyLight, double Ambient, double Exposure, double NoiseSigma, ulong NoiseSeed, double CropShiftX,
    double CropShiftY, double CropScale, bool HasHair, bool HasFace, bool HasShoeTips, bool ShirtLikeWall, bool TrousersLikeWall, Vec3? PoleShift)
{
    public const double DefaultDifficulty = .15;

    /// <summary>A bright, clean image with all cues: the starting point for tests.</summary>
    public static ImageConditions Plain { get; } = new(new Vec3(.3, .4, .87).Normalized(), .7, .4, 1, 0, 0, 0, 0, 1, true, true, true, false, false, null);

    /// <summary>Draws the circumstances of an image. Difficulty d in [0, 1] sets these chances, independently for each image: hair cap,
    /// face and shoe tips are each present with 1 - d (what tells front from back); shirt, or else trousers, have nearly the colour of the
    /// wall with d; a pole stands near the walker with 2d/3. Light, exposure (20 %), noise (2 to 5 / 255) and the shift and scale of the
    /// crop (3 %) vary in the same way at every difficulty.</summary>
    public static ImageConditions Draw(ImageKey key, double difficulty)
    {
        var trial = new RandomGenerator(RandomGenerator.Hash(key.Seed, 4, key.Subject, (ulong)key.Trial));
        var azimuth = trial.NextUniform(0, 2 * Math.PI) + (.1 * trial.NextNormal());
        var ambient = trial.NextUniform(.25, .55);
        var random = key.Random(5);
        var elevation = trial.NextUniform(40, 75) * Math.PI / 180;
        var light = new Vec3(Math.Cos(azimuth) * Math.Cos(elevation), Math.Sin(azimuth) * Math.Cos(elevation), Math.Sin(elevation));
        bool Chance(double probability) => random.NextDouble() < probability;
        var exposure = random.NextUniform(.8, 1.2);
        var sigma = random.NextUniform(2, 5);
        var (shiftX, shiftY) = (random.NextUniform(-60, 60), random.NextUniform(-60, 60));
        var scale = random.NextUniform(.97, 1.03);
        var (hair, face, tips) = (Chance(1 - difficulty), Chance(1 - difficulty), Chance(1 - difficulty));
        var hidden = Chance(difficulty);
        var hiddenShirt = Chance(.5);
        var pole = Chance(2 * difficulty / 3);
        var sideways = random.NextUniform(-450, 450);
        var depth = Chance(.5) ? random.NextUniform(-1000, -450) : random.NextUniform(450, 1200);
        return new ImageConditions(
            light, .95 - ambient, ambient, exposure, sigma, RandomGenerator.Hash(random.NextUInt(), random.NextUInt()),
            shiftX, shiftY, scale, hair, face, tips, hidden && hiddenShirt, hidden && !hiddenShirt, pole ? new Vec3(sideways, 0, depth) : null);
    }
}

/// <summary>All that an image shows: a body in a room, seen by a camera.</summary>
public sealed record WalkerScene(BodyFrame Body, BodyLook Look, Camera Camera, Room Room, ImageConditions Conditions)
{
    /// <summary>The scene that <paramref name="key"/> names for this body; see <see cref="ImageConditions.Draw"/>.</summary>
    public static WalkerScene Compose(ImageKey key, BodyFrame body, BodyLook look, Camera camera, Room room, double difficulty)
        => new(body, look, camera, room, ImageConditions.Draw(key, difficulty));

    public static Room RoomOf(ulong seed, ulong subject, int trial) => Room.Draw(new RandomGenerator(RandomGenerator.Hash(seed, 3, subject, (ulong)trial)));

    public CropGeometry Crop
    {
        get
        {
            var size = 2000 * Conditions.CropScale;
            return new CropGeometry(Camera.ToCamera(Body[Joint.Pelvis]), (-size / 2) + Conditions.CropShiftX, (-.45 * size) + Conditions.CropShiftY, size);
        }
    }

    /// <summary>Writes the label of the image: 17 x 3 values, camera space (x right, y down, z forward) minus the pelvis, mm.</summary>
    public void WritePose(Span<float> pose)
    {
        var root = Body[Joint.Pelvis];
        for (var j = 0; j < Skeleton.JointCount; j++)
        {
            // Differences in the world first: they are exact to far below the rounding of float32.
            var p = Camera.DirectionToCamera(Body.Joints[j] - root);
            (pose[3 * j], pose[(3 * j) + 1], pose[(3 * j) + 2]) = ((float)p.X, (float)p.Y, (float)p.Z);
        }
    }
}
