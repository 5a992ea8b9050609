using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>
/// The six symmetry constraints of Eq. 15 and Table 2 on 17 joints: equal upper arms, forearms, thighs, shanks, equal
/// distances of the shoulders to the chest and of the hips to the pelvis.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class LimbSymmetry<T> : IOutputConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILimbSymmetryKernels<T> _kernels;
    private readonly Tensor<int> _joints;

    /// <summary>The six constraints of Table 2.</summary>
    public LimbSymmetry(ComputeDevice<T> device)
        : this(device, LimbSymmetry.PaperJoints)
    {
        Rows = [.. LimbSymmetry.PaperNames.Select(name => new ConstraintRow(name))];
    }

    /// <summary>Constraints of the same form on other joints.</summary>
    /// <param name="device">Where they are evaluated.</param>
    /// <param name="joints">joint(j,1..4) for each constraint j, one after the other, zero-based.</param>
    /// <exception cref="ArgumentException">The number of joints is not a positive multiple of four.</exception>
    public LimbSymmetry(ComputeDevice<T> device, ReadOnlySpan<int> joints)
    {
        if (joints.Length == 0 || joints.Length % 4 != 0)
        {
            throw new ArgumentException($"limb symmetry takes four joints a constraint, got {joints.Length}", nameof(joints));
        }
        Rows = ConstraintRow.Numbered("limbs", joints.Length / 4);
        _kernels = device.LimbSymmetry;
        _joints = device.Zeros<int>(new Shape(joints.Length / 4, 4));
        _joints.CopyFrom(joints);
    }

    /// <inheritdoc/>
    public string Name => "limb symmetry";

    /// <inheritdoc/>
    public IReadOnlyList<ConstraintRow> Rows { get; }

    /// <inheritdoc/>
    public bool CanRecord => true;

    /// <inheritdoc/>
    public void Evaluate(Tensor<T> y, Tensor<T> x, Tensor<T> c) => _kernels.Forward(_joints, y, c);

    /// <inheritdoc/>
    public void Rop(Tensor<T> y, Tensor<T> x, Tensor<T> dy, Tensor<T> dc) => _kernels.Rop(_joints, y, dy, dc);

    /// <inheritdoc/>
    public void Lop(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> uy) => _kernels.Lop(_joints, y, u, uy);
}

/// <summary>Table 2 of the paper.</summary>
public static class LimbSymmetry
{
    /// <summary>joint(j,m) of Table 2 as indices of the 17 joints; "chest" is 8 and "pelvis" 0.</summary>
    public static ReadOnlySpan<int> PaperJoints =>
    [
        11, 12, 14, 15,
        12, 13, 15, 16,
        4, 5, 1, 2,
        5, 6, 2, 3,
        8, 11, 8, 14,
        0, 4, 0, 1,
    ];

    /// <summary>What each constraint of Table 2 compares, for tables and plots.</summary>
    public static IReadOnlyList<string> PaperNames { get; } =
        ["upper arms", "forearms", "thighs", "shanks", "shoulders", "hips"];

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
}
