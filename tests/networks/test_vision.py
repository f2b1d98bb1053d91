"""Vision networks: shapes and counts against the originals' tables, training, checkpoints, sweeps."""

from copy import deepcopy
from dataclasses import replace
from math import inf

import pytest
import torch
from helpers import Stopped

from srhm.measure import error_rate, sensitivities
from srhm.model import SRHM
from srhm.model.randomness import normal, permutation
from srhm.networks.activation import with_batch_statistics
from srhm.networks.vision import (
    IMAGE,
    IMAGE_WIDTH,
    ORIGINAL_WIDTH,
    VISION,
    ImageNetwork,
    VisionNetwork,
    observed_blocks,
)  # fmt: skip
from srhm.runs import PAIRS, Run, Store
from srhm.sweep import estimate_seconds, sweep
from srhm.sweep.compute import measure
from srhm.training import train
from srhm.training.checkpoint import checkpointed

TASK = SRHM(v=10, n_c=10, m=10, s=2, L=2, s0=2)
SMALL = dict(v=4, n_c=4, m=4, s=2, L=2, s0=1, width=8, batch_size=16, lr=0.03)

# kuangliu/pytorch-cifar's counts, for images of 3 channels and 10 classes. That EfficientNetB0 also holds a
# 1x1 convolution of 32 to 32 channels and its normalisation, which it never applies.
CIFAR = {
    "VGG11": 9_231_114,
    "VGG16": 14_728_266,
    "ResNet18": 11_173_962,
    "ResNet34": 21_282_122,
    "EfficientNetB0": 3_599_686 - 32 * 32 - 2 * 32,
}


pytestmark = pytest.mark.usefixtures("one_thread")


def run(seed=0, architecture="VGG11", **changes):
    fields = dict(architecture=architecture, P=49, max_epochs=3, n_test=100, n_pairs=20)
    return Run(**SMALL | fields | dict(task_seed=seed, data_seed=seed, init_seed=seed) | changes)


# The architectures, by their tables


def count(architecture, inputs, classes, kernel, scale=1):
    """Parameters by the tables of the papers, with kernel(k) weights in a kernel k wide."""
    if architecture == "EfficientNetB0":
        return count_efficient(inputs, classes, kernel, scale)
    if architecture.startswith("VGG"):
        channels = {
            "VGG11": [64, 128, 256, 256, 512, 512, 512, 512],
            "VGG16": [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512],
        }[architecture]
        channels = [int(c * scale) for c in channels]
        pairs = zip([inputs, *channels], channels, strict=False)
        return sum(a * b * kernel(3) + 3 * b for a, b in pairs) + (channels[-1] + 1) * classes
    c = int(64 * scale)
    total = inputs * c * kernel(3) + 2 * c
    for stage, blocks in enumerate({"ResNet18": [2, 2, 2, 2], "ResNet34": [3, 4, 6, 3]}[architecture]):
        out = int(64 * scale) * 2**stage
        total += (c * out + (2 * blocks - 1) * out * out) * kernel(3) + 4 * blocks * out
        total += c * out + 2 * out if c != out else 0  # the shortcut
        c = out
    return total + (c + 1) * classes


def count_efficient(inputs, classes, kernel, scale):
    stages = [  # MBConv1 or 6, kernel, channels, layers
        (1, 3, 16, 1), (6, 3, 24, 2), (6, 5, 40, 2), (6, 3, 80, 3), (6, 5, 112, 3), (6, 5, 192, 4),
        (6, 3, 320, 1),
    ]  # fmt: skip
    c = int(32 * scale)
    total = inputs * c * kernel(3) + 2 * c
    for expansion, k, out, layers in stages:
        for _ in range(layers):
            e, r, out_scaled = expansion * c, c // 4, int(out * scale)
            total += (c * e + 2 * e) if expansion > 1 else 0
            total += e * kernel(k) + 2 * e  # depthwise
            total += e * r + r + r * e + e  # squeeze and excitation
            total += e * out_scaled + 2 * out_scaled
            c = out_scaled
    return total + (c + 1) * classes


