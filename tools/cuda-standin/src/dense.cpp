// Cholesky by columns; eigenvalues by Householder's tridiagonal form and implicit QL steps with Wilkinson's shift (Golub and
// Van Loan, Matrix Computations, 8.3).
#include "dense.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace standin {

namespace {

constexpr int sumLanes = 8;

double dot(int n, const double* a, const double* b) {
    double lanes[sumLanes] = {};
    int i = 0;
    for (; i + sumLanes <= n; i += sumLanes)
        for (int l = 0; l < sumLanes; ++l) lanes[l] += a[i + l] * b[i + l];
    for (; i < n; ++i) lanes[0] += a[i] * b[i];
    double sum = 0;
    for (const double lane : lanes) sum += lane;
    return sum;
}

// y += alpha x
void axpy(int n, double alpha, const double* x, double* y) {
    for (int i = 0; i < n; ++i) y[i] += alpha * x[i];
}

double* columnOf(double* a, int n, int j) { return a + static_cast<long>(j) * n; }
const double* columnOf(const double* a, int n, int j) { return a + static_cast<long>(j) * n; }

// The power of two that brings the largest element to [1/2, 1): squares can then neither overflow nor all vanish.
int scaleExponent(int n, const double* a) {
    double largest = 0;
    for (long i = 0; i < static_cast<long>(n) * n; ++i) largest = std::max(largest, std::fabs(a[i]));
    int exponent = 0;
    if (std::isfinite(largest)) std::frexp(largest, &exponent);
    return exponent;
}

// H = I - tau v v^T with v[0] = 1 sends x to (beta, 0, ..., 0); v replaces x. Returns tau.
double reflect(int n, double* x, double& beta) {
    const double tail = dot(n - 1, x + 1, x + 1);
    beta = x[0];
    double tau = 0;
    if (tail != 0) {
        const double head = x[0];
        beta = -std::copysign(std::sqrt(head * head + tail), head);
        tau = (beta - head) / beta;
        for (int i = 1; i < n; ++i) x[i] /= head - beta;
    }
    x[0] = 1;
    return tau;
}

// A := H A H for a reflection of the rows and columns from `first` on.
void reflectBothSides(int n, double* a, int first, const double* v, double tau, double* w) {
    const int m = n - first;
    for (int j = 0; j < m; ++j) w[j] = tau * dot(m, columnOf(a, n, first + j) + first, v);
    axpy(m, -0.5 * tau * dot(m, w, v), v, w);
    for (int j = 0; j < m; ++j) {
        axpy(m, -w[j], v, columnOf(a, n, first + j) + first);
        axpy(m, -v[j], w, columnOf(a, n, first + j) + first);
    }
}

// A = Q T Q^T: T in `diagonal` and `beside` (element i couples i and i + 1), the vectors of Q's reflections in the columns
// of A from the row under the diagonal on, their factors in `tau`.
void makeTridiagonal(int n, double* a, double* diagonal, double* beside, double* tau) {
    std::vector<double> w(static_cast<std::size_t>(n));
    for (int k = 0; k + 1 < n; ++k) {
        double* v = columnOf(a, n, k) + k + 1;
        diagonal[k] = columnOf(a, n, k)[k];
        tau[k] = reflect(n - k - 1, v, beside[k]);
        if (tau[k] != 0) reflectBothSides(n, a, k + 1, v, tau[k], w.data());
    }
    diagonal[n - 1] = columnOf(a, n, n - 1)[n - 1];
    beside[n - 1] = 0;
}

// Q itself, in the place of its reflections: from the last to the first.
void formOrthogonal(int n, double* a, const double* tau) {
    std::vector<double> q(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
    for (int j = 0; j < n; ++j) columnOf(q.data(), n, j)[j] = 1;
    for (int k = n - 2; k >= 0; --k) {
        const double* v = columnOf(a, n, k) + k + 1;
        const int m = n - k - 1;
        for (int j = k + 1; j < n; ++j) {
            double* column = columnOf(q.data(), n, j) + k + 1;
            axpy(m, -tau[k] * dot(m, v, column), v, column);
        }
    }
    std::copy(q.begin(), q.end(), a);
}

void rotateColumns(int n, double* q, int j, double c, double s) {
    double* left = columnOf(q, n, j);
    double* right = columnOf(q, n, j + 1);
    for (int i = 0; i < n; ++i) {
        const double old = right[i];
        right[i] = s * left[i] + c * old;
        left[i] = c * left[i] - s * old;
    }
}

// One implicit QL step on the block first .. last, whose off-diagonal elements do not vanish.
void stepQl(int n, int first, int last, double* d, double* e, double* q) {
    const double half = (d[first + 1] - d[first]) / (2 * e[first]);
    const double root = std::hypot(half, 1.0);
    double g = d[last] - d[first] + e[first] / (half + std::copysign(root, half));
    double s = 1, c = 1, shift = 0;
    for (int i = last - 1; i >= first; --i) {
        const double f = s * e[i], b = c * e[i];
        const double r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) { // the block falls apart here
            d[i + 1] -= shift;
            e[last] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - shift;
        const double t = (d[i] - g) * s + 2 * c * b;
        shift = s * t;
        d[i + 1] = g + shift;
        g = c * t - b;
        if (q != nullptr) rotateColumns(n, q, i, c, s);
    }
    d[first] -= shift;
    e[first] = g;
    e[last] = 0;
}

// The first index from `first` on whose coupling to the next is lost in rounding.
int endOfBlock(int n, int first, const double* d, const double* e) {
    int last = first;
    while (last + 1 < n
           && std::fabs(e[last]) > std::numeric_limits<double>::epsilon() * (std::fabs(d[last]) + std::fabs(d[last + 1])))
        ++last;
    return last;
}

int iterateQl(int n, double* d, double* e, double* q) {
    constexpr int stepsPerValue = 60;
    int failed = 0;
    for (int first = 0; first < n; ++first) {
        int steps = 0, last = endOfBlock(n, first, d, e);
        for (; last > first && steps < stepsPerValue; ++steps) {
            stepQl(n, first, last, d, e, q);
            last = endOfBlock(n, first, d, e);
        }
        if (last > first) ++failed;
    }
    return failed;
}

void sortAscending(int n, double* values, double* q) {
    for (int i = 0; i < n; ++i) {
        const int least = static_cast<int>(std::min_element(values + i, values + n) - values);
        if (least == i) continue;
        std::swap(values[i], values[least]);
        if (q != nullptr) std::swap_ranges(columnOf(q, n, i), columnOf(q, n, i) + n, columnOf(q, n, least));
    }
}

} // namespace

int cholesky(int n, double* a) {
    for (int j = 0; j < n; ++j) {
        double* column = columnOf(a, n, j);
        for (int i = 0; i < j; ++i)
            column[i] = (column[i] - dot(i, columnOf(a, n, i), column)) / columnOf(a, n, i)[i];
        const double pivot = column[j] - dot(j, column, column);
        if (!(pivot > 0)) return j + 1;
        column[j] = std::sqrt(pivot);
    }
    return 0;
}

void solveCholesky(int n, const double* u, double* b) {
    for (int i = 0; i < n; ++i) b[i] = (b[i] - dot(i, columnOf(u, n, i), b)) / columnOf(u, n, i)[i];
    for (int i = n - 1; i >= 0; --i) {
        b[i] /= columnOf(u, n, i)[i];
        axpy(i, -b[i], columnOf(u, n, i), b);
    }
}

int eigenvalues(int n, double* a, double* values, bool vectors) {
    if (n == 0) return 0;
    const int exponent = scaleExponent(n, a);
    for (long i = 0; i < static_cast<long>(n) * n; ++i) a[i] = std::ldexp(a[i], -exponent);
    std::vector<double> beside(static_cast<std::size_t>(n)), tau(static_cast<std::size_t>(n));
    makeTridiagonal(n, a, values, beside.data(), tau.data());
    if (vectors) formOrthogonal(n, a, tau.data());
    double* q = vectors ? a : nullptr;
    const int failed = iterateQl(n, values, beside.data(), q);
    for (int i = 0; i < n; ++i) values[i] = std::ldexp(values[i], exponent);
    sortAscending(n, values, q);
    return failed;
}

} // namespace standin
