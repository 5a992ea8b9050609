#!/usr/bin/env bash
# Builds the stand-in CUDA driver and its self-test: build.sh [output folder, bin/ beside this script by default].
# Nothing is compiled when sources, compiler and processor are those of the last build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/bin}
cxx=${POSE_STANDIN_CXX:-g++}
library=libpose-cuda-standin.so
mkdir -p "$out/objects"
out=$(cd "$out" && pwd)

id=$({ cat "$here"/build.sh "$here"/src/* "$here"/selftest/*
       "$cxx" --version
       "$cxx" -march=native -Q --help=target; } | sha256sum | cut -c1-16)
if [[ -f $out/stamp && $(<"$out/stamp") == "$id" ]]; then exit 0; fi
rm -f "$out/stamp"

flags=(-std=c++17 -fPIC -fno-strict-aliasing -fvisibility=hidden -Wall -Wextra -Werror "-DSTANDIN_BUILD_ID=0x${id}ull")
"$cxx" "${flags[@]}" -O1 -x c++-header "$here/src/precompiled.h" -o "$out/objects/precompiled.h.gch"
compile() {
    local options=(-O1 -include "$out/objects/precompiled.h")
    case $1 in # what kernels spend their time in
        */gemm.cpp) options=(-O3 -march=native -ffp-contract=fast) ;;
        */checker.cpp | */races.cpp | */worker.cpp | */warp.cpp) options=(-O2) ;;
    esac
    "$cxx" "${flags[@]}" "${options[@]}" -I"$here/src" -c "$1" -o "$out/objects/$(basename "$1" .cpp).o"
}
pids=()
for source in "$here"/src/*.cpp "$here"/selftest/*.cpp; do
    compile "$source" &
    pids+=($!)
    if ((${#pids[@]} >= 2)); then wait "${pids[0]}"; pids=("${pids[@]:1}"); fi
done
for pid in "${pids[@]}"; do wait "$pid"; done

objects=()
for source in "$here"/src/*.cpp; do objects+=("$out/objects/$(basename "$source" .cpp).o"); done
"$cxx" -shared -Wl,-soname,$library -Wl,-z,defs -o "$out/$library.new" "${objects[@]}" -lm -ldl -lpthread
mv "$out/$library.new" "$out/$library" # a process that has the old one loaded keeps it
for name in libcuda.so.1 libnvrtc.so.12 libcublas.so.12 libcublasLt.so.12 libnvtx3interop.so.1; do ln -sfn $library "$out/$name"; done
cp "$here/src/cuda_shim.h" "$here"/selftest/*.cu "$out/"
objects=()
for source in "$here"/selftest/*.cpp; do objects+=("$out/objects/$(basename "$source" .cpp).o"); done
"$cxx" -o "$out/selftest" "${objects[@]}" -L"$out" -l:$library -Wl,-rpath,'$ORIGIN' -lpthread
echo "$id" >"$out/stamp"
