#!/usr/bin/env bash
# Compiles every kernel in both precisions, for the layers of Eq. 13 and some odd ones, to true PTX by clang: a second
# compiler beside NVRTC, which needs no CUDA and no GPU. It proves the device code's types, address spaces and syntax, and
# finds two costly accidents in the PTX: float64 in a float kernel and arrays that do not fit in registers.
# Of all files together it then asks budget.sh for their registers and stack, where NVIDIA's compiler is.
# Usage: tools/kernel-check/check.sh [file.cu ...]     CLANG=clang++-19 picks the compiler.
# A file that begins with / is no file of kernels/, but may include its headers: the tests give kernels that were printed.
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
    vector_axpy_by) echo "its factor is float64" ;;
    *column_sums | *_sum_parts | *convolution_lop_weight | *convolution_lop_rows) echo "sums over tiles and a batch run in float64" ;;
    adam | adam_metric | sgd | sgd_momentum) echo "reads its numbers in float64, and sums squares in it" ;;
    multiplier_*) echo "multipliers are moved in float64" ;;
    hypersphere_*) echo "distances and their sums are float64" ;;
    medians | mean_squares) echo "means are float64" ;;
    centre_groups) echo "means are float64" ;;
    projection_*) echo "all of a projection is float64 but its tensors" ;;
    gram_*) echo "the Gram matrix and sums over rows are float64" ;;
    dual_*) echo "vectors of constraint rows are float64" ;;
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
  [ "${file#/}" = "$file" ] && file=$kernels/$file
  for real in float double; do
    compiled=$((compiled + 1))
    if ! "$clang" -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -nocudainc -nocudalib -std=c++17 -O3 \
      -ffp-contract=fast -Wall -Wextra -Werror -Wno-unknown-cuda-version -Wno-pass-failed -Xclang -target-feature \
      -Xclang +ptx75 -include "$here/prelude.h" -I "$kernels" "-DREAL=$real" "$@" -S "$file" -o "$work/ptx" 2>"$work/log"; then
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

# A file whose kernels have sizes as constants is compiled for each of its lines in layers.txt.
layers() {
  local file name constants found=""
  while read -r file name constants; do
    [ "$file" = "$1" ] || continue
    found=1
    # shellcheck disable=SC2086
    check "${file%.cu} $name" "$file" $(printf -- '-D%s ' $constants)
  done <"$here/layers.txt"
  [ -n "$found" ] || check "${1%.cu}" "$1"
}

files=("$@")
[ ${#files[@]} -eq 0 ] && files=($(cd "$kernels" && echo *.cu))
for file in "${files[@]}"; do layers "$file"; done
echo "kernel-check: $("$clang" --version | head -n1): $compiled compilations, $entries kernels, $failed failed"
[ $# -gt 0 ] || "$here/budget.sh" || failed=$((failed + 1))
[ "$failed" -eq 0 ]
