"""Features of every modality to one unit vector per item: align each, then fuse what is there.

Two aligners: the training-free bridge with a weighted average, and the trained one. Both give the same outputs from the
towers' outputs (the trained one takes more of them), so that everything around them stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from encoders.bridge import SOFTENING, SOUNDTRACK_WEIGHT, TOP_LABELS, WEIGHTS, Bridge
from encoders.spec import Modality
from encoders.unit import unit

if TYPE_CHECKING:
    from encoders.learning.model import AlignmentModel


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
        words = unit((text - self.centre) @ self.projection) * written
        pictures, sounds = in_words(classes, self.labels), in_words(tags, self.tag_words)
        frames = _mean(pictures, picture_modality, Modality.VIDEO)
        soundtrack = _mean(sounds, sound_modality, Modality.VIDEO)
        parts = torch.stack(
            [
                words,
                _mean(pictures, picture_modality, Modality.IMAGE),
                _mean(sounds, sound_modality, Modality.AUDIO),
                unit(frames + SOUNDTRACK_WEIGHT * soundtrack),
            ],
            dim=1,
        )
        return unit((parts * self.weights[:, None]).sum(dim=1)), parts


class TrainedAligner(nn.Module):
    """A trained model as it is served: means over an item's slots, then `AlignmentModel`'s parts and fusion.

    text float32[n, 512] (zeros = no text); classes float32[n, k, 1000] and picture float32[n, k, 1280] with
    picture_modality int32[n, k]; tags float32[n, p, 50] and sound float32[n, p, 200] with sound_modality int32[n, p];
    quality float32[n, 4] in 0..1. Gives (vector, parts) as `BridgeAligner` does.
    """

    def __init__(self, model: AlignmentModel) -> None:
        super().__init__()
        self.model = model

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
        written = _any(text.abs().sum(dim=1) > 0, text)
        seen, has_image = self._seen(picture, classes, picture_modality, Modality.IMAGE)
        frames, has_frames = self._seen(picture, classes, picture_modality, Modality.VIDEO)
        heard, has_sound = self._heard(sound, tags, sound_modality, Modality.AUDIO)
        track, has_track = self._heard(sound, tags, sound_modality, Modality.VIDEO)
        video = unit(frames * has_frames + SOUNDTRACK_WEIGHT * track * has_track)
        present = torch.cat([written, has_image, has_sound, torch.maximum(has_frames, has_track)], dim=1)
        parts = torch.stack([self.model.text_part(text), seen, heard, video], dim=1)
        return self.model.fuse(parts, present, quality)

    def _seen(self, picture: Tensor, classes: Tensor, modality: Tensor, wanted: Modality) -> tuple[Tensor, Tensor]:
        chosen = (modality == int(wanted)).to(picture.dtype).unsqueeze(2)
        part = self.model.picture_part(_slot_mean(picture, chosen), _slot_mean(classes, chosen))
        return part, _any(chosen.sum(dim=(1, 2)) > 0, picture)

    def _heard(self, sound: Tensor, tags: Tensor, modality: Tensor, wanted: Modality) -> tuple[Tensor, Tensor]:
        chosen = (modality == int(wanted)).to(sound.dtype).unsqueeze(2)
        part = self.model.sound_part(_slot_mean(sound, chosen), _slot_mean(tags, chosen))
        return part, _any(chosen.sum(dim=(1, 2)) > 0, sound)


def _slot_mean(values: Tensor, chosen: Tensor) -> Tensor:
    """[n, k, e] and [n, k, 1] of 0 and 1 to the mean over the chosen slots [n, e], zeros where there is none."""
    mean: Tensor = (values * chosen).sum(dim=1) / chosen.sum(dim=1).clamp_min(1.0)
    return mean


def _any(true: Tensor, like: Tensor) -> Tensor:
    """bool[n] to float[n, 1]."""
    return true.to(like.dtype).unsqueeze(1)


def in_words(probabilities: Tensor, words: Tensor) -> Tensor:
    """[n, k, labels] and [labels, d] to [n, k, d]: the softened mean of the likeliest labels' vectors."""
    likeliest, index = probabilities.topk(TOP_LABELS, dim=2)
    weights = likeliest.clamp_min(0.0) ** SOFTENING
    return unit((weights.unsqueeze(3) * words[index]).sum(dim=2))


def _mean(vectors: Tensor, modality: Tensor, wanted: Modality) -> Tensor:
    """The unit mean over the slots of one modality: [n, k, d] to [n, d], zeros where there is none."""
    chosen = (modality == int(wanted)).to(vectors.dtype).unsqueeze(2)
    return unit((vectors * chosen).sum(dim=1))
