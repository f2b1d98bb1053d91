"""Time the training engine: against plain layers, and against s0, as ratios within one run.

python benchmarks/engine.py [--device cpu|cuda] [--quick]

Plain layers are the textbook way, which the RHM authors' public code takes too: a filter of size and
stride k as the product of all inputs with all weights, summed; one network, autograd, blanks included.
The table is printed, and written to benchmarks/<device>.csv, which the book draws.
"""

import argparse
import platform
from pathlib import Path
from time import perf_counter

import pandas as pd
import torch

from srhm import Run, train
from srhm.model import choose_device
from srhm.networks.fleet import parameter_shapes

TASK = dict(v=8, n_c=8, m=8, s=2)


def time_engine(architecture, L, s0, width, batch_size, device, networks=1, steps=64):
    """Seconds of one step of each network, and what a step moves and computes."""
    fields = TASK | dict(architecture=architecture, L=L, s0=s0, width=width, batch_size=batch_size)
    runs = [
        Run(**fields, P=steps * batch_size, max_epochs=1, loss_threshold=1e-9, task_seed=i, init_seed=i)
        for i in range(networks)
    ]
    best = min(sum(t.seconds for t in train(runs, device, fleet_size=networks)) for _ in range(3))
    run = runs[0]
    weights = sum(torch.Size(s).numel() for s in parameter_shapes(architecture, run.task, width))
    live_inputs = sum(run.s ** (L - layer + 1) for layer in range(2, L + 1))
    return fields | dict(
        code="engine",
        networks=networks,
        d=run.task.d,
        seconds_per_step=best / steps / networks,
        gigabytes_per_step=7 * 4 * weights / 1e9,
        gigaflops_per_step=6 * batch_size * live_inputs * width**2 / 1e9,
    )


def time_plain(L, s0, width, batch_size, device, steps):
    """Seconds of one step of one plain CNN."""
    run = Run(**TASK, architecture="CNN", L=L, s0=s0, P=batch_size, width=width, batch_size=batch_size)
    data = run.task.sample(batch_size, device=device)
    x, k = data.one_hot(), run.task.patch_size
    sizes = [run.v] + [width] * L
    weights = [torch.randn(b, a, 1, k, device=device) for a, b in zip(sizes, sizes[1:], strict=False)]
    weights.append(torch.randn(width, run.n_c, device=device))
    optimiser = torch.optim.SGD([w.requires_grad_() for w in weights], lr=1e-3, momentum=0.9)
    times = []
    for _ in range(steps + 1):
        began = perf_counter()
        h = x
        for w in weights[:-1]:
            h = (h.unfold(2, k, k).unsqueeze(1) * w).sum([2, -1]).relu() / h.shape[1] ** 0.5
        loss = torch.nn.functional.cross_entropy(h.mean(-1) @ weights[-1] / width, data.labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()  # waits for the device
        times.append(perf_counter() - began)
    fields = TASK | dict(architecture="CNN", L=L, s0=s0, width=width, batch_size=batch_size)
    return fields | dict(code="plain", networks=1, d=run.task.d, seconds_per_step=min(times[1:]))


def measure(device, quick):
    """All rows of the table."""
    rows = []
    for batch_size in (4, 32):  # the setting that the engine was written for
        width = 64 if quick else 512
        rows.append(time_plain(3, 2, width, batch_size, device, 2))
        rows.append(time_engine("CNN", 3, 2, width, batch_size, device))
    for architecture in ("CNN", "LCN"):
        for L in (2, 3):
            for s0 in (0, 1, 2) if quick else (0, 1, 2, 3, 4):
                for batch_size in (32, 128):
                    width = 64 if quick else 256
                    rows.append(time_engine(architecture, L, s0, width, batch_size, device))
    if device == "cuda":
        for architecture in ("CNN", "LCN"):
            for L in (2, 3):
                for batch_size in (4, 32):
                    for networks in (1, 16, 64):
                        rows.append(time_engine(architecture, L, 2, 512, batch_size, device, networks))
    return pd.DataFrame(rows)


def main():
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--quick", action="store_true", help="small networks: does it run?")
    options = parser.parse_args()
    device = choose_device(options.device)
    torch.set_num_threads(1)
    table = measure(device, options.quick)
    table["data_per_second"] = table.batch_size / table.seconds_per_step
    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    table = table.assign(device=f"{device} ({name})", torch=torch.__version__)
    print(table.to_string(float_format="%.4g"))
    if not options.quick:
        table.to_csv(Path(__file__).with_name(f"{device}.csv"), index=False, float_format="%.6g")


if __name__ == "__main__":
    main()
