// The limb symmetry constraints of Eq. 15 on outputs y [N, width] of joints with three coordinates; row j of the table
// names joints (a,b,c,d).
//
//   forward  C[k,j] = ||y_a - y_b|| - ||y_c - y_d||
//   R-op     dC[k,j] = e_ab.(dy_a - dy_b) - e_cd.(dy_c - dy_d),   e_ab = (y_a - y_b) / ||y_a - y_b||
//   L-op     uy_a += u e_ab;  uy_b -= u e_ab;  uy_c -= u e_cd;  uy_d += u e_cd
//
// The gradient of a norm at 0 is 0. The L-op gathers: each coordinate of y runs through the table in its order. A joint
// outside the outputs is never read: its rows become NaN.
//
// Floor: a few kilobytes, so the launch: an estimated 2 to 3 us.
#include "real.cuh"

constexpr int THREADS = 128;

struct Vector
{
    real x, y, z;
};

__device__ __forceinline__ Vector difference(const real* y, int a, int b)
{
    return {y[3 * a] - y[3 * b], y[3 * a + 1] - y[3 * b + 1], y[3 * a + 2] - y[3 * b + 2]};
}

__device__ __forceinline__ real dot(Vector a, Vector b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

// e_ab, or 0 where the joints coincide.
__device__ __forceinline__ Vector unit(Vector d)
{
    const real length = square_root(dot(d, d));
    return length == real(0) ? Vector{0, 0, 0} : Vector{d.x / length, d.y / length, d.z / length};
}

__device__ __forceinline__ bool is_joint(int joint, int width)
{
    return joint >= 0 && joint < width / 3;
}

__device__ __forceinline__ bool are_joints(const int* joint, int width)
{
    return is_joint(joint[0], width) && is_joint(joint[1], width) && is_joint(joint[2], width) && is_joint(joint[3], width);
}

__device__ __forceinline__ real not_a_number()
{
    const real zero = 0;
    return zero / zero;
}

// A thread a row (k,j).
extern "C" __global__ void __launch_bounds__(THREADS)
    limb_symmetry_forward(const int* joints, const real* y, real* c, int samples, int width, int rows)
{
    const int row = first_element();
    if (row >= samples * rows) return;
    const real* sample = y + (size_t)(row / rows) * width;
    const int* joint = joints + 4 * (row % rows);
    if (!are_joints(joint, width))
    {
        c[row] = not_a_number();
        return;
    }
    const Vector ab = difference(sample, joint[0], joint[1]);
    const Vector cd = difference(sample, joint[2], joint[3]);
    c[row] = square_root(dot(ab, ab)) - square_root(dot(cd, cd));
}

// A thread a row (k,j).
extern "C" __global__ void __launch_bounds__(THREADS)
    limb_symmetry_rop(const int* joints, const real* y, const real* dy, real* dc, int samples, int width, int rows)
{
    const int row = first_element();
    if (row >= samples * rows) return;
    const real* sample = y + (size_t)(row / rows) * width;
    const real* direction = dy + (size_t)(row / rows) * width;
    const int* joint = joints + 4 * (row % rows);
    if (!are_joints(joint, width))
    {
        dc[row] = not_a_number();
        return;
    }
    dc[row] = dot(unit(difference(sample, joint[0], joint[1])), difference(direction, joint[0], joint[1]))
        - dot(unit(difference(sample, joint[2], joint[3])), difference(direction, joint[2], joint[3]));
}

__device__ __forceinline__ real coordinate(Vector v, int axis)
{
    return axis == 0 ? v.x : axis == 1 ? v.y : v.z;
}

// What the limb from joint a to joint b with this weight adds to one coordinate of one joint.
__device__ __forceinline__ real share(const real* sample, int a, int b, real weight, int joint, int axis)
{
    if (joint != a && joint != b) return real(0);
    const real along = weight * coordinate(unit(difference(sample, a, b)), axis);
    return (joint == a ? along : real(0)) - (joint == b ? along : real(0));
}

// A thread a coordinate of y.
extern "C" __global__ void __launch_bounds__(THREADS)
    limb_symmetry_lop(const int* joints, const real* y, const real* u, real* uy, int samples, int width, int rows)
{
    const int element = first_element();
    if (element >= samples * width) return;
    const int k = element / width;
    const int joint = element % width / 3;
    const int axis = element % width % 3;
    const real* sample = y + (size_t)k * width;
    real sum = 0;
    for (int j = 0; j < rows && is_joint(joint, width); ++j)
    {
        const int* limb = joints + 4 * j;
        if (!are_joints(limb, width))
        {
            sum = not_a_number();
            continue;
        }
        const real weight = u[(size_t)k * rows + j];
        sum += share(sample, limb[0], limb[1], weight, joint, axis);
        sum += share(sample, limb[2], limb[3], -weight, joint, axis);
    }
    uy[element] = sum;
}
