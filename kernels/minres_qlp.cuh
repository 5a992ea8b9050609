// The scalar recurrence of MINRES-QLP with all its decisions, on a state that stays on the device.
//
// The twin of engine/Kernels/MinresQlpRecurrence.cs and MinresQlpScalars.cs: the same formulas in the same order on a
// struct of the same layout, everything in float64 whatever the vectors are. A change here is a change there; a test
// feeds both the same numbers and asks for the same bits. That holds without contraction of a * b + c, so the files that
// include this one are compiled with --fmad=false and write their own fused operations.
//
// S.-C. T. Choi, C. C. Paige, M. A. Saunders, SIAM J. Sci. Comput. 33(4), 2011; S.-C. T. Choi, M. A. Saunders, ACM TOMS
// 40(2), 2014. The stopping rules are our own, see MinresQlpRecurrence.cs.
#pragma once

// SolveExit.cs.
constexpr int EXIT_PRECONDITIONER_NOT_POSITIVE = -3;
constexpr int EXIT_EIGENVECTOR = -1;
constexpr int EXIT_ZERO_SOLUTION = 0;
constexpr int EXIT_VANISHING_EIGENVALUE = 5;
constexpr int EXIT_NORM_LIMIT = 6;
constexpr int EXIT_CONDITION_LIMIT = 7;
constexpr int EXIT_ITERATION_LIMIT = 8;
constexpr int EXIT_NOT_FINITE = 20;

// Below this many spacings of the vectors' numbers, relative to ||B||, a scalar counts as 0.
constexpr double ZERO_FACTOR = 10;

// MinresQlpScalars.cs, member by member; names end in _l and _l2 for "one (two) iterations back".
struct MinresScalars
{
    double relative_tolerance, least_squares_tolerance, epsilon, condition_limit, norm_limit;
    double scale;
    double sum0, sum1;
    double beta1, beta, beta_next, alpha;
    double stored, stored_l, next_scale;
    double first_column;
    double phi;
    double cs, sn, c1, s1, c2, s2;
    double dbar, eps_next;
    double gamma, gamma_l, gamma_l2;
    double theta, theta_l, theta_l2;
    double eta, eta_l, eta_l2;
    double tau, tau_l, tau_l2;
    double mu0, mu1, mu2, mu3, mu4;
    double final_norm, solution_norm, residual_norm;
    double normal_residual_norm, normal_ratio, smallest_normal_ratio;
    double backward_error, operator_norm, smallest_gamma, condition;
    double pass_c1, pass_s1, pass_c2, pass_s2, pass_mu2, pass_v, pass_product, pass_previous, pass_current;
    int iteration, max_iterations, exponent_limit;
    int exit, solved_exit, least_squares_exit;
    int stop, begun, directions_due;
};

// ---------------------------------------------------------------------------------------------------------------------
// Small functions of float64 that must be the same to the bit everywhere, so none comes from a mathematics library.

__device__ __forceinline__ unsigned long long bits_of(double x)
{
    union { double number; unsigned long long bits; } view;
    view.number = x;
    return view.bits;
}

__device__ __forceinline__ double of_bits(unsigned long long bits)
{
    union { double number; unsigned long long bits; } view;
    view.bits = bits;
    return view.number;
}

__device__ __forceinline__ double magnitude(double x) { return of_bits(bits_of(x) & 0x7fffffffffffffffull); }

__device__ __forceinline__ double greater_of(double a, double b) { return a > b || a != a ? a : b; }

__device__ __forceinline__ double lesser_of(double a, double b) { return a < b || a != a ? a : b; }

__device__ __forceinline__ bool is_finite(double x) { return x - x == 0; }

// 2^e for -1022 <= e <= 1023.
__device__ __forceinline__ double power_of_two(int e) { return of_bits((unsigned long long)(e + 1023) << 52); }

// The largest power of two that is not above x > 0, with an exponent of at most `limit` < 1022 either way.
__device__ __forceinline__ double power_of_two_near(double x, int limit)
{
    const int e = int(bits_of(x) >> 52) - 1023;
    return power_of_two(e < -limit ? -limit : e > limit ? limit : e);
}

