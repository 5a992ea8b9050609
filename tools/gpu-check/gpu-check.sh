#!/usr/bin/env bash
# Proves and measures PoseEngine's CUDA device on this machine. Needs a driver, NVRTC and cuBLAS; no .NET, no network.
# What else is there is used: python3 with PyTorch, compute-sanitizer, ncu.
#
# Usage: gpu-check.sh [--out FOLDER] [--limit SECONDS] [--stages NAME,NAME...] [--quick] [--device cuda|cpu]
#   --out      results: gpu-check.md, gpu-check.json, logs/ and reports [gpu-check-results]
#   --limit    seconds for everything [480]; stages that find too little left are skipped
#   --stages   only these, of: facts devices check bench registers tests torch methods memcheck racecheck ncu
#              launches pose sanitize-steps
#   --quick    everything as small as can be: proves this script, its times mean nothing
#   --device   cpu proves this script where there is no GPU
# Stages run in order of importance, first those that the targets are judged by, which are short; the results are written
# after each, so an end by force loses one stage. A stage that runs over its own limit is ended and told as out of time.
# Exit code: 0 if no stage failed, 1 if one did, 2 if the call is wrong.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
app=${POSE_CHECK_APP:-$here/app}
out=gpu-check-results limit=480 device=cuda quick=""
stages=facts,devices,check,bench,registers,tests,torch,methods,memcheck,racecheck,ncu,launches,pose,sanitize-steps

usage() {
  sed -n '5,12p' "$0" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --out | --limit | --stages | --device) [ $# -gt 1 ] || usage ;;&
    --out) out=$2 && shift ;;
    --limit) limit=$2 && shift ;;
    --stages) stages=$2 && shift ;;
    --device) device=$2 && shift ;;
    --quick) quick=1 ;;
    *) usage ;;
  esac
  shift
done
[[ $limit =~ ^[0-9]+$ && ($device == cuda || $device == cpu) ]] || usage

