"""A small transformer, which the package does not know: registered, it is treated like all others."""

import torch
from torch import nn

from srhm import SRHM, Search, register


class Transformer(nn.Module):
    def __init__(self, task, width):
        super().__init__()
        self.embed = nn.Linear(task.v, width)
        self.position = nn.Parameter(0.5 * torch.randn(task.d, width))
        self.first, self.second = (
            nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
            for _ in range(2)
        )
        self.readout = nn.Linear(width, task.n_c)

    def forward(self, x):  # one-hot data (n, v, d) to logits (n, n_c)
        tokens = self.embed(x.mT) + self.position
        return self.readout(self.second(self.first(tokens)).mean(1))


register("Transformer", Transformer, layers=["first", "second"])

TRAINING = dict(width=16, lr=0.03, loss_threshold=1e-2, max_epochs=40, n_test=1000, n_pairs=200)
TASKS = [SRHM(v=3, n_c=3, m=3, s=2, L=2, s0=s0) for s0 in (0, 1)]
SEARCH = Search(["Transformer"], TASKS, seeds=1, training=TRAINING, tolerance=0.4)
