"""Time the training engine on one core: against what others would write, against sparsity, against the peak.

python benchmarks/engine.py [--device cpu|cuda] [--quick]

The same dense CNN in three other ways, one step of gradient descent with momentum each:

- plain: the textbook layer, which the RHM authors' public code takes too: a filter of size and stride k as
  the product of all inputs with all weights, summed; automatic differentiation, blanks included.
- conv1d: what a competent user of PyTorch writes, conv1d with stride k, autograd and torch.optim.SGD.
- jax: the strongest thing that users would write themselves, a jitted and vmapped fleet in JAX; left out
  where JAX is not installed.

The table is printed, and written to benchmarks/<device>.csv, which the book draws. Its column `series` says
what rows are compared: "duel", "sparsity", "fleet", or "peak", the share of what one large product of
matrices reaches. For one core whatever library runs, pin the process (taskset -c 0).
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


def time_engine(architecture, L, s0, width, batch_size, device, networks=1):
    """Seconds of one step of each network, and what a step moves and computes."""
    steps, times = (512, 2) if device == "cuda" else (64, 3)  # a GPU records a step, then replays it
    fields = TASK | dict(architecture=architecture, L=L, s0=s0, width=width, batch_size=batch_size)
    runs = [
        Run(**fields, P=steps * batch_size, max_epochs=1, loss_threshold=1e-9, task_seed=i, init_seed=i)
        for i in range(networks)
    ]
    best = min(sum(t.seconds for t in train(runs, device, fleet_size=networks)) for _ in range(times))
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
    """Seconds of one step of one textbook CNN."""

    def layer(h, w):
        k = w.shape[2]
        return (h.unfold(2, k, k).unsqueeze(1) * w.unsqueeze(2)).sum([2, -1])

    return _time_torch("plain", layer, L, s0, width, batch_size, device, steps)


def time_conv1d(L, s0, width, batch_size, device, steps):
    """Seconds of one step of one CNN of torch's own convolutions."""

    def layer(h, w):
        return torch.nn.functional.conv1d(h, w, stride=w.shape[2])

    return _time_torch("conv1d", layer, L, s0, width, batch_size, device, steps)