// sqrt(a^2 + b^2): the squares summed exactly but for one rounding, then the root; scaled where squares leave the range.
__device__ inline double hypotenuse(double a, double b)
{
    a = magnitude(a);
    b = magnitude(b);
    double x = a < b ? b : a;
    double y = a < b ? a : b;
    if (!is_finite(x) || !is_finite(y) || y <= x * power_of_two(-60)) return x + y;
    const double scale = x > power_of_two(500) ? power_of_two(-600) : x < power_of_two(-400) ? power_of_two(600) : 1;
    x *= scale;
    y *= scale;
    const double xx = x * x, yy = y * y;
    const double sum = xx + yy;
    const double lost = ((xx - sum) + yy) + (fma(x, x, -xx) + fma(y, y, -yy));
    return sqrt(sum + lost) / scale;
}

// ---------------------------------------------------------------------------------------------------------------------
// Ends and measures.

// The reflection [c s; s -c] with c a + s b = r = ||(a, b)||, and (1, 0, 0) for a = b = 0.
__device__ inline void sym_ortho(double a, double b, double& c, double& s, double& r)
{
    const double norm = hypotenuse(a, b);
    c = norm == 0 ? 1 : a / norm;
    s = norm == 0 ? 0 : b / norm;
    r = norm;
}

// Ends the solve after the vector update of this iteration.
__device__ inline void finish(MinresScalars& s, int exit)
{
    s.exit = exit;
    s.stop = 1;
}

// Ends the solve at once, with the directions as the iteration before left them.
__device__ inline void end(MinresScalars& s, int exit)
{
    s.exit = exit;
    s.stop = 2;
}

__device__ inline void measure(MinresScalars& s)
{
    s.solution_norm = hypotenuse(hypotenuse(s.final_norm, s.mu1), s.mu0);
    s.backward_error = s.residual_norm / ((s.operator_norm * s.solution_norm) + s.beta1);
}

// Sets u_k = 0, which leaves row k of L u = t unsolved.
__device__ inline void drop(MinresScalars& s, double remainder)
{
    s.mu0 = 0;
    s.residual_norm = hypotenuse(s.phi, remainder);
    measure(s);
}

__device__ inline void drop_and_finish(MinresScalars& s, double remainder, int exit)
{
    drop(s, remainder);
    finish(s, exit);
}

// ---------------------------------------------------------------------------------------------------------------------
// The steps of an iteration.

// Chooses the scale of b from max |b_i|; ends the solve if that is 0 or not finite.
__device__ inline void choose_scale(MinresScalars& s, double max_abs)
{
    if (!is_finite(max_abs)) end(s, EXIT_NOT_FINITE);
    else if (max_abs == 0) end(s, EXIT_ZERO_SOLUTION);
    else s.scale = power_of_two_near(max_abs, s.exponent_limit);
}

// Takes alpha_k from the sums of the product pass and prepares the pass that forms beta_k+1 v_k+1.
__device__ inline void accept_product(MinresScalars& s)
{
    s.directions_due = 0;
    if (s.stop != 0)
    {
        s.stop = 2;
        return;
    }
    s.iteration++;
    if (!is_finite(s.sum0) || !is_finite(s.sum1))
    {
        end(s, EXIT_NOT_FINITE);
        return;
    }
    s.alpha = s.sum0 / s.stored;
    s.pass_current = s.alpha / s.stored;
    s.next_scale = s.sum1 > 0 ? 1 / power_of_two_near(sqrt(s.sum1), s.exponent_limit) : 1;
}

// Takes beta_1.
__device__ inline void begin(MinresScalars& s)
{
    s.begun = 1;
    if (s.sum0 > 0 && is_finite(s.sum0))
    {
        s.beta1 = sqrt(s.sum0);
        s.beta = s.beta1;
        s.phi = s.beta1;
        s.residual_norm = s.beta1;
        s.stored = s.beta1;
        s.pass_product = 1 / s.stored;
        s.backward_error = 1;
        return;
    }
    end(s, s.sum0 <= 0 ? EXIT_PRECONDITIONER_NOT_POSITIVE : EXIT_NOT_FINITE);
}