mkdir -p "$out/logs" || exit 2
out=$(cd "$out" && pwd)
(cd "$out" && rm -rf gpu-check.{json,md} stages.tsv check-float{32,64}.json bench.json launches.json methods.json torch.json report.html ncu logs/*.log)
work=$(mktemp -d)
child=""
trap 'rm -rf "$work"' EXIT
trap '[ -n "$child" ] && kill -INT "$child" 2>/dev/null; exit 130' INT TERM
export POSE_CUDA_CACHE=${POSE_CUDA_CACHE:-$work/kernels}
for folder in /usr/local/cuda/bin /opt/nvidia/nsight-compute/*; do
  [ -d "$folder" ] && PATH=$PATH:$folder
done
export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 NO_COLOR=1
chmod +x "$app/poseengine" "$app/PoseEngine.Tests" "$here"/nsight/*.sh 2>/dev/null

# The libraries that PyTorch brings lie in folders that no loader knows; python3 knows where.
if [ -z "${POSE_CUDA_DIR:-}" ] && command -v python3 >/dev/null; then
  POSE_CUDA_DIR=$(python3 - <<'PYTHON'
import glob, os, site, sys
roots = [path for path in sys.path + site.getsitepackages() + [site.getusersitepackages()] if path.endswith("-packages")]
folders = [folder for root in dict.fromkeys(roots) for folder in sorted(glob.glob(os.path.join(root, "nvidia", "*", "lib")))]
print(os.pathsep.join(dict.fromkeys(folders)))
PYTHON
  )
  export POSE_CUDA_DIR
  [ -n "$POSE_CUDA_DIR" ] || unset POSE_CUDA_DIR
fi

# note NAME STATUS SECONDS CODE REASON: one line of stages.tsv, and new results.
note() {
  printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$out/stages.tsv"
  printf 'gpu-check: %-20s %s%s\n' "$1" "$2" "${5:+: $5}"
  summarise
}

# Writes gpu-check.json and gpu-check.md from what is there.
summarise() {
  command -v python3 >/dev/null && python3 "$here/summary.py" "$out" >>"$out/logs/summary.log" 2>&1
}

skip() { note "$1" skipped 0 "" "$2"; }

# need NAME PROGRAM: whether the program is there; notes the stage as skipped where not.
need() {
  command -v "$2" >/dev/null && return
  skip "$1" "$2 is not on PATH"
  return 1
}

# run NAME SECONDS COMMAND...: one stage with its time limit, its output in logs/NAME.log.
run() {
  local name=$1 seconds=$2 left begin=$SECONDS code
  shift 2
  left=$((limit - SECONDS - 5))
  [ -z "$quick" ] || seconds=$left # a busy machine without a GPU may take its time
  if [ "$left" -lt 10 ]; then
    skip "$name" "no time left of $limit s"
    return
  fi
  [ "$seconds" -lt "$left" ] || seconds=$left
  timeout --signal=INT --kill-after=8 "$seconds" "$@" >"$out/logs/$name.log" 2>&1 </dev/null &
  child=$!
  wait "$child"
  code=$?
  child=""
  case $code in
    0) note "$name" ok $((SECONDS - begin)) 0 "" ;;
    124 | 137) note "$name" "out of time" $((SECONDS - begin)) $code "ended after $seconds s" ;;
    *) note "$name" failed $((SECONDS - begin)) $code "exit code $code" ;;
  esac
}

facts() {
  date -u '+%Y-%m-%d %H:%M UTC'
  uname -srm
  nproc | sed 's/$/ processors/'
  grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
  if command -v nvidia-smi >/dev/null; then
    nvidia-smi --query-gpu=name,driver_version,memory.total,memory.used,clocks.sm,clocks.mem,power.limit,temperature.gpu --format=csv
    nvidia-smi
  fi
  for tool in nvcc ncu nsys compute-sanitizer; do
    command -v $tool >/dev/null && echo "$tool: $($tool --version | grep -m1 -iE 'release|version')"
  done
  command -v python3 >/dev/null && python3 -V
  echo "POSE_CUDA_DIR=${POSE_CUDA_DIR:-}"
}

stage_facts() {
  export -f facts
  run facts 15 bash -c facts
}

stage_devices() { run devices 45 "$app/poseengine" devices; }

# The machine's own CUDA is "gpu" to the suites of the kernels and "cuda-gpu" to those that run on any device; it is tested in
# a process of its own. Quotes in a filter are part of the text. Some hundred kernels are compiled, which takes most of the time.
stage_tests() {
  local filter='(FullyQualifiedName~"gpu"|FullyQualifiedName~"cuda-gpu")'
  [ -n "$quick" ] && filter+='&FullyQualifiedName~Relu'
  if [ "$device" = cpu ]; then
    skip tests "they test a GPU"
    return
  fi
  POSE_TEST_GPU=1 run tests 210 "$app/PoseEngine.Tests" --filter "$filter" --no-ansi --progress off
}

stage_check() {
  local precision
  for precision in float32 float64; do
    run "check-$precision" 40 "$app/poseengine" check --device "$device" --precision $precision --json "$out/check-$precision.json"
  done
}

# Sets the arguments of bench: sizes, those of Eq. 13, and settings; with --quick those of a problem of two outputs that any
# machine computes at once.
set_sizes() {
  sizes=(--batch "128,16") settings=()
  [ -n "$quick" ] || return 0
  sizes=(--batch 2) settings=(--runs 1 --max-krylov 3 --problem "$work/quick.toml")
  awk 'BEGIN { print "a,b"; for (i = 0; i < 40; i++) print i % 7 "," i % 5 }' >"$work/inputs.csv"
  awk 'BEGIN { print "u,v"; for (i = 0; i < 40; i++) print cos(i) "," sin(i) }' >"$work/targets.csv"
  cat >"$work/quick.toml" <<'TOML'
[data]
inputs = "inputs.csv"
targets = "targets.csv"
[network]
layers = "dense16,relu,dense2"
[constraints]
circle = "norm(y) = 1"
TOML
}

stage_bench() {
  local sizes settings
  set_sizes
  run bench 60 "$app/poseengine" bench --device "$device" "${sizes[@]}" "${settings[@]}" --json "$out/bench.json"
}

# A step of every method: what it costs and what it asks of the device.
stage_methods() {
  local sizes settings
  set_sizes
  [ -n "$quick" ] || settings=(--runs 3)
  run methods 60 "$app/poseengine" bench --table --device "$device" "${settings[@]}" --json "$out/methods.json"
}

# The first card's architecture as nvcc names it, or nothing where nvidia-smi does not tell.
card_architecture() {
  nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | sed -n '1s/^\([0-9]*\)\.\([0-9]\)$/sm_\1\2/p'
}

# Registers and stack of every kernel on this card by NVIDIA's own compiler, where a toolkit is.
stage_registers() {
  local folder own
  own=$(card_architecture)
  for folder in "$here/tools/kernel-check" "$here/../kernel-check"; do
    [ -f "$folder/budget.sh" ] || continue
    need registers "${NVCC:-nvcc}" && run registers 60 bash "$folder/budget.sh" ${own:+--architecture "$own"}
    return
  done
  skip registers "there is no budget of registers here"
}

# The same, launch by launch: what the graphs are good for.
stage_launches() {
  local sizes settings
  [ "$device" = cuda ] || { skip launches "there are none"; return; }
  set_sizes
  POSE_CUDA_GRAPHS=0 run launches 45 "$app/poseengine" bench --device cuda "${sizes[@]}" "${settings[@]}" --json "$out/launches.json"
}

stage_torch() {
  local arguments=(--device "$device" --seconds 100)
  need torch python3 || return
  [ -n "$quick" ] && arguments+=(--batch 2 --quick)
  case $(python3 -c 'import torch; print("gpu" if torch.cuda.is_available() else "cpu")' 2>/dev/null) in
    gpu) ;;
    cpu) [ "$device" = cpu ] || { skip torch "PyTorch sees no GPU"; return; } ;;
    *) skip torch "python3 has no PyTorch"; return ;;
  esac
  run torch 110 python3 "$here/torch_peer.py" "${arguments[@]}" --json "$out/torch.json"
}

# sanitize NAME TOOL SECONDS ARGUMENTS...: poseengine under compute-sanitizer.
sanitize() {
  local name=$1 tool=$2 seconds=$3
  shift 3
  need "$name" compute-sanitizer || return
  POSE_CUDA_GRAPHS=0 run "$name" "$seconds" compute-sanitizer --tool "$tool" --error-exitcode 99 --print-limit 20 "$app/poseengine" "$@" --device "$device"
}

stage_memcheck() { sanitize memcheck memcheck 45 check; }

stage_racecheck() { sanitize racecheck racecheck 45 check; }

stage_sanitize-steps() {
  sanitize memcheck-steps memcheck 60 bench --batch 2 --runs 1 --max-krylov 3
  sanitize racecheck-steps racecheck 60 bench --batch 2 --runs 1 --max-krylov 3
}

stage_ncu() {
  need ncu ncu || return
  run ncu 75 bash "$here/nsight/profile.sh" compute "$out/ncu" "$app/poseengine" bench --device "$device" --batch 16 --runs 1 --max-krylov 10
  [ -f "$out/ncu/heaviest.ncu-rep" ] &&
    ncu --import "$out/ncu/heaviest.ncu-rep" --csv --page=raw --print-units=base --print-kernel-base=function >"$out/ncu/heaviest.csv"
  summarise
}

stage_pose() {
  local preset=quick
  [ -n "$quick" ] && preset=smoke
  run pose 90 "$app/poseengine" pose --preset $preset --device "$device" --out "$work/run" --cache "$work/walkers"
  cp "$work/run/report.html" "$out/" 2>/dev/null
}

IFS=, read -ra names <<<"$stages"
for name in "${names[@]}"; do
  [ "$(type -t "stage_$name")" = function ] || usage
done
for name in "${names[@]}"; do
  "stage_$name"
done
[ -f "$out/gpu-check.md" ] && cat "$out/gpu-check.md"
! cut -f2 "$out/stages.tsv" | grep -qx failed
