#!/usr/bin/env bash
# Checks how many registers and how much stack the kernels use on each architecture against budget.txt, by NVIDIA's own
# compiler: nvcc on PATH, or the one that NVCC names; where there is none, or none that knows an architecture, it says so and
# checks nothing. Float32 only, the layers of layers.txt, as many compilations side by side as there are cores.
# Usage: tools/kernel-check/budget.sh [--architecture NAME | LOG ...]
#   --architecture   only this one, such as sm_90
#   LOG              a file with what ptxas -v printed: it is checked instead, and needs no compiler
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../kernels
failed=0 wanted=""

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

if [ "${1:-}" = --architecture ]; then
  wanted=${2:?"a name such as sm_90"}
elif [ $# -gt 0 ]; then
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
  [ "${wanted:-$architecture}" = "$architecture" ] && grep -qx "$architecture" <<<"$known" && architectures+=("$architecture")
done
if [ ${#architectures[@]} -eq 0 ]; then
  echo "kernel-check: budget.txt and $nvcc do not both know ${wanted:-any architecture}: registers and stack were not checked"
  exit 0
fi

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
cores=$(nproc)
names=()

# measure NAME FILE DEFINE...: begins to compile for all architectures.
measure() {
  local name=$1 file=$2 architecture log
  shift 2
  for architecture in "${architectures[@]}"; do
    [ "$(jobs -rp | wc -l)" -lt "$cores" ] || wait -n
    log=$work/${#names[@]}
    names+=("$name $architecture")
    "$nvcc" -cubin -std=c++17 "-arch=$architecture" -Xptxas -v -DREAL=float "$@" -o "$log.cubin" "$kernels/$file" >"$log" 2>&1 ||
      touch "$log.failed" &
  done
}

# report: what the compilations found, in the order in which they were begun.
report() {
  local i log
  wait
  for i in "${!names[@]}"; do
    log=$work/$i
    if [ -e "$log.failed" ]; then
      echo "FAIL ${names[i]}: $(grep -m1 error "$log" || head -n1 "$log")"
      failed=$((failed + 1))
    else
      excess "${names[i]% *}" "$log"
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
report
finish "${#names[@]} compilations for ${architectures[*]}"
