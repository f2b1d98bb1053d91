"""Data sets by name: the generated one, and where the others are looked for."""

import pytest
import torch

from srhm.images import IMAGE_SETS, check_images, load_images, sets
from srhm.images.sets import generate


def test_generated_images_have_the_sizes_that_are_stated():
    for images, n in zip(load_images("generated"), (4096, 1024), strict=True):
        assert images.images.shape == (n, *IMAGE_SETS["generated"].shape)
        assert images.images.dtype == torch.float32
        assert images.labels.bincount().tolist() == pytest.approx([n / 10] * 10, rel=0.3)


def test_generated_images_are_the_same_each_time_and_more_only_append():
    (train, test), (fewer, other) = generate(40, 30), generate(20, 30)
    assert torch.equal(train.labels[:20], fewer.labels) and torch.equal(test.images, other.images)
    torch.testing.assert_close(train.images[:20], fewer.images)
    assert not torch.equal(train.images[:30], test.images)


def test_generated_images_are_patterns_deformed_with_noise(monkeypatch):
    """Without noise and deformation the images of a class are one smooth pattern, of mean square about 1."""
    monkeypatch.setattr(sets, "_NOISE", 0.0)
    deformed, _ = generate(200, 1)
    monkeypatch.setattr(sets, "_DISPLACEMENT", 0.0)
    plain, _ = generate(200, 1)
    patterns = [plain.images[plain.labels == label] for label in range(10)]
    assert all((images == images[:1]).all() for images in patterns)
    pattern = torch.cat([images[:1] for images in patterns])
    assert pattern.square().mean() == pytest.approx(1, rel=0.3)
    assert pattern.diff(dim=2).square().mean() < 0.5 * pattern.square().mean()
    apart = torch.cdist(pattern.flatten(1), pattern.flatten(1)) + 100 * torch.eye(10)
    assert apart.min() > 3
    change = (deformed.images - plain.images).square().mean()
    assert 0 < change < pattern.square().mean()  # half the distance of two patterns


def test_a_data_set_that_is_not_there_is_told_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("SRHM_CIFAR10", raising=False)
    with pytest.raises(
        ValueError, match="variable SRHM_CIFAR10 names, which is not set or empty: download https"
    ):
        load_images("cifar-10")
    for name, variable in (("cifar-10", "SRHM_CIFAR10"), ("fashion-mnist", "SRHM_FASHION_MNIST")):
        monkeypatch.setenv(variable, str(tmp_path))
        for read in (load_images, check_images):
            with pytest.raises(ValueError, match=f"{tmp_path}.*variable {variable} can name another folder"):
                read(name)


def test_a_folder_that_is_named_is_read(tmp_path, monkeypatch):
    here = generate(5, 3)
    monkeypatch.setenv("SRHM_CIFAR10", str(tmp_path))
    one = sets.ImageSet((3, 32, 32), 5, 3, lambda folder: (here, folder)[0], "SRHM_CIFAR10")
    monkeypatch.setitem(IMAGE_SETS, "cifar-10", one)
    assert load_images("cifar-10") is here
    check_images("cifar-10")


def test_an_unknown_data_set_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"dataset must be one of \('generated', 'fashion-mnist', 'cifar-10"):
        load_images("mnist")


def test_an_empty_name_of_a_folder_is_none_and_a_home_is_found(tmp_path, monkeypatch):
    here = generate(5, 3)
    seen = []
    one = sets.ImageSet(
        (1, 28, 28), 5, 3, lambda folder: (here, seen.append(folder))[0], "SRHM_ANY", "/there"
    )
    monkeypatch.setitem(IMAGE_SETS, "fashion-mnist", one)
    monkeypatch.setenv("HOME", str(tmp_path))
    for folder in ("", "~/images"):
        monkeypatch.setenv("SRHM_ANY", folder)
        load_images("fashion-mnist")
    assert seen == ["/there", str(tmp_path / "images")]


def test_a_folder_that_cannot_be_read_is_told_like_a_missing_one(monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", folder)

    one = sets.ImageSet((1, 28, 28), 5, 3, refuse, "SRHM_ANY", "/closed")
    monkeypatch.setitem(IMAGE_SETS, "fashion-mnist", one)
    monkeypatch.delenv("SRHM_ANY", raising=False)
    with pytest.raises(ValueError, match="Permission denied: '/closed'; the environment variable SRHM_ANY"):
        check_images("fashion-mnist")
