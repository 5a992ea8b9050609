// The product is cut into panels that fit the caches: op(B) is packed once for each slice of k (shared by the workers),
// op(A) for each block of rows, and a small kernel multiplies strips of both in registers.
#include "gemm.h"

#include "device_thread.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace standin {

namespace {

constexpr int vectorBytes = 32;
constexpr int sliceK = 256;     // of k
constexpr int blockRows = 96;   // of C, for one packed panel of A
constexpr int stripColumns = 6; // of C in the small kernel

template <class T> struct Lanes {
    typedef T Vector __attribute__((vector_size(vectorBytes), aligned(alignof(T))));
    static constexpr int width = vectorBytes / sizeof(T);
    static constexpr int stripRows = 2 * width; // of C in the small kernel
};

int roundUp(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

// The nearest number with 10 bits of mantissa, ties away from zero; infinities and NaN stay.
float toTf32(float x) {
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7f800000u) == 0x7f800000u) return x;
    bits = (bits + 0x1000u) & ~0x1fffu;
    std::memcpy(&x, &bits, sizeof bits);
    return x;
}
double toTf32(double x) { return x; }

// Element (row, column) of op(X).
template <class T> T element(const T* x, int ld, bool transpose, bool tf32, long row, long column) {
    const T value = transpose ? x[row * ld + column] : x[column * ld + row];
    return tf32 ? toTf32(value) : value;
}

// op(A)(rows, slice) as strips: for each strip, stripRows values for each k. Missing rows are 0.
template <class T> void packA(const GemmArguments<T>& g, int row0, int rows, int k0, int depth, T* packed) {
    constexpr int strip = Lanes<T>::stripRows;
    for (int r = 0; r < rows; r += strip) {
        const int present = std::min(strip, rows - r);
        T* out = packed + static_cast<long>(r) * depth;
        for (int k = 0; k < depth; ++k, out += strip) {
            for (int i = 0; i < present; ++i) out[i] = element(g.a, g.lda, g.transposeA, g.tf32, row0 + r + i, k0 + k);
            for (int i = present; i < strip; ++i) out[i] = 0;
        }
    }
}

template <class T> void packB(const GemmArguments<T>& g, int column0, int columns, int k0, int depth, T* packed) {
    for (int c = 0; c < columns; c += stripColumns) {
        const int present = std::min(stripColumns, columns - c);
        T* out = packed + static_cast<long>(c) * depth;
        for (int k = 0; k < depth; ++k, out += stripColumns) {
            for (int j = 0; j < present; ++j) out[j] = element(g.b, g.ldb, g.transposeB, g.tf32, k0 + k, column0 + c + j);
            for (int j = present; j < stripColumns; ++j) out[j] = 0;
        }
    }
}

// A strip of A times a strip of B over `depth`: a stripRows x stripColumns tile, column by column.
template <class T> void multiplyStrips(int depth, const T* a, const T* b, T* tile) {
    using Vector = typename Lanes<T>::Vector;
    Vector low[stripColumns] = {}, high[stripColumns] = {};
    for (int k = 0; k < depth; ++k, a += Lanes<T>::stripRows, b += stripColumns) {
        const Vector upper = *reinterpret_cast<const Vector*>(a);
        const Vector lower = *reinterpret_cast<const Vector*>(a + Lanes<T>::width);
#pragma GCC unroll 6
        for (int j = 0; j < stripColumns; ++j) {
            low[j] += upper * b[j];
            high[j] += lower * b[j];
        }
    }
    for (int j = 0; j < stripColumns; ++j) {
        *reinterpret_cast<Vector*>(tile + j * Lanes<T>::stripRows) = low[j];
        *reinterpret_cast<Vector*>(tile + j * Lanes<T>::stripRows + Lanes<T>::width) = high[j];
    }
}

template <class T> void addTile(const GemmArguments<T>& g, const T* tile, int row0, int rows, int column0, int columns) {
    for (int j = 0; j < columns; ++j) {
        T* c = g.c + static_cast<long>(column0 + j) * g.ldc + row0;
        for (int i = 0; i < rows; ++i) c[i] += g.alpha * tile[j * Lanes<T>::stripRows + i];
    }
}

template <class T>
void multiplyBlock(const GemmArguments<T>& g, int row0, int rows, int k0, int depth, const T* packedB, T* packedA) {
    constexpr int strip = Lanes<T>::stripRows;
    packA(g, row0, rows, k0, depth, packedA);
    T tile[Lanes<T>::stripRows * stripColumns];
    for (int c = 0; c < g.n; c += stripColumns)
        for (int r = 0; r < rows; r += strip) {
            multiplyStrips(depth, packedA + static_cast<long>(r) * depth, packedB + static_cast<long>(c) * depth, tile);
            addTile(g, tile, row0 + r, std::min(strip, rows - r), c, std::min(stripColumns, g.n - c));
        }
}

template <class T> void scaleC(const GemmArguments<T>& g) {
    if (g.beta == T(1)) return;
    for (int j = 0; j < g.n; ++j) {
        T* c = g.c + static_cast<long>(j) * g.ldc;
        if (g.beta == T(0))
            std::fill_n(c, g.m, T(0));
        else
            for (int i = 0; i < g.m; ++i) c[i] *= g.beta;
    }
}

} // namespace

template <class T> void gemm(const GemmArguments<T>& g, int workers) {
    if (g.m == 0 || g.n == 0) return;
    scaleC(g);
    if (g.k == 0 || g.alpha == T(0)) return;
    constexpr long worthSharing = 100'000; // multiplications
    const int blocks = (g.m + blockRows - 1) / blockRows;
    const int count = static_cast<long>(g.m) * g.n * g.k < worthSharing ? 1 : std::min(workers, blocks);
    std::vector<T> packedB(static_cast<std::size_t>(roundUp(g.n, stripColumns)) * sliceK);
    std::vector<std::vector<T>> packedA(static_cast<std::size_t>(count),
                                        std::vector<T>(static_cast<std::size_t>(blockRows) * sliceK));
    for (int k0 = 0; k0 < g.k; k0 += sliceK) {
        const int depth = std::min(sliceK, g.k - k0);
        packB(g, 0, g.n, k0, depth, packedB.data());
        inParallel(count, [&](int id) {
            for (int block = id; block < blocks; block += count) {
                const int row0 = block * blockRows;
                multiplyBlock(g, row0, std::min(blockRows, g.m - row0), k0, depth, packedB.data(),
                              packedA[static_cast<std::size_t>(id)].data());
            }
        });
    }
}

template void gemm<float>(const GemmArguments<float>&, int);
template void gemm<double>(const GemmArguments<double>&, int);

} // namespace standin
