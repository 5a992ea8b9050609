using PoseEngine.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Data;

public class RendererTests
{
    [Test]
    public void DepthsAgreeWithABruteForceRayCast([Range(0, 19)] int index)
    {
        var scene = Scenes.Number(index, ImageConditions.Plain);
        var raster = WalkerImage.Cast(scene);
        var rays = RayGrid.Of(scene.Crop, 2);
        var body = BodyShape.Build(scene.Body, scene.Look.Girth);
        var (hits, mismatches) = (0, 0);
        // Every fifth ray; an odd step meets all lanes and both subsamples.
        for (var row = index % 5; row < CapsuleRaster.Side; row += 5)
        {
            for (var column = index % 3; column < CapsuleRaster.Side; column += 5)
            {
                var at = (row * CapsuleRaster.Side) + column;
                var expected = BruteForce.Depth(body, scene.Camera, rays.X(column), rays.Y(row));
                var found = raster.Ids[at] != CapsuleRaster.Nothing;
                if (!found && double.IsInfinity(expected)) continue;
                hits++;
                if (!found || Math.Abs(raster.Depths[at] - expected) > .5) mismatches++;
            }
        }

        Assert.That(hits, Is.GreaterThan(150));
        // At a silhouette one of the two may just miss.
        Assert.That(mismatches, Is.LessThanOrEqualTo(hits / 100));
    }

    [Test]
    public void JointsAreCoveredByFlesh([Range(0, 13)] int index)
    {
        var scene = Scenes.Number(index, ImageConditions.Plain);
        var raster = WalkerImage.Cast(scene);
        var body = BodyShape.Build(scene.Body, scene.Look.Girth);
        var own = 0;
        foreach (var joint in Enum.GetValues<Joint>().Where(j => j != Joint.Head))
        {
            var relative = scene.Camera.DirectionToCamera(scene.Body[joint] - scene.Body[Joint.Pelvis]);
            var (x, y) = scene.Crop.Project(relative);
            var at = ((int)(2 * y) * CapsuleRaster.Side) + (int)(2 * x);
            Assert.That(raster.Ids[at], Is.Not.EqualTo(CapsuleRaster.Nothing), $"{joint} projects onto the body");
            var jointDepth = scene.Camera.ToCamera(scene.Body[joint]).Z;
            Assert.That(raster.Depths[at], Is.LessThan(jointDepth), $"{joint} lies behind the skin");
            var capsule = body[raster.Ids[at]];
            if (!BruteForce.Inside(capsule, scene.Body[joint])) continue;
            own++;
            var reach = (capsule.End - capsule.Start).Length + capsule.StartRadius + capsule.EndRadius;
            Assert.That(jointDepth - raster.Depths[at], Is.LessThan(reach), $"{joint}");
        }

        Assert.That(own, Is.GreaterThanOrEqualTo(8), "joints whose own flesh is in front");
    }

    [Test]
    public void AMirroredSceneGivesTheMirroredImage([Range(0, 6)] int index)
    {
        var scene = Scenes.Number(index, ImageConditions.Plain);
        var mirrored = scene with { Camera = scene.Camera with { Right = -scene.Camera.Right } };
        var (image, flipped) = (Scenes.Render(scene), Scenes.Render(mirrored));
        var differing = 0;
        for (var y = 0; y < 128; y++)
        {
            for (var x = 0; x < 128; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    var difference = image[(3 * ((128 * y) + x)) + c] - flipped[(3 * ((128 * y) + 127 - x)) + c];
                    if (Math.Abs(difference) > 2) differing++;
                }
            }
        }