def parameters_of(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("architecture", VISION)
def test_the_parameters_are_those_of_the_cifar_form_with_kernels_of_one_dimension(architecture):
    assert count(architecture, 3, 10, lambda k: k * k) == CIFAR[architecture]
    for width in (ORIGINAL_WIDTH[architecture], 8):
        network = VisionNetwork(architecture, TASK, width, 0)
        expected = count(architecture, 10, 10, lambda k: k, width / ORIGINAL_WIDTH[architecture])
        assert parameters_of(network) == expected


LENGTHS = {  # length and channels after each block, d = 36 and the original width
    "VGG11": [(36, 64), (18, 128), *[(9, 256)] * 2, *[(5, 512)] * 2, *[(3, 512)] * 2],
    "VGG16": [*[(36, 64)] * 2, *[(18, 128)] * 2, *[(9, 256)] * 3, *[(5, 512)] * 3, *[(3, 512)] * 3],
    "ResNet18": [*[(36, 64)] * 3, *[(18, 128)] * 2, *[(9, 256)] * 2, *[(5, 512)] * 2],
    "ResNet34": [*[(36, 64)] * 4, *[(18, 128)] * 4, *[(9, 256)] * 6, *[(5, 512)] * 3],
    "EfficientNetB0": [
        (36, 32), (36, 16), *[(18, 24)] * 2, *[(9, 40)] * 2, *[(5, 80)] * 3, *[(5, 112)] * 3,
        *[(3, 192)] * 4, (3, 320),
    ],
}  # fmt: skip


@pytest.mark.parametrize("architecture", VISION)
def test_lengths_and_channels_of_every_block(architecture):
    network = VisionNetwork(architecture, TASK, ORIGINAL_WIDTH[architecture], 0)
    x, shapes = TASK.sample(2).one_hot(), []
    for block in network.blocks:
        block.register_forward_hook(lambda _, __, out: shapes.append((out.shape[3], out.shape[1])))
    assert network(x).shape == (2, 10)
    assert shapes == LENGTHS[architecture]
    seen = network.eval().observe(TASK.sample(3))
    chosen = [LENGTHS[architecture][i - 1] for i in observed_blocks(len(LENGTHS[architecture]))]
    assert [tuple(a.values.shape) for a in seen] == [(3, *shape) for shape in chosen] + [(3, 1, 10)]
    assert all(torch.equal(a.locations, torch.arange(a.values.shape[1]).expand(3, -1)) for a in seen)


def test_the_blocks_observed_are_those_at_a_fifth_a_half_and_four_fifths():
    assert observed_blocks(8) == [2, 4, 6]
    assert observed_blocks(13) == [3, 7, 10]
    assert observed_blocks(9) == [2, 5, 7]
    assert observed_blocks(17) == [3, 9, 14]


@pytest.mark.parametrize("architecture", VISION)
@pytest.mark.parametrize("task", [dict(L=1, s0=0), dict(L=4, s0=0), dict(L=3, s0=1), dict(L=2, s0=(0, 2))])
def test_any_length_will_do(architecture, task):
    task = SRHM(v=4, n_c=4, m=2, s=2, **task)
    network = VisionNetwork(architecture, task, 8, 0)
    assert network(task.sample(5).one_hot()).isfinite().all()
    assert all(a.values.isfinite().all() for a in network.observe(task.sample(5)))


def test_a_vgg_block_is_convolution_normalisation_relu_and_pooling_between_stages():
    """The first two blocks once more, with torch's 1-D operations."""
    network = VisionNetwork("VGG11", TASK, 8, 3)
    network(TASK.sample(50).one_hot())  # moves the running averages
    data = TASK.sample(4, 1)
    x = data.one_hot()
    for block in network.blocks[:2]:
        if block is not network.blocks[0]:
            x = torch.nn.functional.max_pool1d(x, 2)
        convolution, norm = block.convolution, block.norm
        x = torch.conv1d(x, convolution.weight[:, :, 0], convolution.bias, padding=1)
        x = (x - norm.running_mean[:, None]) / (norm.running_var[:, None] + norm.eps).sqrt()
        x = x.relu()
    torch.testing.assert_close(network.observe(data)[0].values, x.transpose(1, 2).detach())


# In two dimensions


def images(n=4, shape=(3, 28, 28), seed=0):
    return normal((n, *shape), "images", seed)


@pytest.mark.parametrize("architecture", VISION)
def test_the_parameters_in_two_dimensions_are_those_of_the_cifar_form(architecture):
    network = ImageNetwork(architecture, (3, 32, 32), 10, ORIGINAL_WIDTH[architecture], 0)
    assert parameters_of(network) == CIFAR[architecture]


@pytest.mark.parametrize("side, inside", [(28, 16), (32, 25)])  # LeNet's last pixels: MNIST's and CIFAR's
def test_the_parameters_of_the_small_networks(side, inside):
    expected = {
        "FCN": 3 * side**2 * 64 + 3 * 64 * 64 + 4 * 64 + 65 * 10,
        "CNN": (3 + 3 * 64) * 64 * 25 + 4 * 64 + 65 * 10,
        "LeNet": 76 * 6 + 151 * 16 + (16 * inside + 1) * 120 + 121 * 84 + 85 * 10,
    }
    for architecture, number in expected.items():
        network = ImageNetwork(architecture, (3, side, side), 10, IMAGE_WIDTH[architecture], 0)
        assert parameters_of(network) == number


@pytest.mark.parametrize("architecture", VISION)
def test_filters_that_look_along_rows_alone_make_the_network_of_one_dimension(architecture):
    """The same rows one above the other, and filters that are zero above and below their middle row."""
    flat = VisionNetwork(architecture, TASK, 8, 3)
    tall = ImageNetwork(architecture, (TASK.v, 30, TASK.d), TASK.n_c, 8, 3)
    for along, both in zip(flat.parameters(), tall.parameters(), strict=True):
        with torch.no_grad():
            both.zero_()
            middle = both[:, :, both.shape[2] // 2 :][:, :, :1] if both.ndim == 4 else both
            middle.copy_(along)
    data = TASK.sample(6)
    rows = data.one_hot().unsqueeze(2).expand(-1, -1, 30, -1)
    torch.testing.assert_close(tall.double()(rows.double()), flat.double()(data.one_hot().double()))
    for one, two in zip(flat.float().buffers(), tall.float().buffers(), strict=True):
        two.copy_(one)  # of a variance the averages are unbiased, and the counts differ
    for one, two in zip(flat.observe(data), tall.observe(rows), strict=True):
        values = two.values.unflatten(1, (-1, one.values.shape[1]))
        expected = one.values.unsqueeze(1).expand_as(values)
        torch.testing.assert_close(values, expected, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("architecture", IMAGE)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (2, 29, 37), (1, 13, 13)])
def test_any_size_will_do(architecture, shape):
    network = ImageNetwork(architecture, shape, 5, 12, 0)
    x = images(3, shape)
    assert network(x).shape == (3, 5)
    assert network(x).isfinite().all()
    *layers, logits = network.observe(x)
    assert len(layers) == 3 and logits.values.shape == (3, 1, 5)
    for values, locations in layers:
        assert values.isfinite().all()
        assert torch.equal(locations, torch.arange(values.shape[1]).expand(3, -1))
    torch.testing.assert_close(logits.values[:, 0], network.eval()(x))


def test_lenet_once_more_with_torchs_functions():
    network, x = ImageNetwork("LeNet", (1, 28, 28), 10, 6, 1, init="uniform"), images(5, (1, 28, 28))
    one, two, three, four = network.blocks
    functional = torch.nn.functional
    layers = [torch.conv2d(x, one.convolution.weight, one.convolution.bias).relu()]
    layers.append(torch.conv2d(functional.max_pool2d(layers[0], 2), *two.convolution.parameters()).relu())
    flat = functional.max_pool2d(layers[1], 2).flatten(1)
    layers.append(functional.linear(flat, *three.linear.parameters()).relu())
    last = functional.linear(layers[2], *four.linear.parameters()).relu()
    seen = network.observe(x)
    torch.testing.assert_close(seen[-1].values[:, 0], network.readout(last).detach())
    assert [tuple(a.values.shape) for a in seen[:2]] == [(5, 24 * 24, 6), (5, 8 * 8, 16)]
    for activation, layer in zip(seen, layers, strict=False):
        expected = layer.flatten(2) if layer.ndim == 4 else layer.unsqueeze(2)
        torch.testing.assert_close(activation.values.transpose(1, 2), expected.detach())


def test_observing_leaves_every_part_in_its_mode():
    network = ImageNetwork("VGG11", (1, 16, 16), 10, 2, 0)
    frozen = next(part for part in network.modules() if isinstance(part, torch.nn.BatchNorm2d))
    frozen.eval()
    network.observe(images(2, (1, 16, 16)))
    assert network.training and not frozen.training

    def fail(*_):
        raise RuntimeError("as a test")

    network.readout.register_forward_hook(fail)
    with pytest.raises(RuntimeError, match="as a test"):
        network.observe(images(2, (1, 16, 16)))
    assert network.training and not frozen.training


@pytest.mark.parametrize("architecture", IMAGE)
def test_image_networks_are_drawn_and_observed_like_the_others(architecture):
    shape, x = (1, 28, 28), images(12, (1, 28, 28))
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first, same, other = (ImageNetwork(architecture, shape, 10, 12, seed) for seed in (5, 5, 6))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(weights_of(first), weights_of(same), strict=True))
    assert not torch.equal(first.readout.weight, other.readout.weight)
    first(x)
    state = [v.clone() for v in first.state_dict().values()]
    together, alone = first.observe(x), first.observe(x[:1])
    assert all(torch.equal(a, b) for a, b in zip(state, first.state_dict().values(), strict=True))
    for a, b in zip(together, alone, strict=True):
        torch.testing.assert_close(a.values[:1], b.values, atol=1e-4, rtol=1e-4)
    batch = with_batch_statistics(first).observe(x)[-1].values[:, 0]
    torch.testing.assert_close(batch, first(x).detach(), atol=1e-4, rtol=1e-4)


