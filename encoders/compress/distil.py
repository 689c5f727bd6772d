"""A small network taught to give what a large one gives.

Hinton et al., "Distilling the Knowledge in a Neural Network" (2015); on embeddings as in Reimers and Gurevych, "Making
Monolingual Sentence Embeddings Multilingual using Knowledge Distillation" (2020). No labels are needed, only media.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Rows = NDArray[np.int64]
Progress = Callable[[int, int, float], None]  # step, of how many, loss


def distil(
    student: nn.Module,
    inputs: Callable[[Rows], Sequence[Tensor]],
    targets: NDArray[np.float32],
    *,
    steps: int,
    batch: int = 64,
    rate: float = 1e-3,
    seed: int = 0,
    progress: Progress | None = None,
) -> nn.Module:
    """Train until the student's first output for `inputs(rows)` points where `targets[rows]` does, float32[n, d].

    The loss is 1 - cosine, after taking the targets' mean from both: pretrained spaces share a large common part, which
    is easily learned and tells no two things apart.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    wanted = torch.from_numpy(targets)
    centre = wanted.mean(dim=0)
    trained = [weight for weight in student.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(trained, rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    student.train()
    for step in range(steps):
        rows = rng.integers(0, len(targets), batch)
        out = student(*inputs(rows))
        got = out[0] if isinstance(out, tuple) else out
        away = 1 - nn.functional.cosine_similarity(got - centre, wanted[rows] - centre, dim=1).mean()
        size = nn.functional.smooth_l1_loss(got, wanted[rows]) / wanted.std()  # so that a classifier on top still fits
        loss = away + size
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch publishes no type for it
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        if progress:
            progress(step + 1, steps, float(away.detach()))
    return student.eval()