        // Pattern edges and silhouettes may fall to the other side of a ray.
        Assert.That(differing, Is.LessThan(WalkerImage.ByteCount / 200));
    }

    [Test]
    public void TheLabelIsTheJointsInCameraSpaceMinusThePelvis()
    {
        var scene = Scenes.Number(3);
        Span<float> pose = stackalloc float[51];
        scene.WritePose(pose);
        var root = scene.Camera.ToCamera(scene.Body[Joint.Pelvis]);
        for (var j = 0; j < Skeleton.JointCount; j++)
        {
            var expected = scene.Camera.ToCamera(scene.Body.Joints[j]) - root;
            Assert.That(pose[3 * j], Is.EqualTo(expected.X).Within(1e-3));
            Assert.That(pose[(3 * j) + 1], Is.EqualTo(expected.Y).Within(1e-3));
            Assert.That(pose[(3 * j) + 2], Is.EqualTo(expected.Z).Within(1e-3));
        }

        Assert.That(pose[(3 * 10) + 1], Is.LessThan(-400), "the head is up, y points down");
        Assert.That(pose[(3 * 3) + 1], Is.GreaterThan(400));
    }

    [Test]
    public void CropsProjectWhatCamerasSee()
    {
        var scene = Scenes.Number(5);
        for (var j = 0; j < Skeleton.JointCount; j++)
        {
            var seen = scene.Camera.ToCamera(scene.Body.Joints[j]);
            var (x, y) = scene.Crop.Project(seen - scene.Crop.Root);
            var (slopeX, slopeY) = scene.Crop.Ray(x, y);
            Assert.That(slopeX, Is.EqualTo(seen.X / seen.Z).Within(1e-9));
            Assert.That(slopeY, Is.EqualTo(seen.Y / seen.Z).Within(1e-9));
        }
    }

    [Test]
    public void CamerasAreRightHandedAndLookAtTheWalkers()
    {
        foreach (var camera in StudioCameras.Surveyed)
        {
            Assert.That((Vec3.Cross(camera.Right, camera.Down) - camera.Forward).Length, Is.LessThan(1e-6));
            Assert.That(camera.Down.Z, Is.LessThan(-.9), "y points down");
            var (u, v) = camera.Project(camera.ToCamera(new Vec3(0, 0, 900)));
            Assert.That(u, Is.InRange(100, 900));
            Assert.That(v, Is.InRange(100, 900));
        }
    }

    [Test]
    public void DifficultySetsTheChanceOfCues()
    {
        ImageConditions Draw(int frame, double difficulty) => ImageConditions.Draw(new ImageKey(1, 1, 1, 1, frame), difficulty);
        var easy = Enumerable.Range(0, 300).Select(i => Draw(i, 0)).ToList();
        var hard = Enumerable.Range(0, 300).Select(i => Draw(i, 1)).ToList();
        var usual = Enumerable.Range(0, 3000).Select(i => Draw(i, .15)).ToList();
        Assert.That(easy.All(c => c.HasHair && c.HasFace && c.HasShoeTips && c.PoleShift is null && !c.ShirtLikeWall));
        Assert.That(hard.All(c => !c.HasHair && !c.HasFace && !c.HasShoeTips));
        Assert.That(usual.Average(c => c.HasFace ? 1.0 : 0), Is.EqualTo(.85).Within(.03));
        Assert.That(usual.Average(c => c.ShirtLikeWall || c.TrousersLikeWall ? 1.0 : 0), Is.EqualTo(.15).Within(.03));
        Assert.That(usual.Average(c => c.PoleShift is null ? 0 : 1.0), Is.EqualTo(.10).Within(.03));
    }

    [Test]
    public void NoiseHasTheDeviationItIsGiven()
    {
        var scene = Scenes.Number(2, ImageConditions.Plain);
        var clean = Scenes.Render(scene);
        var noisy = Scenes.Render(scene with { Conditions = ImageConditions.Plain with { NoiseSigma = 4, NoiseSeed = 9 } });
        var differences = clean.Zip(noisy, (a, b) => (double)b - a).Where((_, i) => clean[i] is > 25 and < 230).ToList();
        Assert.That(differences.Average(), Is.EqualTo(0).Within(.1));
        Assert.That(Math.Sqrt(differences.Average(d => d * d)), Is.EqualTo(4).Within(.15));
    }

    [Test]
    public void TheBodyCastsAShadow()
    {
        var scene = Scenes.Number(0, ImageConditions.Plain);
        var lower = scene.Body[Joint.RightAnkle] with { Z = 60 };
        var shadow = new GroundShadow(
            BodyShape.Build(scene.Body, 1), new Vec3(0, 0, 1), scene.Body[Joint.RightAnkle], scene.Body[Joint.LeftAnkle]);
        var x = System.Runtime.Intrinsics.Vector256.Create((float)lower.X);
        var y = System.Runtime.Intrinsics.Vector256.Create((float)lower.Y);
        Assert.That(shadow.Lit(x, y)[0], Is.EqualTo(0), "under the foot");
        Assert.That(shadow.Lit(x + System.Runtime.Intrinsics.Vector256.Create(3000f), y)[0], Is.EqualTo(1), "far from it");
    }
}
