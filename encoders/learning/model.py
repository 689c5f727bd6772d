"""The trained aligner: a head per tower on top of the training-free bridge, then a fusion of what an item has."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from encoders.aligner import in_words
from encoders.bridge import SOUNDTRACK_WEIGHT, Bridge
from encoders.learning.config import ModelConfig
from encoders.learning.fusion import make_fusion
from encoders.learning.heads import make_head
from encoders.spec import DIMENSION, Floats, Modality
from encoders.unit import unit

TEXT, PICTURE, CLASSES, SOUND, TAGS = 512, 1280, 1000, 200, 50
SCALE = 10.0  # the length of a head's input: its entries are then of the order of one
SMALL = 1e-6


class AlignmentModel(nn.Module):
    """Features of n items, one mean per item and tower, to their parts and their vector.

    text float32[n, 512]; picture float32[n, 1280] and classes float32[n, 1000]; sound float32[n, 200] and tags
    float32[n, 50]; present float32[n, 4] of 0 and 1; quality float32[n, 4] in 0..1. Gives (vector float32[n, 256] of
    unit length, parts float32[n, 4, 256], unit rows or zeros). What is not present may hold anything.
    """

    def __init__(self, config: ModelConfig, bridge: Bridge | None = None) -> None:
        super().__init__()
        self.config = config
        given = bridge or _empty_bridge()
        self.centre = nn.Buffer(torch.from_numpy(given.centre.copy()))
        self.projection = nn.Buffer(torch.from_numpy(given.projection.copy()))
        self.labels = nn.Buffer(torch.from_numpy(given.labels.copy()))
        self.tag_words = nn.Buffer(torch.from_numpy(given.tags.copy()))
        # Of the towers' embeddings over the training items, see `standardise`.
        self.picture_mean, self.picture_spread = nn.Buffer(torch.zeros(PICTURE)), nn.Buffer(torch.ones(PICTURE))
        self.sound_mean, self.sound_spread = nn.Buffer(torch.zeros(SOUND)), nn.Buffer(torch.ones(SOUND))
        shape = (DIMENSION, config.hidden, config.dropout)
        self.text_head = make_head(config.text, TEXT, *shape)
        self.picture_head = make_head(config.picture, PICTURE + CLASSES, *shape)
        self.sound_head = make_head(config.sound, SOUND + TAGS, *shape)
        # How far the bridge is trusted beside the head.
        self.trust = nn.Parameter(torch.ones(3))
        self.fusion = make_fusion(config.fusion, DIMENSION)

    @property
    def heads(self) -> dict[str, nn.Module]:
        return {"text": self.text_head, "picture": self.picture_head, "sound": self.sound_head}

    def standardise(self, picture: Floats, sound: Floats) -> None:
        """Take mean and spread from the training items that have a picture [m, 1280] or a sound [m, 200]."""
        for rows, mean, spread in (
            (picture, self.picture_mean, self.picture_spread),
            (sound, self.sound_mean, self.sound_spread),
        ):
            if len(rows) > 1:
                mean.copy_(torch.from_numpy(rows.mean(axis=0)))
                spread.copy_(torch.from_numpy(np.maximum(rows.std(axis=0), SMALL)))

    def text_inputs(self, text: Tensor) -> Tensor:
        """float32[n, 512] to what the head sees."""
        return SCALE * unit(text - self.centre)

    def picture_inputs(self, picture: Tensor, classes: Tensor) -> Tensor:
        """float32[n, 1280] and [n, 1000] to [n, 2280]: what it looks like, and what the classifier says it is."""
        looks = SCALE * unit((picture - self.picture_mean) / self.picture_spread)
        return torch.cat([looks, SCALE * unit(classes.clamp_min(0.0).sqrt())], dim=1)

    def sound_inputs(self, sound: Tensor, tags: Tensor) -> Tensor:
        """float32[n, 200] and [n, 50] to [n, 250]."""
        heard = SCALE * unit((sound - self.sound_mean) / self.sound_spread)
        return torch.cat([heard, SCALE * unit(tags.clamp_min(0.0).sqrt())], dim=1)

    def text_part(self, text: Tensor) -> Tensor:
        """float32[n, 512] to unit vectors [n, 256]."""
        bridge = unit((text - self.centre) @ self.projection)
        return self._part(0, bridge, self.text_head(self.text_inputs(text)))

    def picture_part(self, picture: Tensor, classes: Tensor) -> Tensor:
        """float32[n, 1280] and float32[n, 1000] to unit vectors [n, 256]."""
        bridge = in_words(classes.unsqueeze(1), self.labels).squeeze(1)
        return self._part(1, bridge, self.picture_head(self.picture_inputs(picture, classes)))

    def sound_part(self, sound: Tensor, tags: Tensor) -> Tensor:
        """float32[n, 200] and float32[n, 50] to unit vectors [n, 256]."""
        bridge = in_words(tags.unsqueeze(1), self.tag_words).squeeze(1)
        return self._part(2, bridge, self.sound_head(self.sound_inputs(sound, tags)))

    def forward(  # noqa: PLR0917  one tensor per tower's output, as the exported graph names them
        self,
        text: Tensor,
        picture: Tensor,
        classes: Tensor,
        sound: Tensor,
        tags: Tensor,
        present: Tensor,
        quality: Tensor,
    ) -> tuple[Tensor, Tensor]:
        seen, heard = self.picture_part(picture, classes), self.sound_part(sound, tags)
        frames = seen * (classes.sum(dim=1, keepdim=True) > 0)
        track = heard * (tags.sum(dim=1, keepdim=True) > 0)
        parts = torch.stack([self.text_part(text), seen, heard, video_part(frames, track)], dim=1)
        return self.fuse(parts, present, quality)

    def fuse(self, parts: Tensor, present: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        """Parts [n, 4, 256] to (vector, parts), what is not present zeroed."""
        kept = parts * present.unsqueeze(2)
        return self.fusion(kept, present, quality), kept

    def _part(self, which: int, bridge: Tensor, learned: Tensor) -> Tensor:
        return unit(bridge * self.trust[which] + learned) if self.config.bridge else unit(learned)


def video_part(frames: Tensor, track: Tensor) -> Tensor:
    """Frames and sound track, each float32[n, 256] with zeros where missing, to one part."""
    return unit(frames + SOUNDTRACK_WEIGHT * track)


def modality_rows(present: Tensor, modality: Modality) -> Tensor:
    """bool[n]: which items have it."""
    return present[:, int(modality) - 1] > 0


def _empty_bridge() -> Bridge:
    return Bridge(
        np.zeros(TEXT, np.float32),
        np.zeros((TEXT, DIMENSION), np.float32),
        np.zeros((CLASSES, DIMENSION), np.float32),
        np.zeros((TAGS, DIMENSION), np.float32),
    )