def _time_torch(code, layer, L, s0, width, batch_size, device, steps):
    """Seconds of one step of one CNN, whose `layer` maps (B, a, length) and weights (b, a, k)."""
    run = Run(**TASK, architecture="CNN", L=L, s0=s0, P=batch_size, width=width, batch_size=batch_size)
    data = run.task.sample(batch_size, device=device)
    x, k = data.one_hot(), run.task.patch_size
    sizes = [run.v] + [width] * L
    weights = [torch.randn(b, a, k, device=device) for a, b in zip(sizes, sizes[1:], strict=False)]
    weights.append(torch.randn(width, run.n_c, device=device))
    optimiser = torch.optim.SGD([w.requires_grad_() for w in weights], lr=1e-3, momentum=0.9)
    times = []
    for _ in range(steps + 1):
        began = perf_counter()
        h = x
        for w in weights[:-1]:
            h = layer(h, w).relu() / h.shape[1] ** 0.5
        loss = torch.nn.functional.cross_entropy(h.mean(-1) @ weights[-1] / width, data.labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()  # waits for the device
        times.append(perf_counter() - began)
    fields = TASK | dict(architecture="CNN", L=L, s0=s0, width=width, batch_size=batch_size)
    return fields | dict(code=code, networks=1, d=run.task.d, seconds_per_step=min(times[1:]))


def time_jax(L, s0, width, batch_size, networks, steps):
    """Seconds of one step of each network of a jitted, vmapped fleet; None where JAX is not installed."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    run = Run(**TASK, architecture="CNN", L=L, s0=s0, P=batch_size, width=width, batch_size=batch_size)
    sets = [run.task.sample(batch_size, seed=i) for i in range(networks)]
    x = jnp.stack([jnp.asarray(data.one_hot().mT.numpy()) for data in sets])  # (N, B, d, v)
    labels = jnp.stack([jnp.asarray(data.labels.numpy()) for data in sets])
    k, sizes = run.task.patch_size, [run.v] + [width] * L
    shapes = [(k * a, b) for a, b in zip(sizes, sizes[1:], strict=False)] + [(width, run.n_c)]
    keys = jax.random.split(jax.random.key(0), len(shapes))
    weights = [jax.random.normal(key, (networks, *shape)) for key, shape in zip(keys, shapes, strict=True)]

    def loss(weights, x, labels):
        h = x
        for w, channels in zip(weights[:-1], sizes, strict=False):
            h = jax.nn.relu(h.reshape(len(h), -1, k * channels) @ w / channels**0.5)
        log_p = jax.nn.log_softmax(h.mean(1) @ weights[-1] / width)
        return -jnp.take_along_axis(log_p, labels[:, None], 1).mean()

    def step(weights, momenta, x, labels):
        gradients = jax.vmap(jax.grad(loss))(weights, x, labels)
        momenta = jax.tree.map(lambda m, g: 0.9 * m + g, momenta, gradients)
        return jax.tree.map(lambda w, m: w - 1e-3 * m, weights, momenta), momenta

    step = jax.jit(step, donate_argnums=(0, 1))
    momenta, times = jax.tree.map(jnp.zeros_like, weights), []
    for _ in range(steps + 1):
        began = perf_counter()
        weights, momenta = jax.block_until_ready(step(weights, momenta, x, labels))
        times.append(perf_counter() - began)
    fields = TASK | dict(architecture="CNN", L=L, s0=s0, width=width, batch_size=batch_size)
    best = min(times[1:]) / networks
    return fields | dict(code="jax", networks=networks, d=run.task.d, seconds_per_step=best)


def peak_gigaflops(device, size=2048):
    """What one large float32 product of matrices reaches: operations a second."""
    a, b = torch.randn(2, size, size, device=device)
    best = float("inf")
    for _ in range(5):
        began = perf_counter()
        (a @ b)[0, 0].item()
        best = min(best, perf_counter() - began)
    return 2 * size**3 / best / 1e9


def measure(device, quick):
    """All rows of the table."""
    rows, series = [], []

    def add(name, *found):
        rows.extend(row for row in found if row is not None)
        series.extend([name] * (len(rows) - len(series)))

    for batch_size in (4, 32):  # the setting that the engine was written for
        width = 64 if quick else 512
        for _ in range(1 if quick else 3):  # in turn, as a machine is not equally fast all the time
            shape = 3, 2, width, batch_size
            add("duel", time_engine("CNN", *shape, device), time_conv1d(*shape, device, 3 if quick else 10))
            add("duel", *(time_jax(*shape, networks, 3) for networks in (1, 4) if device == "cpu"))
        add("duel", time_plain(3, 2, width, batch_size, device, 2))
    for architecture in ("CNN", "LCN"):
        for L in (2, 3):
            for s0 in (0, 1, 2) if quick else (0, 1, 2, 3, 4):
                for batch_size in (32, 128):
                    width = 64 if quick else 256
                    add("sparsity", time_engine(architecture, L, s0, width, batch_size, device))
    peak = peak_gigaflops(device, 256 if quick else 2048)
    for architecture in ("CNN", "LCN"):
        for width in (32, 64) if quick else (128, 256, 512):
            for batch_size in (4, 32, 128):
                row = time_engine(architecture, 3, 1, width, batch_size, device)
                reached = row["gigaflops_per_step"] / row["seconds_per_step"]
                add("peak", row | dict(share_of_peak=reached / peak, peak_gigaflops=peak))
    if device == "cuda":
        for architecture in ("CNN", "LCN"):
            for L in (2, 3):
                for batch_size in (4, 32):
                    for networks in (1, 16, 64):
                        add("fleet", time_engine(architecture, L, 2, 512, batch_size, device, networks))
    table = pd.DataFrame(rows).assign(series=series)
    same = [name for name in table if name not in ("seconds_per_step", "share_of_peak", "peak_gigaflops")]
    return table.sort_values("seconds_per_step").drop_duplicates(same).sort_index()  # the best of each


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
