"""An aligner of the trained one's signature with random heads: what exporting and serving need, without training."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from encoders.spec import CLASSES, DIMENSION, PICTURE_WIDTH, SOUND_WIDTH, TAGS, TEXT_WIDTH, Modality


class StandInAligner(nn.Module):
    """A linear head per modality, gated by quality; the shapes are those of `aligner.BridgeAligner`."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.text = nn.Linear(TEXT_WIDTH, DIMENSION)
        self.picture = nn.Linear(PICTURE_WIDTH + CLASSES, DIMENSION)
        self.sound = nn.Linear(SOUND_WIDTH + TAGS, DIMENSION)

    def forward(  # noqa: PLR0917  the inputs of an exported aligner, by name
        self,
        text: Tensor,
        classes: Tensor,
        picture: Tensor,
        picture_modality: Tensor,
        tags: Tensor,
        sound: Tensor,
        sound_modality: Tensor,
        quality: Tensor,
    ) -> tuple[Tensor, Tensor]:
        seen = self.picture(torch.cat([picture, classes], dim=2))
        heard = self.sound(torch.cat([sound, tags], dim=2))
        words = self.text(text) * (text.abs().sum(dim=1, keepdim=True) > 0)
        parts = torch.stack(
            [
                words,
                _sum(seen, picture_modality, Modality.IMAGE),
                _sum(heard, sound_modality, Modality.AUDIO),
                _sum(seen, picture_modality, Modality.VIDEO) + _sum(heard, sound_modality, Modality.VIDEO),
            ],
            dim=1,
        )
        parts = parts / parts.norm(dim=2, keepdim=True).clamp_min(1e-9)
        vector = (parts * (0.1 + quality.unsqueeze(2))).sum(dim=1)
        return vector / vector.norm(dim=1, keepdim=True).clamp_min(1e-9), parts


def _sum(slots: Tensor, modality: Tensor, wanted: Modality) -> Tensor:
    chosen = (modality == int(wanted)).to(slots.dtype).unsqueeze(2)
    return (slots * chosen).sum(dim=1)
