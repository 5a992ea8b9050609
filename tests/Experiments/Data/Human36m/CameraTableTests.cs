using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

public class CameraTableTests
{
    public static IEnumerable<TestCaseData> All => from subject in SubjectName.Numbers from camera in Enumerable.Range(1, 4) select new TestCaseData(subject, camera);

    [TestCaseSource(nameof(All))]
    public void EveryCameraLooksAtTheMiddleOfTheStudio(int subject, int camera)
    {
        var table = CameraTable.For(subject, camera);
        Assert.That(Vec3.Dot(Vec3.Cross(table.Right, table.Down), table.Forward), Is.EqualTo(1).Within(1e-9), "right, down, forward");
        var middle = table.ToCamera(new Vec3(0, 0, 900));
        Assert.That(middle.Z, Is.InRange(3500, 6500));
        var (u, v) = table.Project(middle);
        Assert.That((u, v), Is.EqualTo((500.0, 500.0)).Using<(double U, double V)>((a, b) => Math.Abs(a.U - b.U) < 250 && Math.Abs(a.V - b.V) < 250));
        // A camera stands within 350 mm and a few degrees of where it stood for the first subject.
        var first = CameraTable.For(1, camera);
        Assert.That((table.Centre - first.Centre).Length, Is.LessThan(600));
        Assert.That(Vec3.Dot(table.Forward, first.Forward), Is.GreaterThan(Math.Cos(5 * Math.PI / 180)));
    }

    [Test]
    public void Trap14CamerasAreNumberedInTheOrderOfTheirIds()
    {
        Assert.That(CameraTable.Ids, Is.Ordered);
        Assert.That(CameraTable.Ids.Select(CameraTable.Number), Is.EqualTo(new int?[] { 1, 2, 3, 4 }));
        Assert.That(CameraTable.Number("54138968"), Is.Null);
    }

    [Test]
    public void TheFirstSubjectsCamerasAreThoseOfTheStudio()
    {
        foreach (var studio in StudioCameras.Surveyed)
        {
            var table = CameraTable.For(1, studio.Number);
            Assert.That((table.Centre - studio.Centre).Length, Is.LessThan(0.01));
            Assert.That((table.Right - studio.Right).Length, Is.LessThan(1e-6));
            Assert.That((table.Focal - studio.Focal).Length, Is.LessThan(0.01));
        }
    }
}
