// Which steps of a projection are taken and when it ends: the twin of engine/Kernels/NewtonCourse.cs, the same formulas in the
// same order. A change here is a change there; a test feeds both the same numbers and asks for the same bits. The limits are
// printed from C# (engine/Cuda/ProjectionPrinter.cs), in front of this text.
#pragma once

enum Verdict
{
    ACCEPT,
    CORRECT,
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
    bool is_corrected;
};

__device__ __forceinline__ Course begin_course(double largest)
{
    Course course = {};
    course.scale = largest > 0 ? largest : 1;
    course.best_violation = double(infinity());
    return course;
}

// To the lowest point of the parabola through what is known of the merit function, within bounds.
__device__ __forceinline__ Verdict shorten(Course& course, double merit)
{
    const double fall = course.slope * course.share;
    const double lowest = -course.slope * course.share / (2 * (merit - course.accepted_merit - fall));
    course.share *= lowest >= LEAST_SHORTENING ? smaller(lowest, 0.5) : LEAST_SHORTENING;
    return course.share < SHORTEST_STEP || course.rounds >= MOST_ROUNDS ? STALL : SHORTEN;
}

__device__ __forceinline__ bool is_taken(const Course& course, const Point& point)
{
    return point.merit() <= course.accepted_merit + ARMIJO * course.share * course.slope ||
           (course.share == 1 && point.residual() <= 0.5 * course.accepted_residual);
}

__device__ __forceinline__ Verdict judge(Course& course, const Point& point)
{
    const bool is_first = course.rounds++ == 0;
    const double residual = point.residual();
    if (!point.is_finite()) return is_first ? STALL : shorten(course, double(infinity()));
    course.scale = larger(course.scale, sqrt(point.half_square));
    if (!is_first && !is_taken(course, point))
    {
        if (course.accepted_residual <= ROUNDING_FLOOR * course.scale) return END_BEFORE;
        if (course.share < 1 || course.is_corrected || course.rounds >= MOST_ROUNDS) return shorten(course, point.merit());
        course.is_corrected = true;
        return CORRECT;
    }
    if (residual <= TOLERANCE * course.scale) return END_HERE;
    if (!is_first && course.share == 1 && residual <= ROUNDING_FLOOR * course.scale && residual > 0.5 * course.accepted_residual)
    {
        return residual < course.accepted_residual ? END_HERE : END_BEFORE;
    }
    if (course.rounds >= MOST_ROUNDS) return STALL;
    course.accepted_residual = residual;
    return ACCEPT;
}

// The multiple of the identity, relative to the size of W, for the next step.
__device__ __forceinline__ double damping_after(double before, double share)
{
    if (share > 0 && share < MUCH_SHORTENED) return larger(10 * before, 0.01);
    return share == 1 ? (before > 1e-3 ? 0.4 * before : 0) : before;
}

// The penalty of a row for the next step.
__device__ __forceinline__ double penalty_after(double before, double multiplier)
{
    return larger(2 * absolute(multiplier), 0.1 * before);
}

// Whether the merit function falls along the new step, or its end is in sight.
__device__ __forceinline__ bool set_out(Course& course, double merit, double slope)
{
    course.accepted_merit = merit;
    course.slope = slope;
    course.share = 1;
    course.is_corrected = false;
    return slope < 0 || course.accepted_residual <= NEARLY_THERE * course.scale;
}
