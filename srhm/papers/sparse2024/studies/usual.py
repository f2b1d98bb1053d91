"""The paper's figures at rates of our own: the usual one everywhere, another one for vision networks."""

from __future__ import annotations

from ....networks.vision import ORIGINAL_WIDTH
from ....runs import Octaves, Study
from .plans import (
    LAPTOP,
    NARROW,
    PAIR,
    PAPER,
    SMOKE,
    VISION_SIZES,
    VISION_TASKS,
    at_scale,
    cross,
    grid,
)

# One recipe for the five architectures; what other rates do is the question of the study `rates`.
VISION_TRAINING = dict(batch_size=32, lr=0.01, loss_threshold=1e-2, max_epochs=200)


AT_USUAL_RATE = {
    "usual_curves": Study(
        "How do test error and sensitivities fall at the usual rate?",
        "Figs. 4A, 12 and 15",
        {
            "smoke": [grid(PAIR, cross((4,), 2, (1,)), Octaves(-2, 2, 1), SMOKE, seeds=2)],
            "laptop": [
                grid(PAIR, cross((10,), 2, (2,)), Octaves(-3, 2), LAPTOP, seeds=3),
                grid(PAIR, cross((8,), 2, (0, 1, 2)), Octaves(-3, 3), LAPTOP, seeds=3),
            ],
            "paper": [
                *at_scale(PAIR, cross((10,), 2, (2,)), Octaves(-3, 2), 3),
                *at_scale(PAIR, cross((8,), 2, (0, 1, 2, 4)), Octaves(-3, 3), 3),
            ],
        },
    ),
    "usual_rate": Study(
        "What are the sample complexities at a rate that does not fall with v?",
        "Figs. 4B, 4C, 6 and 14",
        {
            "smoke": [grid(PAIR, cross((3,), 2, (0, 1, 2)), Octaves(-1, 2, 1), SMOKE, seeds=2)],
            "laptop": [
                grid(PAIR, cross((4,), 2, (0, 1, 2, 4)), Octaves(-1.5, 3), LAPTOP, seeds=5),
                grid(["CNN"], cross((3,), 2, (1, 2, 4)), Octaves(-1.5, 3), LAPTOP, seeds=5),
                grid(PAIR, cross((6,), 2, (0, 1, 2, 4)), Octaves(-1.5, 1.5), LAPTOP, seeds=3),
                grid(PAIR, cross((3,), 3, (0, 1, 2)), Octaves(-1.5, 1.5), LAPTOP, seeds=3),
                grid(PAIR, cross((8,), 2, (0, 1, 2, 4)), Octaves(-1.5, 1.5), LAPTOP, seeds=3),
                grid(PAIR, cross((4,), 3, (0, 1)), Octaves(-1, 1.5), LAPTOP, seeds=3),
                grid(PAIR, cross((10,), 2, (0, 1, 2)), Octaves(-1, 1.5), LAPTOP, seeds=3),
                grid(PAIR, cross((4,), 3, (2,)), Octaves(-0.5, 1.5, 1), LAPTOP, seeds=3),
                grid(["LCN"], cross((4,), 3, (1,)), Octaves(2, 2.5), LAPTOP, seeds=3),
                grid(["LCN"], cross((6, 8), 3, (0,)), Octaves(-0.5, 1.5), LAPTOP, seeds=3),
                grid(["CNN"], cross((3, 4), 2, (6,)), Octaves(-1.5, 1.5), LAPTOP, seeds=5),
                grid(["CNN"], cross((12,), 2, (0, 1)), Octaves(-1, 0.5), LAPTOP, seeds=3),
                grid(["CNN"], cross((4,), 3, (4,)), Octaves(-0.5, 1.5), LAPTOP, seeds=5),
                grid(["CNN"], cross((6,), 3, (0, 1, 2)), Octaves(-1, 1), LAPTOP, seeds=3),
                grid(["CNN"], cross((8,), 3, (0,)), Octaves(-1, 1), LAPTOP, seeds=3),
                grid(["CNN"], cross((8,), 3, (1,)), Octaves(-1.5, 0.5), LAPTOP, seeds=3),
                grid(["LCN"], cross((6,), 3, (1,)), Octaves(-0.5, 1.5), LAPTOP, seeds=3),
            ],
            "paper": [
                *at_scale(["LCN"], cross((4, 6, 8, 10), 2, (0, 1, 2, 4)), Octaves(-0.5, 1.5), 3),
                *at_scale(["CNN"], cross((3, 4), 2, (0, 1, 2, 4, 6)), Octaves(-1, 1), 3),
                *at_scale(["CNN"], cross((6, 8), 2, (0, 1, 2, 4)), Octaves(-1.5, 0.5), 3),
                *at_scale(["CNN"], cross((10,), 2, (0, 1, 2)), Octaves(-1.5, 0.5), 3),
                *at_scale(["CNN"], cross((12,), 2, (1,)), Octaves(-1.5, 0.5), 3),
                *at_scale(["CNN"], cross((4, 6), 3, (0, 1, 2, 4)), Octaves(-1, 1)),
                *at_scale(["CNN"], cross((8,), 3, (0, 1, 2, 4)), Octaves(-1.5, 0.5)),
                *at_scale(["CNN"], cross((10,), 3, (1, 2)), Octaves(-1.5, 0.5)),
                *at_scale(["CNN"], cross((12,), 3, (1,)), Octaves(-1.5, 0.5)),
                *at_scale(["LCN"], cross((4, 6, 8, 10), 3, (0, 1, 2)), Octaves(-0.5, 1.5)),
            ],
        },
    ),
    "usual_triples": Study(
        "What are the sample complexities of three features to a rule, at the usual rate?",
        "Figs. 10, 11, 13 and 14",
        {
            "smoke": [grid(PAIR, cross((2,), 2, (0, 1), s=3), Octaves(-1, 2, 1), SMOKE, seeds=1)],
            "laptop": [
                grid([architecture], cross((v,), 2, s0s, s=3), octaves, NARROW, seeds=3)
                for v, s0s in [(3, (0, 1, 2, 4)), (4, (0, 1))]
                for architecture, octaves in [("LCN", Octaves(-0.5, 2.5)), ("CNN", Octaves(-1, 1.5))]
            ]
            + [
                grid(["LCN"], cross((4,), 2, (2,), s=3), Octaves(-0.5, 2), NARROW, seeds=3),
                grid(["LCN"], cross((6,), 2, (0,), s=3), Octaves(-0.5, 1.5), NARROW, seeds=3),
                grid(["CNN"], cross((4,), 2, (2, 4), s=3), Octaves(-1, 1), NARROW, seeds=3),
                grid(["CNN"], cross((6,), 2, (0,), s=3), Octaves(-0.5, 1), NARROW, seeds=3),
            ],
            "paper": [
                grid
                for vs, L, s0s in [((4, 6), 2, (0, 1, 2, 4)), ((4,), 3, (0, 1))]
                for architecture, octaves in [("LCN", Octaves(-0.5, 2)), ("CNN", Octaves(-1, 1))]
                for grid in at_scale([architecture], cross(vs, L, s0s, s=3), octaves)
            ],
        },
    ),
    "usual_fully_connected": Study(
        "What are the sample complexities of the FCN, at the usual rate?",
        "Fig. 16",
        {
            "smoke": [grid(["FCN"], cross((3,), 2, (0, 1)), Octaves(-1, 3, 1), SMOKE, seeds=1)],
            "laptop": [
                grid(["FCN"], cross((4, 6, 8), 2, (0, 1)), Octaves(-1, 3), LAPTOP, seeds=3),
                grid(["FCN"], cross((4, 6), 2, (2,)), Octaves(0, 4), LAPTOP, seeds=3),
                grid(["FCN"], cross((3,), 3, (0, 1)), Octaves(0, 3), LAPTOP, seeds=3),
            ],
            "paper": [grid(["FCN"], cross((4, 6, 8), 2, (0, 1)), Octaves(-1, 3), PAPER, seeds=3)],
        },
    ),
    "usual_sparsity_b": Study(
        "What are the sample complexities at sparsity B, at the usual rate?",
        "Figs. 7 and 8",
        {
            "smoke": [grid(PAIR, cross((3,), 2, (1, 2), sparsity="B"), Octaves(-1, 1, 1), SMOKE, seeds=1)],
            "laptop": [
                grid(["CNN"], cross((6,), 2, (1, 2, 4), sparsity="B"), Octaves(-1.5, 1.5), LAPTOP, seeds=3),
                grid(["LCN"], cross((6,), 2, (1, 2), sparsity="B"), Octaves(-1.5, 2.5), LAPTOP, seeds=3),
                grid(["LCN"], cross((6,), 2, (4,), sparsity="B"), Octaves(-0.5, 2.5), LAPTOP, seeds=3),
                grid(["CNN"], cross((10,), 2, (1, 2), sparsity="B"), Octaves(-1, 1.5), LAPTOP, seeds=3),
                grid(["CNN"], cross((3,), 3, (1, 2), sparsity="B"), Octaves(-0.5, 3), LAPTOP, seeds=3),
            ],
            "paper": [
                grid
                for L in (2, 3)
                for architecture, vs, octaves in [
                    ("LCN", (6,), Octaves(-0.5, 2.5)), ("CNN", (6, 10), Octaves(-0.5, 2)),
                ]
                for grid in at_scale([architecture], cross(vs, L, (1, 2, 4), sparsity="B"), octaves)
            ],
        },
    ),
    "depth": Study(
        "Does the CNN's law keep its exponent beyond the depths of the paper?",
        "Fig. 4C, continued",
        {
            "smoke": [
                grid(["CNN"], cross((2,), 4, (0, 1)), Octaves(-1, 3, 1), SMOKE | dict(max_epochs=60), seeds=1)
            ],
            "laptop": [
                grid(["CNN"], cross((3,), 4, (0, 1, 2)), Octaves(-1, 3), NARROW, seeds=5),
                grid(["CNN"], cross((3,), 5, (0,)), Octaves(-1, 1.5), NARROW, seeds=3),
            ],
            "paper": [
                grid
                for L in (4, 5)
                for grid in at_scale(["CNN"], cross((3,), L, (0, 1, 2)), Octaves(-1, 2.5), 3)
            ],
        },
    ),
    "usual_vision": Study(
        "Do common vision networks learn the task as they become insensitive, at another rate?",
        "Figs. 1C-F, 9 and 17",
        {
            "smoke": [
                grid(["VGG11"], cross((3,), 2, (1,)), (150, 600), VISION_TRAINING | SMOKE | dict(width=8), 1)
            ],
            "laptop": [
                grid([name], VISION_TASKS, sizes, VISION_TRAINING | dict(width=ORIGINAL_WIDTH[name]), seeds)
                for name, seeds, sizes in [
                    ("VGG11", 3, (870, 2580, 4400, 5400, 6400, 7400, 13400)),
                    ("VGG16", 1, (2580, 4400, 7400)),
                    ("ResNet18", 1, (870, 2580, 4400, 5400, 6400, 7400, 13400)),
                    ("ResNet34", 1, (4400, 5400, 7400)),
                    ("EfficientNetB0", 1, (4400, 5400, 6400, 7400, 10400)),
                ]
            ],
            "paper": [
                grid([name], VISION_TASKS, VISION_SIZES, VISION_TRAINING | dict(width=width), seeds=1)
                for name, width in ORIGINAL_WIDTH.items()
            ],
        },
    ),
}  # fmt: skip
