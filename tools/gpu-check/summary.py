"""Puts what gpu-check.sh has measured so far into gpu-check.json and gpu-check.md. Usage: summary.py FOLDER

Only Python's own library is used. A floor, which bench writes for cards that it knows, is the time that arithmetic or memory
traffic alone would take: the multiply-adds of the network's layers at the card's peak, or each weight, image and Krylov
vector once at its memory bandwidth, whichever is longer. Work that stays in the L2 cache can be faster than the second.
"""

import csv
import json
import os
import re
import sys

import verdicts

OPERATIONS = [
    ("forward", "forwardMs", "forward"),
    ("forwardLop", "forwardLopMs", "forward and L-op of the loss"),
    ("rop", "ropMs", "R-op of the constraints"),
    ("lop", "lopMs", "L-op of the constraints"),
    ("softAdamStep", "softAdamStepMs", "Soft-Adam step, 128 + batch"),
    ("softSgdStep", "softSgdStepMs", "Soft-SGD step, 128 + batch"),
    ("krylovIteration", "krylovIterationMs", "Krylov iteration of Hard-SGD"),
    ("hardSgdStep", "hardSgdStepMs", "Hard-SGD step by MINRES-QLP, 128 + batch"),
    ("hardSgdLsqrStep", "hardSgdLsqrStepMs", "Hard-SGD step by LSQR, 128 + batch"),
    ("hardSgdGramStep", "hardSgdGramStepMs", "Hard-SGD step by Gram, 128 + batch"),
]

# Ways of PyTorch to run a step, as torch_peer.py calls them.
MODES = [("eager", "eager"), ("graph", "CUDA graph"), ("compile", "torch.compile"), ("compile+graph", "both")]

# What bench counts of a step, with the titles of its columns.
COUNTERS = [
    ("launches", "launches"), ("graphLaunches", "graph launches"), ("graphNodes", "nodes"), ("hostWaits", "waits"),
    ("bytesToDevice", "bytes to the device"), ("bytesToHost", "bytes from it"),
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
    """Counts and the names of failed tests from the runner's output, without counts where it did not end; None where it never began."""
    log = read_log(folder, "tests")
    counts = {}
    for line in log:
        match = re.match(r"\s+(total|failed|succeeded|skipped): (\d+)$", line)
        if match:
            counts[match.group(1)] = int(match.group(2))
    failed = [match.group(1) for match in (re.match(r"failed (.+) \([^()]*\)$", line) for line in log) if match]
    return dict(counts, failedNames=failed) if log else None


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


def best_of_torch(peer, operation, batch, mode=None):
    times = [
        t for t in (peer or {}).get("times", [])
        if t["operation"] == operation and t["batch"] == batch and mode in (None, t["mode"])
    ]
    return min(times, key=lambda t: t["ms"]) if times else None


def compare(bench, launches, peer):
    direct = {batch["batch"]: batch for batch in (launches or {}).get("batches", [])}
    rows = []
    for batch in (bench or {}).get("batches", []):
        for operation, key, title in OPERATIONS:
            best = best_of_torch(peer, operation, batch["batch"])
            by_mode = {mode: best_of_torch(peer, operation, batch["batch"], mode) for mode, _ in MODES}
            rows.append({
                "batch": batch["batch"],
                "operation": operation,
                "title": title,
                "ms": batch.get(key),
                "withoutGraphsMs": direct.get(batch["batch"], {}).get(key),
                "torchMs": best["ms"] if best else None,
                "torchHow": " ".join(filter(None, (best["variant"], best["mode"]))) if best else None,
                "torchByModeMs": {mode: best["ms"] for mode, best in by_mode.items() if best},
                "floorMs": (batch.get("floorMs") or {}).get(operation),
                "counters": (batch.get("counters") or {}).get(operation),
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


def method_cells(method):
    seconds = method["secondsPerIteration"]
    samples = f"{method['minibatch']} + {method['activeSamples']}"
    return (method["method"], method.get("solver") or "", samples, method.get("failure") or milliseconds(seconds and 1000 * seconds))


def counter_table(head, rows):
    """What each row asks of the device; nothing where none was counted."""
    rows = [(cells, counters) for cells, counters in rows if counters]
    if not rows:
        return []
    lines = ["", f"| {head} | {' | '.join(title for _, title in COUNTERS)} |", "|---" * (head.count("|") + 1 + len(COUNTERS)) + "|"]
    return lines + ["| " + " | ".join(str(cell) for cell in (*cells, *(counters[key] for key, _ in COUNTERS))) + " |" for cells, counters in rows]


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
            "", f"Medians in milliseconds, {result['bench']['precision']}. PyTorch with TF32 off; beyond 1 in the column behind its modes",
            "PoseEngine is faster than the best of them. The floor is what arithmetic or memory traffic alone would take.", "",
            f"| batch | operation | PoseEngine | without graphs | {' | '.join(title for _, title in MODES)} | best / PoseEngine | floor | PoseEngine / floor |",
            "|---|---|---|---|" + "---|" * len(MODES) + "---|---|---|",
        ]
        for row in result["times"]:
            cells = (
                row["batch"], row["title"], milliseconds(row["ms"]), milliseconds(row["withoutGraphsMs"]),
                *(milliseconds(row["torchByModeMs"].get(mode)) for mode, _ in MODES),
                ratio(row["torchMs"], row["ms"]), milliseconds(row["floorMs"]), ratio(row["ms"], row["floorMs"]))
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
        for batch in result["bench"]["batches"]:
            lines += ["", f"Batch {batch['batch']}: a hard step took {batch['krylovIterationsPerStep']:.0f} Krylov iterations."]
    lines += counter_table(
        "batch | operation", [((row["batch"], row["title"]), row["counters"]) for row in result["times"]])
    lines += counter_table(
        "method | solver | samples | ms", [(method_cells(method), method.get("counters")) for method in result["methods"]])
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
    lines += ["", "Targets:", ""] + verdicts.lines(result["verdicts"])
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
    stages, devices = read_stages(folder), read_log(folder, "devices")
    result = {
        "card": name,
        "date": facts[0] if facts else "no date",
        "devices": devices,
        "stages": stages,
        "tests": read_tests(folder),
        "checks": read_checks(folder),
        "bench": bench,
        "torch": peer,
        "times": compare(bench, launches, peer),
        "methods": (read_json(folder, "methods.json") or {}).get("methods", []),
        "kernels": read_kernels(folder),
        "pose": read_pose(folder),
        "verdicts": verdicts.verdicts(name, bench, devices, stages, read_log(folder, "registers")),
    }
    write(folder, "gpu-check.json", json.dumps(result, indent=2) + "\n")
    write(folder, "gpu-check.md", markdown(result))


if __name__ == "__main__":
    main(sys.argv[1])
