"""PyTorch on the same work as `poseengine bench`: the network of Eq. 13 with 2,096,931 parameters in plain float32.

    python3 torch_peer.py --json torch.json --seconds 120

Operations, with the names of bench's JSON:
  forward       outputs of a batch
  forwardLop    the mean loss of Eq. 14 and its gradient
  rop, lop      products with the Jacobian of the limb constraints: torch.func.jvp / linearize, torch.func.vjp
  softAdamStep  loss on 128 samples, penalty on BATCH samples, gradient, Adam
Modes: eager, graph (a CUDA graph of it), compile (torch.compile), compile+graph. What a version of PyTorch cannot do is
noted as an error and passed over. The file is written after each measurement, so an end by force loses the last one only.
"""

import argparse
import json
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F

MINIBATCH = 128
LAMBDA = 1e-3
# Eq. 15 and Table 2: |a - b| - |c - d| for joints (a, b, c, d).
LIMBS = [(11, 12, 14, 15), (12, 13, 15, 16), (4, 5, 1, 2), (5, 6, 2, 3), (8, 11, 8, 14), (0, 4, 0, 1)]
SHAPES = [(8, 3, 5, 5), (8, 8, 5, 5), (8, 8, 3, 3), (1024, 968), (1024, 1024), (51, 1024)]


def initial_weights(device):
    """He weights and zero biases, one after the other."""
    weights = []
    for shape in SHAPES:
        fan_in = 1
        for size in shape[1:]:
            fan_in *= size
        weights.append(torch.randn(shape, device=device) * (2.0 / fan_in) ** 0.5)
        weights.append(torch.zeros(shape[0], device=device))
    count = sum(w.numel() for w in weights)
    if count != 2096931:
        raise AssertionError(f"the network has {count} parameters instead of 2096931")
    return tuple(weights)


def network(w, x):
    """Eq. 13: images [N, 3, 128, 128] to 17 joints [N, 51]."""
    x = F.relu(F.max_pool2d(F.conv2d(x, w[0], w[1]), 4))
    x = F.relu(F.max_pool2d(F.conv2d(x, w[2], w[3]), 2))
    x = F.conv2d(x, w[4], w[5]).flatten(1)
    x = F.relu(F.linear(x, w[6], w[7]))
    x = F.relu(F.linear(x, w[8], w[9]))
    return F.linear(x, w[10], w[11])


def loss(w, x, y):
    return (network(w, x) - y).square().mean()


class Constraints:
    """The six constraints of Eq. 15 on the network's outputs [N, 51]: [N, 6]."""

    def __init__(self, device):
        self.joints = torch.tensor(LIMBS, device=device).t().contiguous()

    def __call__(self, w, x):
        joints = network(w, x).view(-1, 17, 3)
        a, b, c, d = (joints.index_select(1, ends) for ends in self.joints)
        return (a - b).norm(dim=2) - (c - d).norm(dim=2)


def operations(device, batch):
    """All operations of one batch size: {name: {variant: function without arguments}}, made when asked for."""
    w = initial_weights(device)
    x = torch.rand((batch, 3, 128, 128), device=device) - 0.5
    y = 3 * torch.randn((batch, 51), device=device)
    constraints = Constraints(device)
    v = tuple(torch.randn_like(t) for t in w)
    u = torch.randn((batch, len(LIMBS)), device=device)

    def forward(wrap):
        run = wrap(lambda w, x: network(w, x))

        def step():
            with torch.no_grad():
                run(w, x)
        return step

    def backward(wrap):
        leaves = tuple(t.clone().requires_grad_() for t in w)
        run = wrap(lambda w, x, y: loss(w, x, y))
        return lambda: torch.autograd.grad(run(leaves, x, y), leaves)

    def gradient(wrap):
        run = wrap(lambda w, x, y: torch.func.grad_and_value(loss)(w, x, y))
        return lambda: run(w, x, y)

    def jvp(wrap):
        run = wrap(lambda w, v, x: torch.func.jvp(lambda at: constraints(at, x), (w,), (v,))[1])
        return lambda: run(w, v, x)

    def linearize(wrap):
        _, product = torch.func.linearize(lambda at: constraints(at, x), w)
        run = wrap(product)
        return lambda: run(v)

    def vjp(wrap):
        run = wrap(lambda w, u, x: torch.func.vjp(lambda at: constraints(at, x), w)[1](u))
        return lambda: run(w, u, x)

    def pullback(wrap):
        _, product = torch.func.vjp(lambda at: constraints(at, x), w)
        run = wrap(product)
        return lambda: run(u)

    def adam(wrap):
        leaves = [t.clone().requires_grad_() for t in w]
        xs = torch.rand((MINIBATCH, 3, 128, 128), device=device) - 0.5
        ys = 3 * torch.randn((MINIBATCH, 51), device=device)
        fast = {"fused": True, "capturable": True} if device.type == "cuda" else {}
        optimizer = torch.optim.Adam(leaves, lr=1e-3, **fast)
        run = wrap(lambda w, xs, ys, x: loss(w, xs, ys) + LAMBDA * constraints(w, x).square().sum())

        def step():
            optimizer.zero_grad(set_to_none=True)
            run(leaves, xs, ys, x).backward()
            optimizer.step()
        return step

    return {
        "forward": {"": forward},
        "forwardLop": {"autograd": backward, "func.grad": gradient},
        "rop": {"jvp": jvp, "linearize": linearize},
        "lop": {"vjp": vjp, "pullback": pullback},
        "softAdamStep": {"": adam},
    }