// B b is 0 or, as later columns of B tell, nothing but rounding: then x = 0 is the answer.
__device__ inline bool is_null_right_hand_side(MinresScalars& s)
{
    const bool zero = s.iteration == 1 ? s.first_column == 0 : s.first_column <= ZERO_FACTOR * s.epsilon * s.operator_norm;
    if (!zero) return false;
    s.mu0 = s.mu1 = s.solution_norm = 0;
    s.residual_norm = s.beta1;
    s.normal_residual_norm = s.first_column * s.beta1;
    end(s, EXIT_ZERO_SOLUTION);
    return true;
}

// Takes beta_k+1 and updates ||B||. False ends the solve with the iterate before this iteration.
__device__ inline bool take_norm(MinresScalars& s)
{
    if (!is_finite(s.sum0))
    {
        end(s, EXIT_NOT_FINITE);
        return false;
    }
    s.beta_next = sqrt(magnitude(s.sum0)) / s.next_scale;
    const double above = s.iteration > 1 ? s.beta : 0;
    const double column = hypotenuse(hypotenuse(above, s.alpha), s.beta_next);
    s.operator_norm = greater_of(s.operator_norm, column);
    if (s.beta_next <= ZERO_FACTOR * s.epsilon * s.operator_norm) s.beta_next = 0;
    else if (s.sum0 < 0) end(s, EXIT_PRECONDITIONER_NOT_POSITIVE);
    if (s.iteration == 1) s.first_column = column;
    return s.stop == 0 && !is_null_right_hand_side(s);
}

// Left reflections: a column of the QR factorisation of T. Returns ||B r_k-1|| / ||r_k-1||.
__device__ inline double reflect_left(MinresScalars& s, double& d)
{
    d = (s.cs * s.dbar) + (s.sn * s.alpha);
    const double gamma_bar = (s.sn * s.dbar) - (s.cs * s.alpha);
    const double eps_next = s.sn * s.beta_next;
    s.dbar = -s.cs * s.beta_next;
    const double root = hypotenuse(gamma_bar, s.dbar);
    s.gamma_l2 = s.gamma_l;
    s.gamma_l = s.gamma;
    sym_ortho(gamma_bar, s.beta_next, s.cs, s.sn, s.gamma);
    s.tau_l2 = s.tau_l;
    s.tau_l = s.tau;
    s.tau = s.cs * s.phi;
    s.phi *= s.sn;
    s.eps_next = eps_next;
    return root;
}

// Right reflections P_k-2,k and P_k-1,k, which make the triangular factor lower triangular.
__device__ inline void reflect_right(MinresScalars& s, double d)
{
    if (s.iteration > 2)
    {
        s.eta_l2 = s.eta_l;
        s.eta_l = s.eta;
        s.theta_l2 = s.theta_l;
        s.theta_l = (s.c2 * s.theta) + (s.s2 * d);
        d = (s.s2 * s.theta) - (s.c2 * d);
        s.eta = s.s2 * s.gamma;
        s.gamma = -s.c2 * s.gamma;
    }
    if (s.iteration > 1)
    {
        sym_ortho(s.gamma_l, d, s.c1, s.s1, s.gamma_l);
        s.theta = s.s1 * s.gamma;
        s.gamma = -s.c1 * s.gamma;
    }
}

__device__ __forceinline__ double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

// Forward substitution of L u = t down to u_k-1; u_k waits for the decision.
__device__ inline void substitute(MinresScalars& s)
{
    s.mu4 = s.mu3;
    s.mu3 = s.mu2;
    if (s.iteration > 2) s.mu2 = quotient(s.tau_l2 - (s.eta_l2 * s.mu4) - (s.theta_l2 * s.mu3), s.gamma_l2);
    if (s.iteration > 1) s.mu1 = quotient(s.tau_l - (s.eta_l * s.mu3) - (s.theta_l * s.mu2), s.gamma_l);
    s.final_norm = hypotenuse(s.final_norm, s.mu2);
}

// The coefficients of the vector update, then P_k-1,k+1 for the next iteration.
__device__ inline void prepare_pass(MinresScalars& s)
{
    s.pass_c1 = s.c1;
    s.pass_s1 = s.s1;
    s.pass_c2 = s.c2;
    s.pass_s2 = s.s2;
    s.pass_mu2 = s.mu2;
    s.pass_v = 1 / s.stored;
    s.directions_due = 1;
    if (s.iteration > 1) sym_ortho(s.gamma_l, s.eps_next, s.c2, s.s2, s.gamma_l);
}

