#!/usr/bin/env bash
# Compiles every kernel in both precisions, for the layers of Eq. 13 and some odd ones, to true PTX by clang: a second
# compiler beside NVRTC, which needs no CUDA and no GPU. It proves the device code's types, address spaces and syntax, and
# finds two costly accidents in the PTX: float64 in a float kernel and arrays that do not fit in registers.
# Usage: tools/kernel-check/check.sh [file.cu ...]     CLANG=clang++-19 picks the compiler.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../kernels

clang=${CLANG:-}
for version in "" -19 -18 -17 -16 -15 -14; do
  [ -n "$clang" ] && break
  command -v "clang++$version" >/dev/null && clang=clang++$version
done
if [ -z "$clang" ]; then
  echo "kernel-check: no clang++ on PATH; install clang 14 or later, or name one in CLANG" >&2
  exit 2
fi

# Float kernels in which float64 is meant, and why.
allowed() {
  case $1 in
    vector_dot | vector_sum_parts | vector_max_abs | vector_max_parts) echo "results are float64" ;;
    column_sums | *_sum_parts | *convolution_lop_weight) echo "sums over a batch run in float64" ;;
    adam) echo "reads its numbers in float64" ;;
    minres_*) echo "the recurrence's scalars and dot products are float64" ;;
    *) return 1 ;;
  esac
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiled=0 failed=0 entries=0

fail() {
  echo "FAIL $1: $2"
  failed=$((failed + 1))
}

# check NAME FILE DEFINE...: one line, ok or FAIL.
check() {
  local name=$1 file=$2 real problems="" kernel count locals doubles
  shift 2
  for real in float double; do
    compiled=$((compiled + 1))
    if ! "$clang" -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -nocudainc -nocudalib -std=c++17 -O3 \
      -ffp-contract=fast -Wall -Wextra -Werror -Wno-unknown-cuda-version -Wno-pass-failed -Xclang -target-feature \
      -Xclang +ptx75 -include "$here/prelude.h" "-DREAL=$real" "$@" -S "$kernels/$file" -o "$work/ptx" 2>"$work/log"; then
      fail "$name $real" "$(grep -m1 -E 'error|warning' "$work/log" || head -n1 "$work/log")"
      [ -n "${VERBOSE:-}" ] && cat "$work/log"
      continue
    fi
    problems="" count=0
    # One line an entry: its name, the lines that mention .local and those that mention .f64.
    while read -r kernel locals doubles; do
      count=$((count + 1))
      [ "$locals" -gt 0 ] && problems+=" $kernel has $locals lines of .local;"
      [ "$real" = float ] && [ "$doubles" -gt 0 ] && ! allowed "$kernel" >/dev/null &&
        problems+=" $kernel has $doubles lines of .f64;"
    done < <(awk '
      /\.entry/ { name = $0; sub(/.*\.entry[ \t]+/, "", name); sub(/\(.*/, "", name); locals = doubles = 0 }
      name != "" && /\.local/ { locals++ }
      name != "" && /\.f64/ { doubles++ }
      /^}/ { if (name != "") print name, locals, doubles; name = "" }' "$work/ptx")
    entries=$((entries + count))
    if [ "$count" -eq 0 ]; then fail "$name $real" "no kernel in the PTX"
    elif [ -n "$problems" ]; then fail "$name $real" "$problems"
    else echo "ok $name $real: $count kernels"
    fi
  done
}

# convolution NAME C H W O K L STRIDE PADDING
convolution() {
  check "convolution $1" convolution.cu "-DIN_CHANNELS=$2" "-DIN_HEIGHT=$3" "-DIN_WIDTH=$4" "-DOUT_CHANNELS=$5" \
    "-DKERNEL_HEIGHT=$6" "-DKERNEL_WIDTH=$7" "-DSTRIDE=$8" "-DPADDING=$9" -DWINDOW=1
}

# pooled NAME C H W O K L WINDOW RELU
pooled() {
  check "pooled $1" pooled_convolution.cu "-DIN_CHANNELS=$2" "-DIN_HEIGHT=$3" "-DIN_WIDTH=$4" "-DOUT_CHANNELS=$5" \
    "-DKERNEL_HEIGHT=$6" "-DKERNEL_WIDTH=$7" -DSTRIDE=1 -DPADDING=0 "-DWINDOW=$8" "-DRELU=$9"
}

# maxpool NAME H W WINDOW STRIDE PADDING
maxpool() {
  check "maxpool $1" maxpool.cu "-DIN_HEIGHT=$2" "-DIN_WIDTH=$3" "-DWINDOW=$4" "-DSTRIDE=$5" "-DPADDING=$6"
}

# Files whose kernels have sizes as constants.
layers() {
  case $1 in
    convolution.cu)
      convolution conv1 3 128 128 8 5 5 1 0
      convolution conv2 8 31 31 8 5 5 1 0
      convolution conv3 8 13 13 8 3 3 1 0
      convolution strided 5 17 19 11 4 3 3 2
      convolution padded 2 5 70 3 1 11 1 5
      convolution wide 64 56 56 64 3 3 1 1 ;;
    pooled_convolution.cu)
      pooled conv1 3 128 128 8 5 5 4 1
      pooled conv2 8 31 31 8 5 5 2 1
      pooled conv3 8 13 13 8 3 3 1 0
      pooled window3 2 20 23 5 2 3 3 0
      pooled window15 1 40 61 9 3 3 15 1
      pooled wide 64 56 56 64 3 3 2 1 ;;
    maxpool.cu)
      maxpool pool1 124 124 4 4 0
      maxpool pool2 27 27 2 2 0
      maxpool overlapping 9 10 3 2 1 ;;
    *) check "${1%.cu}" "$1" ;;
  esac
}

files=("$@")
[ ${#files[@]} -eq 0 ] && files=($(cd "$kernels" && echo *.cu))
for file in "${files[@]}"; do layers "$file"; done
echo "kernel-check: $("$clang" --version | head -n1): $compiled compilations, $entries kernels, $failed failed"
[ "$failed" -eq 0 ]