def test_bad_images_and_shapes_are_named():
    network = ImageNetwork("CNN", (1, 28, 28), 10, 8, 0)
    for use in (network, network.observe):
        with pytest.raises(ValueError, match=r"the network is for images \(1, 28, 28\), got \(3, 28, 28\)"):
            use(images())
    with pytest.raises(ValueError, match="there are no images to observe"):
        network.observe(images(0))
    for message, changes in {
        r"shape must be \(channels, height, width\), got \(28, 28\)": dict(shape=(28, 28)),
        "channels must be an integer >= 1, got 0": dict(shape=(0, 28, 28)),
        "height must be an integer >= 13, got 12": dict(shape=(1, 12, 28)),
        "width of an image must be an integer >= 13, got 12": dict(shape=(1, 28, 12)),
        "classes must be an integer >= 1, got 0": dict(classes=0),
        "architecture must be one of .*'FCN'.*'EfficientNetB0'.*'LCN'": dict(architecture="LCN"),
        "width must be a multiple of 3 for LeNet, got 8": dict(architecture="LeNet"),
        "width must be a multiple of 4 for EfficientNetB0, got 6": dict(
            architecture="EfficientNetB0", width=6
        ),
        "init must be one of": dict(init="zero"),
        "seed must be an integer >= 0": dict(seed=-1),
    }.items():
        arguments = dict(architecture="CNN", shape=(1, 28, 28), classes=10, width=8, seed=0) | changes
        with pytest.raises(ValueError, match=message):
            ImageNetwork(**arguments)


