"""A small text tower: a narrow table of sentence pieces, one trigram layer, one perceptron.

It takes and gives what `text.UniversalSentenceEncoder` does, so it can be exported and served in its place. The table
is the large one's on its principal axes, fixed: pieces that no training text holds keep their meaning.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from encoders.text import CHUNKS, WIDTH, UniversalSentenceEncoder

SAMPLE = 20_000  # rows of the table that the axes are computed from


class SmallText(nn.Module):
    """(ids int64[t], windows int64[t, 5], owners float32[n, t]) to float32[n, 512] of unit length."""

    def __init__(self, teacher: UniversalSentenceEncoder, width: int = 128, hidden: int = 512) -> None:
        super().__init__()
        pieces = _dequantised(teacher)
        rows = pieces[torch.linspace(0, len(pieces) - 1, SAMPLE).long()]
        _, _, axes = torch.linalg.svd(rows - rows.mean(dim=0), full_matrices=False)
        narrow = (pieces - rows.mean(dim=0)) @ axes[:width].T
        self.scale = nn.Buffer(narrow.abs().amax(dim=0) / 127.0)
        self.table = nn.Buffer((narrow / self.scale).round().to(torch.int8))
        self.grams = nn.Linear(3 * width, hidden)
        self.weigh = nn.Linear(width, 1)  # how much a piece counts in the mean
        self.out = nn.Sequential(nn.Linear(width + hidden, hidden), nn.GELU(), nn.Linear(hidden, WIDTH))

    def forward(self, ids: Tensor, windows: Tensor, owners: Tensor) -> Tensor:
        pieces = self.table[ids].to(torch.float32) * self.scale  # [t, width]
        padded = nn.functional.pad(pieces, (0, 0, 0, 1))  # windows past a text's ends point at the last row
        around = padded[windows[:, 1:4].reshape(-1)].reshape(-1, 3 * pieces.shape[1])
        features = torch.cat([pieces, nn.functional.gelu(self.grams(around))], dim=1)
        weights = owners * torch.sigmoid(self.weigh(pieces)).squeeze(1)
        mean = (weights @ features) / weights.sum(dim=1, keepdim=True)
        vectors: Tensor = nn.functional.normalize(self.out(mean), dim=1)
        return vectors


def _dequantised(teacher: UniversalSentenceEncoder) -> Tensor:
    """The large table in float32[pieces, 512]; it is stored in 8 bits with a scale for each of 17 residues."""
    state = teacher.state_dict()
    table = state["table"]
    chunk = torch.arange(len(table)) % CHUNKS
    pieces: Tensor = table.to(torch.float32) * state["scale"][chunk].unsqueeze(1) + state["lo"][chunk].unsqueeze(1)
    return pieces
