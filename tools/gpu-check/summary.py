"""Puts what gpu-check.sh has measured so far into gpu-check.json and gpu-check.md. Usage: summary.py FOLDER

Only Python's own library is used. A floor is the time that arithmetic or memory traffic alone would take: the multiply-adds
of the network's layers at the card's float32 peak, or each weight, image and Krylov vector once at its memory bandwidth,
whichever is longer. Work that stays in the L2 cache can be faster than the second.
"""

import csv
import json
import os
import re
import sys

PARAMETERS = 2096931
IMAGE_BYTES = 4 * 3 * 128 * 128
MINIBATCH = 128
# Krylov vectors read or written in an iteration of MINRES-QLP, fused.
KRYLOV_PASSES = 13

# Multiply-adds of a sample: forward counts every position of a convolution, products only those that pooling chose.
DENSE = 968 * 1024 + 1024 * 1024 + 1024 * 51
FORWARD = 124 * 124 * 8 * 75 + 26 * 26 * 8 * 200 + 11 * 11 * 8 * 72 + DENSE
PRODUCT = 31 * 31 * 8 * 75 + 2 * (13 * 13 * 8 * 200 + 11 * 11 * 8 * 72 + DENSE)

# Peak of float32 outside the tensor cores (TFLOP/s) and of memory (TB/s), from the vendor's data sheets.
CARDS = {
    "H200": (66.9, 4.8),
    "H100 PCIe": (51.2, 2.04),
    "H100": (66.9, 3.35),
    "A100-SXM4-80GB": (19.5, 2.04),
    "A100": (19.5, 1.56),
    "L40S": (91.6, 0.864),
    "RTX 5090": (104.8, 1.79),
    "RTX 4090": (82.6, 1.01),
    "RTX 3090": (35.6, 0.936),
    "RTX 3060": (12.7, 0.36),
}

OPERATIONS = [
    ("forward", "forwardMs", "forward"),
    ("forwardLop", "forwardLopMs", "forward and L-op of the loss"),
    ("rop", "ropMs", "R-op of the constraints"),
    ("lop", "lopMs", "L-op of the constraints"),
    ("softAdamStep", "softAdamStepMs", "Soft-Adam step, 128 + batch"),
    ("softSgdStep", "softSgdStepMs", "Soft-SGD step, 128 + batch"),
    ("krylovIteration", "krylovIterationMs", "Krylov iteration of Hard-SGD"),
    ("hardSgdStep", "hardSgdStepMs", "Hard-SGD step, 128 + batch"),
]