# Seeds and modes


def weights_of(network):
    return [v for v in network.state_dict().values() if v.is_floating_point()]


@pytest.mark.parametrize("architecture", VISION)
def test_weights_come_from_the_seed_alone(architecture):
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = VisionNetwork(architecture, TASK, 8, 5)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(2)
    same, other = (VisionNetwork(architecture, TASK, 8, seed) for seed in (5, 6))
    assert all(torch.equal(a, b) for a, b in zip(weights_of(first), weights_of(same), strict=True))
    assert not torch.equal(first.readout.weight, other.readout.weight)
    kernels = [p.flatten()[:8] for p in first.parameters() if p.ndim == 4 and p.numel() > 8]
    assert len({tuple(k.tolist()) for k in kernels}) == len(kernels), "two layers share their draws"


def test_weights_have_the_scale_of_their_fan_in():
    network = VisionNetwork("EfficientNetB0", TASK, 32, 0)
    block = network.blocks[-1]
    assert block.project.weight.std().item() == pytest.approx((3 * 1152) ** -0.5, rel=0.02)
    assert block.depthwise.weight.std().item() == pytest.approx((3 * 3) ** -0.5, rel=0.06)
    assert network.readout.weight.std().item() == pytest.approx((3 * 320) ** -0.5, rel=0.06)