// Estimates that the rules compare: ||B||, ||B r_k-1||, and the smallest diagonal entry of L.
__device__ inline void estimate(MinresScalars& s, double root, double previous_residual)
{
    s.operator_norm = greater_of(s.operator_norm, greater_of(s.gamma_l, magnitude(s.gamma)));
    if (s.iteration > 1) s.smallest_gamma = lesser_of(s.smallest_gamma, s.gamma_l);
    s.condition = s.operator_norm / lesser_of(s.smallest_gamma, magnitude(s.gamma));
    s.normal_residual_norm = previous_residual * root;
    s.normal_ratio = root / s.operator_norm;
}

// ---------------------------------------------------------------------------------------------------------------------
// The decision.

// u_k would make ||x|| grow and leave ||r|| as it is.
__device__ inline bool is_blow_up(const MinresScalars& s, double previous_residual, double remainder)
{
    if (s.normal_ratio > sqrt(s.least_squares_tolerance) || s.phi < (1 - 1e-5) * previous_residual) return false;
    const double growth = s.normal_ratio <= sqrt(s.epsilon) ? 3 : 100;
    const double without = hypotenuse(s.final_norm, s.mu1);
    return without > 0 && magnitude(remainder) >= growth * without * magnitude(s.gamma);
}

// ||B r|| is small for a residual that is not, or was and grows again.
__device__ inline bool is_least_squares(
    MinresScalars& s, double previous_residual, double previous_solution, double remainder)
{
    const double smallest = lesser_of(s.smallest_normal_ratio, s.normal_ratio);
    s.smallest_normal_ratio = smallest;
    const double backward = previous_residual / ((s.operator_norm * previous_solution) + s.beta1);
    if (backward <= 10 * s.relative_tolerance) return false;
    if (s.normal_ratio <= s.least_squares_tolerance) return true;
    if (smallest <= 2 * s.least_squares_tolerance && s.normal_ratio >= 10 * smallest) return true;
    return is_blow_up(s, previous_residual, remainder);
}

// All stopping rules in their order: rank and least squares come first, because the backward error of an inconsistent
// system goes to 0 merely because ||x|| blows up along the null direction.
__device__ inline void decide(MinresScalars& s, double previous_residual, double previous_solution)
{
    const double remainder = s.tau - (s.eta * s.mu2) - (s.theta * s.mu1);
    if (magnitude(s.gamma) <= ZERO_FACTOR * s.epsilon * s.operator_norm
        || is_least_squares(s, previous_residual, previous_solution, remainder))
    {
        drop_and_finish(s, remainder, s.least_squares_exit);
        return;
    }
    s.mu0 = remainder / s.gamma;
    s.residual_norm = s.phi;
    measure(s);
    const double growth = s.solution_norm * s.operator_norm / s.beta1;
    if (s.condition >= s.condition_limit) drop_and_finish(s, remainder, EXIT_CONDITION_LIMIT);
    else if (s.backward_error <= s.relative_tolerance || s.phi <= s.relative_tolerance * s.beta1)
    {
        finish(s, s.iteration == 1 && s.beta_next == 0 ? EXIT_EIGENVECTOR : s.solved_exit);
    }
    else if (growth * s.epsilon >= 1) drop_and_finish(s, remainder, EXIT_VANISHING_EIGENVALUE);
    else if (growth >= s.norm_limit) drop_and_finish(s, remainder, EXIT_NORM_LIMIT);
    else if (s.iteration >= s.max_iterations) finish(s, EXIT_ITERATION_LIMIT);
}

// One step from the sum that gives beta_k+1; the first call takes beta_1 instead.
__device__ inline void advance(MinresScalars& s)
{
    if (s.stop != 0) return;
    if (s.begun == 0)
    {
        begin(s);
        return;
    }
    if (!take_norm(s)) return;
    const double previous_residual = s.phi;
    const double previous_solution = s.solution_norm;
    double d;
    const double root = reflect_left(s, d);
    reflect_right(s, d);
    substitute(s);
    prepare_pass(s);
    estimate(s, root, previous_residual);
    decide(s, previous_residual, previous_solution);
    s.stored_l = s.stored;
    s.stored = s.beta_next * s.next_scale;
    s.beta = s.beta_next;
    s.pass_product = 1 / s.stored;
    s.pass_previous = s.beta / s.stored_l;
}
