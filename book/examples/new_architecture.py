"""A network that the package does not know, a small transformer: to see, to train and to measure."""

import torch
from torch import nn

from srhm import sensitivities
from srhm.networks import Activation


class Transformer(nn.Module):
    def __init__(self, task, width=48):
        super().__init__()
        self.embed = nn.Linear(task.v, width)
        self.position = nn.Parameter(torch.randn(task.d, width))
        self.first = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True)
        self.second = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True)
        self.readout = nn.Linear(width, task.n_c)

    def forward(self, data):  # Data -> list[Activation]: the network is its own observer
        first = self.first(self.embed(data.one_hot().mT) + self.position)
        second = self.second(first)
        logits = self.readout(second.mean(1, keepdim=True))
        return [Activation(f, torch.arange(f.shape[1]).expand(len(f), -1)) for f in (first, second, logits)]


def fit(network, data, steps=400):
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for rows in torch.randint(len(data), (steps, 64)):
        logits = network(data[rows])[-1].values[:, 0]
        optimiser.zero_grad()
        nn.functional.cross_entropy(logits, data.labels[rows]).backward()
        optimiser.step()


@torch.no_grad()
def measure(network, task):
    test = task.sample(2000, seed=2**32)  # no training set has this seed
    error = (network(test)[-1].values[:, 0].argmax(1) != test.labels).float().mean().item()
    return {"test_error": error} | sensitivities(network, task, n=500, seed=2**33)
