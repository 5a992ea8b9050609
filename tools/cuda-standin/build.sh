#!/usr/bin/env bash
# Builds the stand-in CUDA driver: build.sh [--selftest] [output folder, bin/ beside this script by default].
# --selftest builds its self-test too. Nothing is done when sources, compiler and processor are those of the last build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
selftest=
if [[ ${1:-} == --selftest ]]; then selftest=1; shift; fi
out=${1:-$here/bin}
cxx=${POSE_STANDIN_CXX:-g++}
library=libpose-cuda-standin.so
mkdir -p "$out/objects"
out=$(cd "$out" && pwd)

if command -v flock >/dev/null; then # two builds at once would mix their objects
    exec 9>"$out/objects/lock"
    flock 9
fi
hash() { sha256sum | cut -c1-16; }
id=$({ cat "$here"/build.sh "$here"/src/*; "$cxx" --version; "$cxx" -march=native -Q --help=target; } | hash)
flags=(-std=c++17 -fPIC -fno-strict-aliasing -fvisibility=hidden -Wall -Wextra -Werror -I"$here/src" "-DSTANDIN_BUILD_ID=0x${id}ull")

# compile UNIT OPTION... -- SOURCE...: sources of one unit are one text to the compiler, for most of the time goes into the
# standard headers, which it then reads once.
compile() {
    local unit=$1 options=()
    shift
    while [[ $1 != -- ]]; do options+=("$1"); shift; done
    shift
    printf '#include "%s"\n' "$@" | "$cxx" "${flags[@]}" "${options[@]}" -x c++ -c - -o "$out/objects/$unit.o"
}

is_up_to_date() { [[ -f $out/stamp-$1 && $(<"$out/stamp-$1") == "$2" ]]; }

build_library() {
    local name pid pids=() host=() fibers=(checker device_runtime fibers sanitizer_hooks shadow warp worker)
    rm -f "$out"/stamp-*
    for source in "$here"/src/*.cpp; do
        name=$(basename "$source" .cpp)
        [[ " dense gemm ${fibers[*]} " == *" $name "* ]] || host+=("$source")
    done
    # What a run spends its time in is compiled for speed, the rest to be done soon.
    compile host -O1 -- "${host[@]}" & pids+=($!)
    compile fibers -O2 -- "${fibers[@]/%/.cpp}" & pids+=($!)
    compile algebra -O3 -march=native -ffp-contract=fast -- gemm.cpp dense.cpp & pids+=($!)
    for pid in "${pids[@]}"; do wait "$pid"; done
    "$cxx" -shared -Wl,-soname,$library -Wl,-z,defs -o "$out/$library.new" "$out"/objects/{host,fibers,algebra}.o -lm -ldl -lpthread
    mv "$out/$library.new" "$out/$library" # a process that has the old one loaded keeps it
    for name in libcuda.so.1 libnvrtc.so.12 libcublas.so.12 libcublasLt.so.12 libcusolver.so.11 libcusolver.so.12 \
        libnvtx3interop.so.1; do
        ln -sfn $library "$out/$name"
    done
    cp "$here/src/cuda_shim.h" "$here/src/kernel.ld" "$out/"
    echo "$id" >"$out/stamp-library"
}

build_selftest() {
    compile selftest -O0 -- "$here"/selftest/*.cpp
    cp "$here"/selftest/*.cu "$out/"
    "$cxx" -o "$out/selftest" "$out/objects/selftest.o" -L"$out" -l:$library -Wl,-rpath,'$ORIGIN' -lpthread
    echo "$1" >"$out/stamp-selftest"
}

if ! is_up_to_date library "$id"; then build_library; fi
if [[ -n $selftest ]]; then
    id_of_test=$({ echo "$id"; cat "$here"/selftest/*; } | hash)
    is_up_to_date selftest "$id_of_test" || build_selftest "$id_of_test"
fi
