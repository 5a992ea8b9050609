"""Holds what gpu-check.sh measured against the targets of a GPU: met, missed, or not measured and why."""

# A hard step waits for its numbers once and is launched in fewer pieces than this.
GRAM_LAUNCHES = 100
GRAM_WAITS = 1
KRYLOV_FLOORS = 2.0
SOFT_ADAM_MS = 0.25
SOFT_ADAM_CARD = "H200"
BATCH = 128


def verdict(target, met, figures):
    """met is None where nothing was measured; figures then says why."""
    return {"target": target, "verdict": "not measured" if met is None else "met" if met else "missed", "figures": figures}


def krylov(batches):
    target = f"a Krylov iteration within {KRYLOV_FLOORS:g}x of its floor"
    known = [(b["batch"], b["krylovIterationMs"], (b.get("floorMs") or {}).get("krylovIteration")) for b in batches]
    known = [(batch, ms, floor) for batch, ms, floor in known if ms and floor]
    if not known:
        return verdict(target, None, "no floor: the card's peaks are not known to bench" if batches else "bench has no times")
    figures = ", ".join(f"{ms:.3f} ms on a floor of {floor:.3f} ms at {batch} samples ({ms / floor:.1f}x)" for batch, ms, floor in known)
    return verdict(target, all(ms <= KRYLOV_FLOORS * floor for _, ms, floor in known), figures)


def gram(batches):
    target = f"a Hard-SGD step by Gram in fewer than {GRAM_LAUNCHES} launches and with one wait"
    counters = next(((b.get("counters") or {}).get("hardSgdGramStep") for b in batches if b["batch"] == BATCH), None)
    if counters is None:
        return verdict(target, None, f"bench counted none at {BATCH} samples")
    launches, waits = counters["launches"], counters["hostWaits"]
    return verdict(target, launches < GRAM_LAUNCHES and waits <= GRAM_WAITS, f"launches: {launches}, waits: {waits}, at {BATCH} samples")


def soft_adam(card, batches):
    target = f"a Soft-Adam iteration at {BATCH} + {BATCH} under {SOFT_ADAM_MS} ms on an {SOFT_ADAM_CARD}"
    ms = next((b["softAdamStepMs"] for b in batches if b["batch"] == BATCH), None)
    if not ms:
        return verdict(target, None, f"bench has no time at {BATCH} samples")
    figures = f"{ms:.3f} ms on {card}"
    return verdict(target, ms < SOFT_ADAM_MS if SOFT_ADAM_CARD in card else None, figures)


def said(devices, target, begin, is_met):
    """What a line of `poseengine devices` says; its words behind the colon are the figures."""
    line = next((line.strip() for line in devices if begin in line), None)
    if line is None:
        return verdict(target, None, "poseengine devices does not say")
    figures = line.split(": ", 1)[-1]
    return verdict(target, is_met(figures), figures)


def registers(stages, log):
    target = "registers and stack of the kernels within the budget of tools/kernel-check"
    stage = next((stage for stage in stages if stage["name"] == "registers"), None)
    if stage is None or stage["status"] not in ("ok", "failed"):
        return verdict(target, None, (stage or {}).get("reason") or "the stage did not run to its end")
    last = next((line for line in reversed(log) if line), "")
    return verdict(target, None if "were not checked" in last else stage["status"] == "ok", last)


def verdicts(card, bench, devices, stages, registers_log):
    batches = (bench or {}).get("batches", [])
    return [
        krylov(batches),
        gram(batches),
        soft_adam(card, batches),
        said(devices, "cuSOLVER is there, so that a Gram solve stays on the device", "cuSOLVER", lambda text: "not found" not in text),
        said(devices, "a Krylov solve is one graph that loops by itself", "Krylov solves: ", lambda text: "WHILE" in text),
        registers(stages, registers_log),
    ]


def lines(found):
    """Of a Markdown list."""
    return [f"- **{v['verdict']}**: {v['target']}: {v['figures']}" for v in found]