@pytest.mark.parametrize("architecture", VISION)
def test_uniform_weights_and_biases_have_the_bounds_of_torchs_own_layers(architecture):
    first, same, other = (VisionNetwork(architecture, TASK, 32, seed, init="uniform") for seed in (5, 5, 6))
    assert all(torch.equal(a, b) for a, b in zip(weights_of(first), weights_of(same), strict=True))
    assert not torch.equal(first.readout.bias, other.readout.bias)
    layers = [m for m in first.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    for layer in layers:
        bound = layer.weight[0].numel() ** -0.5
        drawn = [layer.weight] if layer.bias is None else [layer.weight, layer.bias]
        for values in (v.detach() / bound for v in drawn):
            assert values.abs().max() <= 1
            assert abs(values.square().mean() - 1 / 3) < 5 * (4 / 45 / values.numel()) ** 0.5
        layer.reset_parameters()  # torch's own
        assert all(v.detach().abs().max() <= bound for v in drawn)
    starts = [m.weight.flatten()[:8] for m in first.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert all((start == 1).all() for start in starts)


def test_whitened_inputs_are_the_one_hot_ones_scaled_and_shifted():
    x, q = TASK.sample(20).one_hot(), 1 / 3  # v = 10
    plain, whitened = (VisionNetwork("ResNet18", TASK, 8, 0, inputs=i) for i in ("one-hot", "whitened"))
    assert torch.equal(whitened(x), plain(x * (1 + q) - q))
    assert not torch.equal(whitened(x), plain(x))


@pytest.mark.parametrize("architecture", VISION)
def test_observe_depends_on_no_other_datum_and_changes_nothing(architecture):
    network, data = VisionNetwork(architecture, TASK, 8, 0), TASK.sample(30)
    network(data.one_hot())
    before = [v.clone() for v in network.state_dict().values()]
    together, alone = network.observe(data), network.observe(data[:1])
    assert network.training
    assert all(torch.equal(a, b) for a, b in zip(before, network.state_dict().values(), strict=True))
    for a, b in zip(together, alone, strict=True):
        torch.testing.assert_close(a.values[:1], b.values, atol=1e-4, rtol=1e-4)
    again = network.eval().observe(data)
    assert not network.training
    assert all(torch.equal(a.values, b.values) for a, b in zip(together, again, strict=True))


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="architecture must be one of .*'VGG11'.*'EfficientNetB0'.*'VGG19'"):
        VisionNetwork("VGG19", TASK, 8, 0)
    with pytest.raises(ValueError, match="architecture must be one of .*'LCN'.*'EfficientNetB0'.*'VGG19'"):
        run(architecture="VGG19")
    for make in (lambda a, w: VisionNetwork(a, TASK, w, 0), lambda a, w: run(architecture=a, width=w)):
        with pytest.raises(ValueError, match="width must be a multiple of 4 for EfficientNetB0, got 6"):
            make("EfficientNetB0", 6)
        with pytest.raises(ValueError, match="width must be an integer >= 1"):
            make("VGG11", 0)
    with pytest.raises(ValueError, match="seed"):
        VisionNetwork("VGG11", TASK, 8, -1)
    with pytest.raises(ValueError, match=r"init must be one of \('normal', 'uniform'\), got 'zero'"):
        VisionNetwork("VGG11", TASK, 8, 0, init="zero")
    with pytest.raises(ValueError, match="inputs must be one of .*, got 'white'"):
        VisionNetwork("VGG11", TASK, 8, 0, inputs="white")
    with pytest.raises(ValueError, match="the network is for s0 = 2, the data have s0 = 1"):
        VisionNetwork("VGG11", TASK, 8, 0).observe(SRHM(v=10, n_c=10, m=10, s=2, L=2, s0=1).sample(2))
    for name in ("P", "batch_size"):
        with pytest.raises(ValueError, match=f"{name} of VGG11 must be an integer >= 2, got 1"):
            run(**{name: 1})
    assert run(n_pairs=1).n_pairs == 1
    with pytest.raises(ValueError, match="n_pairs of VGG11 must be an integer >= 2, got 1"):
        run(n_pairs=1, statistics="batch")


# Training


@pytest.mark.parametrize("architecture", ["VGG11", "ResNet18"])
def test_a_narrow_network_learns_a_small_task(architecture):
    (trained,) = train([run(architecture=architecture, P=200, m=2, max_epochs=60, loss_threshold=0.1)])
    assert trained.status == "converged"
    assert trained.train_loss < 0.1
    assert error_rate(trained, trained.run.test_set()) < 0.5  # by chance 0.75


def mean_squares(network):
    return sum((p**2).sum() / p.numel() for p in network.parameters())


@pytest.mark.parametrize("changes", [{}, dict(inputs="whitened", init="uniform", penalty=0.5)])
@pytest.mark.parametrize("P", [40, 33, 34, 2])  # of batch 16: 8 are left over, 1, 2; less than a batch
def test_training_is_sgd_with_momentum_on_loss_and_penalty(P, changes):
    # Normalised over the 4 values of 2 short data, weights 1e-7 apart soon differ by a tenth. So the data are
    # long (d = 1024) and the rate is small.
    r = run(P=P, s0=15, lr=0.003, **changes)
    network = VisionNetwork(r.architecture, r.task, r.width, r.init_seed, inputs=r.inputs, init=r.init)
    optimiser = torch.optim.SGD(network.parameters(), lr=r.lr, momentum=r.momentum)
    data = r.task.sample(P, r.data_seed)
    for epoch in range(1, r.max_epochs + 1):
        total = 0.0
        order = permutation(P, "order", r.data_seed, r.init_seed, epoch)
        batches = {33: [16, 17], 34: [16, 16, 2], 40: [16, 16, 8], 2: [2]}[P]
        for rows in order.split(batches):
            loss = torch.nn.functional.cross_entropy(network(data[rows].one_hot()), data.labels[rows])
            optimiser.zero_grad()
            (loss + r.penalty * mean_squares(network)).backward()
            optimiser.step()
            total += loss.item() * len(rows)
    (trained,) = train([r])
    assert (trained.status, trained.epochs) == ("max_epochs", 3)
    assert trained.train_loss == pytest.approx(total / P, rel=1e-4)
    for a, b in zip(trained.network.state_dict().values(), network.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-3)


def test_a_diverging_run_fails_and_the_next_is_trained():
    bad, good = train([run(lr=1e30), run(1)])
    assert bad.status == "failed"
    assert measure(bad, "cpu").reason.startswith("the training loss became infinite or nan")
    assert good.status == "max_epochs"


# Stopped and resumed


def assert_same_bits(some, others):
    assert [t.run for t in some] == [t.run for t in others]
    for a, b in zip(some, others, strict=True):
        assert (a.status, a.epochs, repr(a.train_loss)) == (b.status, b.epochs, repr(b.train_loss))
        pairs = zip(a.network.state_dict().values(), b.network.state_dict().values(), strict=True)
        assert all(torch.equal(x.nan_to_num(), y.nan_to_num()) for x, y in pairs)


@pytest.mark.parametrize("architecture", ["VGG11", "ResNet18", "EfficientNetB0"])
def test_training_stopped_at_every_chunk_ends_with_the_same_bits(architecture, allow, tmp_path):
    runs = [run(0, architecture), run(1, architecture, lr=1e30), run(2, architecture, max_epochs=2)]
    expected, path, done = list(train(runs)), tmp_path / "state.pt", []
    for life in range(100):
        torch.manual_seed(life)
        allow(1)
        try:
            for trained in train([r for r in runs if r not in [t.run for t in done]], checkpoint=path):
                done.append(trained)
            break
        except Stopped:
            (held,) = checkpointed(path)
            assert held in {r.key for r in runs}
    assert life > 5
    assert_same_bits(done, expected)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_checkpoint_is_told_and_training_starts_anew(allow, tmp_path):
    path = tmp_path / "state.pt"
    for spoil in (lambda s: s.pop("optimiser"), lambda s: s["network"].popitem()):
        allow(2)
        with pytest.raises(Stopped):
            list(train([run()], checkpoint=path))
        state = torch.load(path, weights_only=True)
        spoil(state)
        torch.save(state, path)
        allow(inf)
        with pytest.warns(UserWarning, match="is no checkpoint of this version, starting anew"):
            again = list(train([run()], checkpoint=path))
        assert_same_bits(again, list(train([run()])))


# Measured and stored


@pytest.mark.parametrize("s0", [0, 1])
def test_sensitivities_are_of_order_one_and_there_is_no_displacement_without_blanks(s0):
    (trained,) = train([run(s0=s0, P=100)])
    untrained = VisionNetwork("VGG11", trained.run.task, 8, 0)
    for observer in (untrained.observe, trained.observe):
        seen = sensitivities(observer, trained.run.task, 100)
        letters = "SD" if s0 else "S"
        assert {name for name in seen if not name.endswith("_se")} == {
            f"{letter}_{layer}_{level}"
            for letter in letters
            for layer in ("1", "2", "3", "out")
            for level in (1, 2)
        }
        assert all(0 < value < 2 for value in seen.values())


def shares(network, r):
    """S and D of the observed blocks and of the logits, each set of data normalised by itself, one by one."""
    both = r.task.sample(2 * r.n_pairs, PAIRS + r.data_seed)
    x, z = both[: r.n_pairs], both[r.n_pairs :]

    def look(data):
        seen, values = [], data.one_hot().unsqueeze(2)
        for block in network.blocks:
            values = block(values)
            seen.append(values.flatten(1).double())
        chosen = [seen[i - 1] for i in observed_blocks(len(seen))]
        return [*chosen, network(data.one_hot()).double()]

    values = {}
    for letter, move in (("S", r.task.exchange_synonyms), ("D", r.task.displace)):
        for level in range(1, r.task.L + 1):
            moved = look(move(x, level, PAIRS + r.data_seed))
            for layer, a, b, c in zip(("1", "2", "3", "out"), look(x), moved, look(z), strict=True):
                share = (a - b).square().sum() / (a - c).square().sum()
                values[f"{letter}_{layer}_{level}"] = share.item()
    return values


@pytest.mark.parametrize("architecture", ["ResNet18", "EfficientNetB0"])
def test_with_batch_statistics_sensitivities_are_those_of_training_mode(architecture):
    r = run(0, architecture, n_pairs=600, statistics="batch")  # more than one part
    (trained,) = train([r])
    before = deepcopy(trained.network)
    outcome = measure(trained, "cpu")
    for a, b in zip(before.state_dict().values(), trained.network.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert not trained.network.training
    with torch.no_grad():
        expected = shares(deepcopy(before).train(), r)
        running = shares(before.eval(), r)
    assert {name: outcome.sensitivities[name] for name in expected} == pytest.approx(expected, rel=1e-3)
    assert expected != pytest.approx(running, rel=0.02)
    (usual,) = train([replace(r, statistics="running")])
    assert measure(usual, "cpu").test_error == outcome.test_error
    assert usual.train_loss == trained.train_loss
    assert {name: measure(usual, "cpu").sensitivities[name] for name in running} == pytest.approx(
        running, rel=1e-3
    )


def test_measures_take_either_kind_of_network():
    for architecture in ("VGG11", "CNN"):
        (trained,) = train([run(architecture=architecture)])
        test = trained.run.task.sample(7)
        seen = trained.observe(test)
        if architecture == "CNN":
            assert torch.equal(seen[-1].values, trained.network.observe(test)[-1].values)
        assert seen[-1].values.shape == (7, 1, 4)
        assert 0 <= error_rate(trained.network, trained.run.test_set()) <= 1


def test_a_sweep_stores_vision_runs_and_reads_them_back(tmp_path):
    way = dict(inputs="whitened", init="uniform", penalty=5e-4, statistics="batch")
    runs, store = [run(0), run(0, "EfficientNetB0"), run(0, "EfficientNetB0", **way)], Store(tmp_path)
    assert sweep(runs, store, workers=0) == 3
    assert sweep(runs, store, workers=0) == 0
    table = store.find(runs)
    assert sorted(table.architecture) == ["EfficientNetB0", "EfficientNetB0", "VGG11"]
    for layer in ("1", "2", "3", "out"):
        assert table[[f"S_{layer}_1", f"D_{layer}_2", f"S_{layer}_1_se"]].notna().all(axis=None)
    assert {Run.from_row(row) for row in table.to_dict("records")} == set(runs)


def test_estimated_times_grow_with_the_work():
    assert estimate_seconds(run(width=64)) > estimate_seconds(run(width=16)) > 0
    assert estimate_seconds(run(P=1000)) > estimate_seconds(run(P=100))
    assert estimate_seconds(run(s0=2)) > estimate_seconds(run(s0=1))