def captured(step):
    """A CUDA graph of a step: what is left when the host is out of the way."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


class EventClock:
    """Times blocks of steps by CUDA events; on the CPU, which only tests this file, by the host's clock."""

    def __init__(self, device):
        self.on_gpu = device.type == "cuda"

    def block(self, step, count):
        if not self.on_gpu:
            begin = time.perf_counter()
            for _ in range(count):
                step()
            return (time.perf_counter() - begin) * 1000 / count
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        first.record()
        for _ in range(count):
            step()
        last.record()
        last.synchronize()
        return first.elapsed_time(last) / count

    def median(self, step, quick):
        """The median of at most 15 blocks of about 5 ms, in milliseconds."""
        for _ in range(1 if quick else 3):
            once = self.block(step, 1)
        if quick:
            return once
        size = max(1, min(64, int(5 / max(once, 1e-3)) + 1))
        blocks = max(5, min(15, int(500 / max(once * size, 1e-3))))
        return statistics.median(self.block(step, size) for _ in range(blocks))


class Peer:
    """All measurements, best knowledge first, until the time is over."""

    def __init__(self, device, path, seconds, quick):
        self.device, self.path, self.quick = device, path, quick
        self.end = time.monotonic() + seconds
        self.clock = EventClock(device)
        self.results = {
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
            "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
            "precision": "float32, TF32 off",
            "complete": False,
            "times": [],
            "errors": [],
        }

    def save(self):
        temporary = self.path + ".tmp"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(self.results, file, indent=2)
        os.replace(temporary, self.path)

    def measure(self, batch, name, variant, make, mode):
        label = {"batch": batch, "operation": name, "variant": variant, "mode": mode}
        try:
            step = make(torch.compile if "compile" in mode else lambda f: f)
            if "graph" in mode:
                step = captured(step)
            label["ms"] = self.clock.median(step, self.quick)
            self.results["times"].append(label)
            print(f"batch {batch:3d} {name:13s} {variant:9s} {mode:13s} {label['ms']:9.3f} ms", flush=True)
        except Exception as failure:
            lines = str(failure).strip().splitlines()
            label["error"] = f"{type(failure).__name__}: {lines[0] if lines else ''}"[:300]
            self.results["errors"].append(label)
            print(f"batch {batch:3d} {name:13s} {variant:9s} {mode:13s} {label['error']}", flush=True)
        self.save()

    def run(self, batches, modes):
        sets = {batch: operations(self.device, batch) for batch in batches}
        for mode in modes:
            # Compilation takes most of the time there is: whole steps come first.
            names = list(sets[batches[0]])
            for name in reversed(names) if "compile" in mode else names:
                for batch in batches:
                    for variant, make in sets[batch][name].items():
                        if time.monotonic() > self.end:
                            print("the time is over", flush=True)
                            return
                        self.measure(batch, name, variant, make, mode)
        self.results["complete"] = True
        self.save()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", default="torch.json", help="file for the results")
    parser.add_argument("--seconds", type=float, default=120, help="begin no measurement after this time")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to test this file")
    parser.add_argument("--batch", default="16,128", help="batch sizes, separated by commas")
    parser.add_argument("--quick", action="store_true", help="each step once, no torch.compile: times mean nothing")
    options = parser.parse_args()

    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit(f"PyTorch {torch.__version__} sees no GPU")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(1)
    modes = ["eager"]
    if options.device == "cuda":
        modes.append("graph")
    if not options.quick:
        modes.append("compile")
        if options.device == "cuda":
            modes.append("compile+graph")
    peer = Peer(torch.device(options.device), options.json, options.seconds, options.quick)
    peer.save()
    peer.run([int(size) for size in options.batch.split(",")], modes)


if __name__ == "__main__":
    main()