def read_json(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def read_log(folder, name):
    try:
        with open(os.path.join(folder, "logs", name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


def read_stages(folder):
    stages = []
    try:
        with open(os.path.join(folder, "stages.tsv"), encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file]
    except OSError:
        rows = []
    for name, status, seconds, code, reason in rows:
        log = read_log(folder, name)
        stages.append({
            "name": name,
            "status": status,
            "seconds": int(seconds),
            "exitCode": int(code) if code else None,
            "reason": reason,
            "log": [line[:300] for line in (log if name in ("facts", "devices") else log[-40:])],
        })
    return stages


def read_tests(folder):
    """Counts and the names of failed tests from the runner's output; None where it never ended."""
    log = read_log(folder, "tests")
    counts = {}
    for line in log:
        match = re.match(r"\s+(total|failed|succeeded|skipped): (\d+)$", line)
        if match:
            counts[match.group(1)] = int(match.group(2))
    failed = [match.group(1) for match in (re.match(r"failed (.+) \([^()]*\)$", line) for line in log) if match]
    return dict(counts, failedNames=failed) if counts or failed else None


def read_checks(folder):
    """How many derivative proofs held, for each precision."""
    checks = {}
    for precision in ("float32", "float64"):
        content = read_json(folder, f"check-{precision}.json")
        if content:
            results = content["checks"]
            checks[precision] = {
                "passed": sum(1 for check in results if check["passed"]),
                "total": len(results),
                "failed": [check["name"] for check in results if not check["passed"]],
            }
    return checks


def read_pose(folder):
    """The table of models that ends a pose run."""
    log = read_log(folder, "pose")
    begin = next((i for i, line in enumerate(log) if line.startswith("pose, preset")), None)
    return [] if begin is None else [line for line in log[begin:] if line and not line.startswith("report:")]


def read_table(folder, *path):
    """A table that ncu wrote: its lines may follow others, its second row holds units."""
    try:
        with open(os.path.join(folder, *path), encoding="utf-8", errors="replace") as file:
            lines = [line for line in file if line.startswith('"')]
    except OSError:
        return []
    return [row for row in csv.DictReader(lines) if (row.get("ID") or "").isdigit()]


def number(text):
    try:
        return float((text or "").replace(",", ""))
    except ValueError:
        return None


def read_kernels(folder):
    """The ten heaviest kernels, and what the detailed pass says of each launch that it looked at."""
    heaviest = []
    try:
        with open(os.path.join(folder, "ncu", "heaviest.txt"), encoding="utf-8") as file:
            for line in file:
                milliseconds, launches, name = line.split(None, 2)
                heaviest.append({"name": name.strip(), "milliseconds": float(milliseconds), "launches": int(launches)})
    except (OSError, ValueError):
        pass
    details = []
    for row in read_table(folder, "ncu", "heaviest.csv"):
        time = number(row.get("gpu__time_duration.sum"))
        details.append({
            "name": row.get("Kernel Name"),
            "grid": row.get("Grid Size"),
            "block": row.get("Block Size"),
            "microseconds": None if time is None else time / 1000,
            "computePercent": number(row.get("sm__throughput.avg.pct_of_peak_sustained_elapsed")),
            "memoryPercent": number(row.get("gpu__compute_memory_throughput.avg.pct_of_peak_sustained_elapsed")),
            "dramPercent": number(row.get("gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed")),
            "warpsPercent": number(row.get("sm__warps_active.avg.pct_of_peak_sustained_active")),
            "registers": number(row.get("launch__registers_per_thread")),
        })
    return {"heaviest": heaviest, "launches": details}


def floor(operation, batch, card):
    """The floor in milliseconds, or None where it is not known."""
    if card is None:
        return None
    weights = 4 * PARAMETERS
    images = batch * IMAGE_BYTES

    def gradient(samples):
        return (FORWARD + PRODUCT) * samples, 3 * weights + 2 * samples * IMAGE_BYTES

    product = (PRODUCT * batch, 2 * weights + images)
    work = {
        "forward": (FORWARD * batch, weights + images),
        "forwardLop": gradient(batch),
        "rop": product,
        "lop": product,
        "softAdamStep": (gradient(MINIBATCH)[0] + gradient(batch)[0], gradient(MINIBATCH)[1] + gradient(batch)[1] + 7 * weights),
        "softSgdStep": (gradient(MINIBATCH)[0] + gradient(batch)[0], gradient(MINIBATCH)[1] + gradient(batch)[1] + 3 * weights),
        "krylovIteration": (2 * product[0], 2 * product[1] + KRYLOV_PASSES * weights),
    }.get(operation)
    if work is None:
        return None
    macs, size = work
    tera_flops, tera_bytes = card
    return max(2 * macs / tera_flops, size / tera_bytes) / 1e9


def best_of_torch(peer, operation, batch):
    times = [t for t in (peer or {}).get("times", []) if t["operation"] == operation and t["batch"] == batch]
    return min(times, key=lambda t: t["ms"]) if times else None


def compare(bench, launches, peer, card):
    direct = {batch["batch"]: batch for batch in (launches or {}).get("batches", [])}
    rows = []
    for batch in (bench or {}).get("batches", []):
        for operation, key, title in OPERATIONS:
            best = best_of_torch(peer, operation, batch["batch"])
            rows.append({
                "batch": batch["batch"],
                "operation": operation,
                "title": title,
                "ms": batch.get(key),
                "withoutGraphsMs": direct.get(batch["batch"], {}).get(key),
                "torchMs": best["ms"] if best else None,
                "torchHow": " ".join(filter(None, (best["variant"], best["mode"]))) if best else None,
                "floorMs": floor(operation, batch["batch"], card),
            })
    return rows


def milliseconds(value):
    if value is None:
        return ""
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def ratio(a, b):
    return f"{a / b:.2f}" if a and b else ""


def percent(value):
    return "" if value is None else f"{value:.0f}"


def markdown(result):
    lines = [f"# GPU check: {result['card']}, {result['date']}", ""]
    for line in result["devices"]:
        lines.append("    " + line)
    lines += ["", "| stage | result | seconds | |", "|---|---|---|---|"]
    for stage in result["stages"]:
        lines.append(f"| {stage['name']} | {stage['status']} | {stage['seconds']} | {stage['reason']} |")
    tests = result["tests"]
    if tests:
        counts = ", ".join(f"{tests[name]} {name}" for name in ("succeeded", "failed", "skipped") if name in tests)
        lines += ["", f"GPU tests: {counts or 'the run did not end'}."]
        lines += [f"- failed: {name}" for name in tests["failedNames"]]
    for precision, check in result["checks"].items():
        lines += ["", f"Derivative proofs in {precision}: {check['passed']} of {check['total']} hold."]
        lines += [f"- failed: {name}" for name in check["failed"]]
    if result["times"]:
        lines += [
            "", "Medians in milliseconds, float32. PyTorch is the best of eager, CUDA graph and torch.compile, TF32 off; beyond 1",
            "in the column behind it PoseEngine is the faster. The floor is what arithmetic or memory traffic alone would take.", "",
            "| batch | operation | PoseEngine | without graphs | PyTorch | how | PyTorch / PoseEngine | floor | PoseEngine / floor |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for row in result["times"]:
            cells = (
                row["batch"], row["title"], milliseconds(row["ms"]), milliseconds(row["withoutGraphsMs"]),
                milliseconds(row["torchMs"]), row["torchHow"] or "",
                ratio(row["torchMs"], row["ms"]), milliseconds(row["floorMs"]), ratio(row["ms"], row["floorMs"]))
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
        for batch in result["bench"]["batches"]:
            lines += ["", f"Batch {batch['batch']}: a hard step took {batch['krylovIterationsPerStep']:.0f} Krylov iterations."]
    kernels = result["kernels"]
    if kernels["heaviest"]:
        lines += ["", "| heaviest kernels | ms in all | launches |", "|---|---|---|"]
        lines += [f"| `{kernel['name']}` | {kernel['milliseconds']:.3f} | {kernel['launches']} |" for kernel in kernels["heaviest"]]
    if kernels["launches"]:
        lines += ["", "| kernel | grid | us | compute % | memory % | DRAM % | warps % | registers |", "|---|---|---|---|---|---|---|---|"]
        for launch in kernels["launches"]:
            lines.append(
                f"| `{launch['name']}` | {launch['grid']} | {milliseconds(launch['microseconds'])} | {percent(launch['computePercent'])} "
                f"| {percent(launch['memoryPercent'])} | {percent(launch['dramPercent'])} | {percent(launch['warpsPercent'])} "
                f"| {percent(launch['registers'])} |")
    if result["pose"]:
        lines += [""] + ["    " + line for line in result["pose"]]
    errors = (result["torch"] or {}).get("errors", [])
    if errors:
        lines += ["", "What PyTorch could not do:"]
        lines += [f"- batch {e['batch']}, {e['operation']} {e['variant']} {e['mode']}: {e['error']}" for e in errors]
    return "\n".join(lines) + "\n"


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def main(folder):
    bench = read_json(folder, "bench.json")
    launches = read_json(folder, "launches.json")
    peer = read_json(folder, "torch.json")
    facts = read_log(folder, "facts")
    name = (bench or {}).get("card") or (peer or {}).get("device") or (bench or {}).get("device") or "no device"
    peaks = next((peaks for card, peaks in CARDS.items() if card in name), None)
    result = {
        "card": name,
        "date": facts[0] if facts else "no date",
        "peaks": {"teraFlops": peaks[0], "teraBytesPerSecond": peaks[1]} if peaks else None,
        "devices": read_log(folder, "devices"),
        "stages": read_stages(folder),
        "tests": read_tests(folder),
        "checks": read_checks(folder),
        "bench": bench,
        "torch": peer,
        "times": compare(bench, launches, peer, peaks),
        "kernels": read_kernels(folder),
        "pose": read_pose(folder),
    }
    write(folder, "gpu-check.json", json.dumps(result, indent=2) + "\n")
    write(folder, "gpu-check.md", markdown(result))


if __name__ == "__main__":
    main(sys.argv[1])
