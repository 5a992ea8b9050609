#!/usr/bin/env bash
# Checks how many registers and how much stack the kernels use on each architecture against budget.txt, by NVIDIA's own
# compiler: nvcc on PATH, or the one that NVCC names; where there is none it says so and checks nothing. Float32 only, the
# layers of layers.txt. Usage: tools/kernel-check/budget.sh [LOG ...]
# A LOG is a file with what ptxas -v printed: it is checked instead, and needs no compiler.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../kernels
failed=0

# excess NAME LOG: a line for each kernel of the log beyond its budget.
excess() {
  local line
  while read -r line; do
    echo "FAIL $1: $line"
    failed=$((failed + 1))
  done < <(awk -f "$here/budget.awk" "$here/budget.txt" "$2")
}

finish() {
  echo "kernel-check: registers and stack of $1, $failed beyond their budget"
  [ "$failed" -eq 0 ]
  exit
}

if [ $# -gt 0 ]; then
  for log in "$@"; do excess "$(basename "$log")" "$log"; done
  finish "$# logs"
fi

nvcc=${NVCC:-nvcc}
if ! command -v "$nvcc" >/dev/null; then
  echo "kernel-check: no nvcc on PATH: registers and stack were not checked"
  exit 0
fi
known=$("$nvcc" --list-gpu-code)
architectures=()
for architecture in $(awk '!/^#/ { print $1 }' "$here/budget.txt" | sort -u); do
  grep -qx "$architecture" <<<"$known" && architectures+=("$architecture")
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiled=0

# measure NAME FILE DEFINE...: all architectures.
measure() {
  local name=$1 file=$2 architecture
  shift 2
  for architecture in "${architectures[@]}"; do
    compiled=$((compiled + 1))
    if "$nvcc" -cubin -std=c++17 "-arch=$architecture" -Xptxas -v -DREAL=float "$@" -o "$work/cubin" "$kernels/$file" >"$work/log" 2>&1; then
      excess "$name" "$work/log"
    else
      echo "FAIL $name $architecture: $(grep -m1 error "$work/log" || head -n1 "$work/log")"
      failed=$((failed + 1))
    fi
  done
}

while read -r file name constants; do
  # shellcheck disable=SC2086
  case $file in *.cu) measure "${file%.cu} $name" "$file" $(printf -- '-D%s ' $constants) ;; esac
done <"$here/layers.txt"
for file in $(cd "$kernels" && echo *.cu); do
  # The loop's decision takes one thread, and a link with CUDA's device runtime.
  [ "$file" = minres_qlp_loop.cu ] || grep -q "^$file " "$here/layers.txt" || measure "${file%.cu}" "$file"
done
finish "$compiled compilations for ${architectures[*]}"
