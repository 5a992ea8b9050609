// Dense linear algebra of symmetric matrices in float64: what the stand-in's cuSOLVER computes. Matrices lie column by
// column without gaps between columns; everything runs on the calling thread in one order, so results are the same bits.
#pragma once
#include "common.h"

#include <vector>

namespace standin {

// A = U^T U in place, in the upper triangle; what lies below it is not touched. 0, or the order of the first leading minor
// that is not positive: columns from that one on are then half done, as LAPACK leaves them.
int cholesky(int n, double* a);

// b = A^-1 b by the factor of cholesky.
void solveCholesky(int n, const double* u, double* b);

// The eigenvalues of the symmetric A (both triangles given), ascending, and with `vectors` the vectors of length 1 in the
// columns of `a`; otherwise `a` is destroyed. 0, or how many off-diagonal elements did not vanish.
int eigenvalues(int n, double* a, double* values, bool vectors);

} // namespace standin
