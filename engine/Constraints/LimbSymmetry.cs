using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Kernels;

namespace PoseEngine.Constraints;

/// <summary>
/// The six symmetry constraints of Eq. 15 and Table 2 on 17 joints: equal upper arms, forearms, thighs, shanks, equal
/// distances of the shoulders to the chest and of the hips to the pelvis.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class LimbSymmetry<T> : ConstraintSet<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The six constraints of Table 2.</summary>
    public LimbSymmetry(ComputeDevice<T> device)
        : base(device, LimbSymmetry.PaperTexts, LimbSymmetry.Name)
    {
    }

    /// <summary>Constraints of the same form on other joints.</summary>
    /// <param name="device">Where they are evaluated.</param>
    /// <param name="joints">The number of joints; a sample has three outputs each.</param>
    /// <param name="limbs">For each constraint the joints of the two limbs that it compares, zero-based.</param>
    /// <exception cref="ArgumentException">There is no joint or no constraint.</exception>
    /// <exception cref="ExpressionException">A limb names a joint that is none.</exception>
    public LimbSymmetry(ComputeDevice<T> device, int joints, params IReadOnlyList<(int A, int B, int C, int D)> limbs)
        : base(device, LimbSymmetry.Texts(joints, limbs), LimbSymmetry.Name)
    {
    }
}

/// <summary>Table 2 of the paper.</summary>
public static class LimbSymmetry
{
    internal const string Name = "limb symmetry";

    /// <summary>The 17 joints in the order of the outputs, three a joint, under the paper's names.</summary>
    public static IReadOnlyList<string> PaperPoints { get; } =
    [
        "pelvis", "right_hip", "right_knee", "right_heel", "left_hip", "left_knee", "left_heel", "spine", "chest", "neck", "head",
        "left_shoulder", "left_elbow", "left_hand", "right_shoulder", "right_elbow", "right_hand",
    ];

    /// <summary>Table 2 as text.</summary>
    public static ConstraintTexts PaperTexts { get; } = new(
        new ExpressionVariables(3 * PaperPoints.Count, PaperPoints),
        [
            new("upper arms", "distance(left_shoulder, left_elbow) = distance(right_shoulder, right_elbow)"),
            new("forearms", "distance(left_elbow, left_hand) = distance(right_elbow, right_hand)"),
            new("thighs", "distance(left_hip, left_knee) = distance(right_hip, right_knee)"),
            new("shanks", "distance(left_knee, left_heel) = distance(right_knee, right_heel)"),
            new("shoulders", "distance(chest, left_shoulder) = distance(chest, right_shoulder)"),
            new("hips", "distance(pelvis, left_hip) = distance(pelvis, right_hip)"),
        ]);

    /// <summary>What each constraint of Table 2 compares, for tables and plots.</summary>
    public static IReadOnlyList<string> PaperNames { get; } = [.. PaperTexts.Rows.Select(row => row.Name)];

    internal static ConstraintTexts Texts(int joints, IReadOnlyList<(int A, int B, int C, int D)> limbs) => new(
        new ExpressionVariables(3 * joints, [.. Enumerable.Range(0, joints).Select(joint => $"joint_{joint}")]),
        [
            .. ConstraintRow.Numbered("limbs", limbs.Count).Zip(limbs, (row, limb) => new ConstraintText(
                row.Name, $"distance(joint_{limb.A}, joint_{limb.B}) = distance(joint_{limb.C}, joint_{limb.D})")),
        ]);
}
