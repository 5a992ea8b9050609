// Which steps of a projection are taken and when it ends: the twin of engine/Kernels/NewtonCourse.cs, the same formulas in the
// same order. A change here is a change there; a test feeds both the same numbers and asks for the same bits. The limits are
// printed from C# (engine/Cuda/ProjectionPrinter.cs), in front of this text.
#pragma once

enum Verdict
{
    ACCEPT,
    SHORTEN,
    END_HERE,
    END_BEFORE,
    STALL,
};

// Neither NaN nor infinite.
__device__ __forceinline__ bool is_bounded(double x)
{
    return x - x == 0;
}

// What is measured at a trial point.
struct Point
{
    double half_square, stationarity, violation, penalty;

    __device__ __forceinline__ double residual() const { return stationarity + violation; }

    __device__ __forceinline__ double merit() const { return half_square + penalty; }

    __device__ __forceinline__ bool is_finite() const { return is_bounded(half_square + stationarity + violation + penalty); }
};

struct Course
{
    double scale, share, slope, best_violation, accepted_merit, accepted_residual;
    int rounds;
};

__device__ __forceinline__ Course begin_course(double largest)
{
    Course course = {};
    course.scale = largest > 0 ? largest : 1;
    course.best_violation = double(infinity());
    return course;
}

__device__ __forceinline__ Verdict shorten(Course& course)
{
    course.share *= 0.5;
    return course.share < SHORTEST_STEP || course.rounds >= MOST_ROUNDS ? STALL : SHORTEN;
}

__device__ __forceinline__ Verdict judge(Course& course, const Point& point)
{
    const bool is_first = course.rounds++ == 0;
    const double residual = point.residual();
    if (!point.is_finite()) return is_first ? STALL : shorten(course);
    const bool is_full = course.share == 1;
    const bool is_near = course.accepted_residual <= ROUNDING_FLOOR * course.scale;
    const bool is_taken = point.merit() <= course.accepted_merit + ARMIJO * course.share * course.slope ||
                          (is_full && residual <= 0.5 * course.accepted_residual);
    if (!is_first && !is_taken) return is_near ? END_BEFORE : shorten(course);
    if (residual <= TOLERANCE * course.scale) return END_HERE;
    if (!is_first && is_full && residual <= ROUNDING_FLOOR * course.scale && residual > 0.5 * course.accepted_residual)
    {
        return residual < course.accepted_residual ? END_HERE : END_BEFORE;
    }
    if (course.rounds >= MOST_ROUNDS) return STALL;
    course.accepted_residual = residual;
    return ACCEPT;
}

// Whether the merit function falls along the new step, or its end is in sight.
__device__ __forceinline__ bool set_out(Course& course, double merit, double slope)
{
    course.accepted_merit = merit;
    course.slope = slope;
    course.share = 1;
    return slope < 0 || course.accepted_residual <= ROUNDING_FLOOR * course.scale;
}
