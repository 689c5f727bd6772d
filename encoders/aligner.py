"""Features of every modality to one unit vector per item: align each, then fuse what is there.

This aligner is the training-free bridge with a weighted average; a trained one takes the same inputs and gives the same
outputs, so that everything around it stays.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from encoders.bridge import SOFTENING, SOUNDTRACK_WEIGHT, TOP_LABELS, WEIGHTS, Bridge
from encoders.spec import Modality

TINY = 1e-9


class BridgeAligner(nn.Module):
    """Any of k and p may be 1 with modality 0 where an item has no pictures or sounds.

    text float32[n, 512] (zeros = no text), classes float32[n, k, 1000], picture_modality int32[n, k],
    tags float32[n, p, 50], sound_modality int32[n, p] to (vector float32[n, 256] of unit length,
    parts float32[n, 4, 256]: each modality's own unit vector or zeros, in the order of `Modality`).
    """

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.centre = nn.Buffer(torch.from_numpy(bridge.centre))
        self.projection = nn.Buffer(torch.from_numpy(bridge.projection))
        self.labels = nn.Buffer(torch.from_numpy(bridge.labels))
        self.tag_words = nn.Buffer(torch.from_numpy(bridge.tags))
        self.weights = nn.Buffer(torch.tensor([WEIGHTS[modality] for modality in Modality]))

    def forward(
        self, text: Tensor, classes: Tensor, picture_modality: Tensor, tags: Tensor, sound_modality: Tensor
    ) -> tuple[Tensor, Tensor]:
        written = (text.abs().sum(dim=1, keepdim=True) > 0).to(text.dtype)
        words = _unit((text - self.centre) @ self.projection) * written
        pictures, sounds = _in_words(classes, self.labels), _in_words(tags, self.tag_words)
        frames = _mean(pictures, picture_modality, Modality.VIDEO)
        soundtrack = _mean(sounds, sound_modality, Modality.VIDEO)
        parts = torch.stack(
            [
                words,
                _mean(pictures, picture_modality, Modality.IMAGE),
                _mean(sounds, sound_modality, Modality.AUDIO),
                _unit(frames + SOUNDTRACK_WEIGHT * soundtrack),
            ],
            dim=1,
        )
        return _unit((parts * self.weights[:, None]).sum(dim=1)), parts


def _in_words(probabilities: Tensor, words: Tensor) -> Tensor:
    """[n, k, labels] and [labels, d] to [n, k, d]: the softened mean of the likeliest labels' vectors."""
    likeliest, index = probabilities.topk(TOP_LABELS, dim=2)
    weights = likeliest.clamp_min(0.0) ** SOFTENING
    return _unit((weights.unsqueeze(3) * words[index]).sum(dim=2))


def _mean(vectors: Tensor, modality: Tensor, wanted: Modality) -> Tensor:
    """The unit mean over the slots of one modality: [n, k, d] to [n, d], zeros where there is none."""
    chosen = (modality == int(wanted)).to(vectors.dtype).unsqueeze(2)
    return _unit((vectors * chosen).sum(dim=1))


def _unit(vectors: Tensor) -> Tensor:
    unit: Tensor = vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(TINY)
    return unit
