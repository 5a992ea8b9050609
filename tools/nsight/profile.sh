#!/usr/bin/env bash
# Profiles a program with the presets of this folder.
# Usage: profile.sh systems|compute FOLDER PROGRAM [ARGUMENTS]     writes its reports to FOLDER
#   systems   Nsight Systems: a timeline of ranges, kernels and copies; systems.options
#   compute   Nsight Compute: times every launch (times.options), then looks closely at the ten heaviest kernels
#             (compute.options)
# Exit code 2 where the profiler is missing or the call is wrong.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)

missing() {
  echo "profile: $1 is not on PATH. It is part of the CUDA toolkit, or alone at https://developer.nvidia.com/$2" >&2
  exit 2
}

# options FILE: its lines without comments.
options() { grep -E '^-' "$here/$1.options"; }

systems() {
  command -v nsys >/dev/null || missing "nsys (Nsight Systems)" nsight-systems
  mapfile -t preset < <(options systems)
  nsys profile "${preset[@]}" --output="$folder/poseengine" "$@" || return
  echo "profile: $folder/poseengine.nsys-rep; open it in Nsight Systems or run \"nsys stats\" on it"
}

compute() {
  local sources=$here/../../kernels names times=$folder/times.csv
  [ -d "$sources" ] || sources=$here/../kernels
  command -v ncu >/dev/null || missing "ncu (Nsight Compute)" nsight-compute
  # It looks at kernels one by one, and cannot look into the body of a graph's loop.
  export POSE_CUDA_GRAPHS=${POSE_CUDA_GRAPHS:-0}
  mapfile -t preset < <(options times)
  ncu "${preset[@]}" --log-file="$times" "$@" || { tail -n 5 "$times" >&2; return 1; }
  awk -f "$here/heaviest.awk" "$times" >"$folder/heaviest.txt"
  if [ ! -s "$folder/heaviest.txt" ]; then
    tail -n 5 "$times" >&2
    echo "profile: ncu saw no kernel" >&2
    return 1
  fi
  echo "profile: the heaviest kernels (milliseconds, launches, name)"
  cat "$folder/heaviest.txt"
  names=$(awk '{ print $3 }' "$folder/heaviest.txt" | paste -sd '|')
  mapfile -t preset < <(options compute)
  ncu "${preset[@]}" --source-folders="$sources" --kernel-name="regex:^($names)\$" --export="$folder/heaviest" "$@" || return
  echo "profile: $folder/heaviest.ncu-rep; open it in Nsight Compute or run \"ncu --import\" on it"
}

if [ $# -lt 3 ] || [[ $1 != systems && $1 != compute ]]; then
  sed -n '3,6p' "$0" >&2
  exit 2
fi
mode=$1 folder=$2
shift 2
mkdir -p "$folder"
"$mode" "$@"
