"""The sequence tower as an ONNX file, and what runs it: exported like any model, so that serving needs no torch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.export import Dim

from encoders import runtime
from encoders.learning.tower import SequenceTower
from encoders.learning.tower_data import Rows, padded
from encoders.spec import DIMENSION, Floats

FILE = "tower.onnx"
MAX_USERS = 4096


def export_tower(tower: SequenceTower, folder: Path) -> Path:
    """Write `tower.onnx`: history float32[n, l, 256] and length int64[n] to interest float32[n, 256]."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it reports on the absence of torchvision
    users, steps = Dim("users", min=1, max=MAX_USERS), Dim("steps", min=2, max=tower.config.length)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
        torch.onnx.export(
            tower.eval(),
            (torch.rand(2, 5, DIMENSION), torch.tensor([5, 3])),
            str(folder / FILE),
            input_names=["history", "length"],
            output_names=["interest"],
            dynamic_shapes=[{0: users, 1: steps}, {0: users}],
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    return folder / FILE


class ServedTower:
    """The exported tower on ONNX Runtime, one thread."""

    def __init__(self, folder: Path, length: int, device: str = "cpu") -> None:
        self._session = runtime.session(folder / FILE, device)
        self.length = length

    def interests(self, histories: Sequence[Rows], vectors: Floats) -> Floats:
        """Each history's item rows, oldest first, of items float32[m, 256], to float32[n, 256]: zeros without one."""
        history, length = padded([rows[-self.length :] for rows in histories], vectors)
        if history.shape[1] < 2:  # the graph was traced for two steps and more
            history = np.pad(history, ((0, 0), (0, 2 - history.shape[1]), (0, 0)))
        out: Floats = self._session.run(["interest"], {"history": history, "length": length})[0]
        return out
